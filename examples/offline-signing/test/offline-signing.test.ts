import { Keypair, verifyTransactionSignature } from '@somakit/crypto';
import { describe, expect, it } from 'vitest';
import { build } from '../src/build.js';
import { finish } from '../src/finish.js';
import { sign } from '../src/sign.js';

const keypair = Keypair.generate();
const recipient = Keypair.generate().address;
const coin = {
  objectId: '0x646390854bd49bb787177cd8a3378f23b497ade08e89143098ff336f84e37b10',
  version: 7n,
  digest: '5SL5FgaR2pryGj3Dt3e1vPaPbNSoLTRRCJEEYNtqbNRs',
};
const envelope = () => build({ sender: keypair.address, recipient, soma: '1.5', coin });

describe('offline signing', () => {
  it('refuses an envelope that was changed on the way', async () => {
    const text = envelope();
    const other = build({ sender: keypair.address, recipient: keypair.address, soma: '1.5', coin });
    const bytes = /"transaction":\s*"([^"]+)"/;
    const changed = text.replace(bytes.exec(text)?.[1] ?? '', bytes.exec(other)?.[1] ?? '');
    expect(changed).not.toBe(text);
    await expect(sign(changed, keypair, () => true)).rejects.toMatchObject({ code: 'INVALID_ENVELOPE' });
  });

  it('signs nothing that its owner does not want', async () => {
    expect(await sign(envelope(), keypair, () => false)).toBeUndefined();
  });

  it('refuses the key of another account', async () => {
    await expect(sign(envelope(), Keypair.generate(), () => true)).rejects.toMatchObject({ code: 'WRONG_SIGNER' });
  });

  it('shows amount and recipient, and gives a transaction that the sender has signed', async () => {
    let shown = '';
    const signed = await sign(envelope(), keypair, (text) => {
      shown = text;
      return true;
    });
    expect(shown).toContain('1.5 SOMA');
    expect(shown).toContain(recipient);
    const { bytes, signatures } = finish(signed ?? '');
    expect(verifyTransactionSignature(bytes, signatures[0] as Uint8Array)).toBe(keypair.address);
  });
});
