import { createClient } from '@connectrpc/connect';
import { createGrpcWebTransport as connectWeb } from '@connectrpc/connect-web';
import { describe, expect, inject, it } from 'vitest';
import { LedgerService } from '../src/proto/index.js';
import { createWebTransport } from '../src/web/index.js';
import { transportSuite } from './support/transport-suite.js';

const url = inject('rpcUrl');

transportSuite('gRPC-Web from a page', (maxReceiveBytes) => createWebTransport({ url, maxReceiveBytes }), {
  health: true,
});
transportSuite(
  'gRPC-Web from a page with gzip',
  (maxReceiveBytes) => createWebTransport({ url, maxReceiveBytes, acceptCompression: ['gzip'] }),
  { health: true },
);
transportSuite(
  'gRPC-Web from a page with zstd',
  (maxReceiveBytes) => createWebTransport({ url, maxReceiveBytes, acceptCompression: ['zstd'] }),
  { health: true },
);

describe('a page of another origin', () => {
  it('calls the server', () => {
    expect(new URL(url).origin).not.toBe(location.origin);
  });

  it('reads headers that the server exposes', async () => {
    const { header } = await createWebTransport({ url }).unary(
      LedgerService.method.getServiceInfo,
      undefined,
      undefined,
      undefined,
      {},
    );
    expect(header.get('x-soma-chain')).toBe('localnet');
  });

  it("reads the status of a failed call with Connect's client too", async () => {
    const client = createClient(LedgerService, connectWeb({ baseUrl: url }));
    await expect(client.getObject({ objectId: 'missing' })).rejects.toMatchObject({
      code: 5,
      rawMessage: 'Object 0xé not found: 100%',
    });
  });

  it('calls JSON with nothing but fetch', async () => {
    const reply = await fetch(`${url}/soma.rpc.LedgerService/GetServiceInfo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await reply.json()).toMatchObject({ chain: 'localnet' });
  });

  it('hears when nobody is there', async () => {
    const transport = createWebTransport({ url: 'http://127.0.0.1:9' });
    await expect(
      transport.unary(LedgerService.method.getServiceInfo, undefined, undefined, undefined, {}),
    ).rejects.toMatchObject({ code: 14 });
  });
});
