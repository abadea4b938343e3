import { createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { createGrpcWebTransport as connectWeb } from '@connectrpc/connect-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryTransport } from '../../src/memory/index.js';
import { createNodeTransport } from '../../src/node/index.js';
import { LedgerService, SubscriptionService } from '../../src/proto/index.js';
import { type RpcServer, startRpcServer } from '../../src/server/index.js';
import type { RpcTransport } from '../../src/transport/types.js';
import { createWebTransport } from '../../src/web/index.js';
import { exampleServices } from '../support/services.js';
import { transportSuite } from '../support/transport-suite.js';

const example = exampleServices();
let server: RpcServer;
const opened: RpcTransport[] = [];
const keep = (transport: RpcTransport): RpcTransport => {
  opened.push(transport);
  return transport;
};

beforeAll(async () => {
  server = await startRpcServer(example);
});
afterAll(async () => {
  for (const each of opened) each.close();
  await server.close();
});

transportSuite('gRPC', (maxReceiveBytes) => keep(createNodeTransport({ url: server.url, maxReceiveBytes })), {
  health: true,
});
transportSuite(
  'gRPC without compression',
  (maxReceiveBytes) => keep(createNodeTransport({ url: server.url, maxReceiveBytes, acceptCompression: [] })),
  { health: true },
);
transportSuite(
  'gRPC with gzip',
  (maxReceiveBytes) => keep(createNodeTransport({ url: server.url, maxReceiveBytes, acceptCompression: ['gzip'] })),
  { health: true },
);
transportSuite('gRPC-Web', (maxReceiveBytes) => keep(createWebTransport({ url: server.url, maxReceiveBytes })), {
  health: true,
});
transportSuite(
  'gRPC-Web with zstd',
  (maxReceiveBytes) => keep(createWebTransport({ url: server.url, maxReceiveBytes, acceptCompression: ['zstd'] })),
  { health: true },
);
transportSuite('memory', (maxReceiveBytes) => createMemoryTransport({ ...example, maxReceiveBytes }), {
  health: false,
});

describe("Connect's own clients", () => {
  const others = {
    gRPC: () => createGrpcTransport({ baseUrl: server.url }),
    'gRPC-Web': () => connectWeb({ baseUrl: server.url }),
    'JSON over HTTP/1': () =>
      createConnectTransport({ baseUrl: server.url, httpVersion: '1.1', useBinaryFormat: false }),
    'JSON over HTTP/2': () => createConnectTransport({ baseUrl: server.url, httpVersion: '2', useBinaryFormat: false }),
    'Connect with protobuf': () => createConnectTransport({ baseUrl: server.url, httpVersion: '2' }),
  };
  it.each(Object.entries(others))('are served over %s', async (_name, open) => {
    const transport = open();
    expect(await createClient(LedgerService, transport).getServiceInfo({})).toMatchObject({
      chain: 'localnet',
      epoch: 3n,
    });
    const cursors: bigint[] = [];
    for await (const { cursor } of createClient(SubscriptionService, transport).subscribeCheckpoints({
      readMask: { paths: ['3'] },
    })) {
      cursors.push(cursor!);
    }
    expect(cursors).toEqual([0n, 1n, 2n]);
    await expect(createClient(LedgerService, transport).getObject({ objectId: 'missing' })).rejects.toMatchObject({
      code: 5,
      rawMessage: 'Object 0xé not found: 100%',
    });
  });
});
