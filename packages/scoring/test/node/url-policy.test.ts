import { describe, expect, it } from 'vitest';
import { checkUrlPolicy, isPublicAddress } from '../../src/node/blobs/url-policy.js';

describe('the policy for URLs', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'no address',
  ])('takes %s for no public address', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001::1'])(
    'takes %s for a public address',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it('refuses other schemes, and http when it is told to', () => {
    for (const url of ['file:///etc/passwd', 'ftp://1.1.1.1/x', 'data:,x']) {
      expect(() => checkUrlPolicy(url, { allowPrivate: true })).toThrow(
        expect.objectContaining({ code: 'URL_REFUSED' }),
      );
    }
    expect(() => checkUrlPolicy('http://1.1.1.1/', { allowHttp: false })).toThrow('only https is allowed');
    expect(checkUrlPolicy('http://1.1.1.1/', {}).host).toBe('1.1.1.1');
  });

  it('shows no credentials of a URL', () => {
    expect(() => checkUrlPolicy('ftp://user:secret@host/x?token=secret', {})).not.toThrow(/secret/);
  });
});
