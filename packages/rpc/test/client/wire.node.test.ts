import { afterAll, beforeAll } from 'vitest';
import { createNodeTransport } from '../../src/node/index.js';
import { type RpcServer, startRpcServer } from '../../src/server/index.js';
import type { RpcTransport } from '../../src/transport/types.js';
import { createWebTransport } from '../../src/web/index.js';
import { clientSuite } from '../support/client-suite.js';
import { marketServices } from '../support/market-services.js';

let server: RpcServer;
const opened: RpcTransport[] = [];
const keep = (transport: RpcTransport): RpcTransport => {
  opened.push(transport);
  return transport;
};

beforeAll(async () => {
  server = await startRpcServer({ services: marketServices() });
});
afterAll(async () => {
  for (const each of opened) each.close();
  await server.close();
});

clientSuite('gRPC', () => keep(createNodeTransport({ url: server.url })));
clientSuite('gRPC-Web', () => keep(createWebTransport({ url: server.url })));
