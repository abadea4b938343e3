import { createNodeTransport, type RpcTransport } from '@somakit/rpc/node';
import { LedgerService, StateService, SubscriptionService, TransactionExecutionService } from '@somakit/rpc/proto';
import { type RpcServer, startRpcServer } from '@somakit/rpc/server';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientSuite } from '../../../packages/rpc/test/support/client-suite.js';
import { marketServices } from '../../../packages/rpc/test/support/market-services.js';
import { descriptorSet, messageNames } from '../src/descriptors.js';
import { type Peer, startPeer } from '../src/peer.js';

const services = [LedgerService, StateService, TransactionExecutionService, SubscriptionService];
const paths = services.flatMap(({ typeName, methods }) =>
  methods.map(({ name, methodKind }) => ({ path: `/${typeName}/${name}`, stream: methodKind !== 'unary' })),
);
const python = findPart('python');

// Whatever the client sends and reads goes through grpcio and the official protobuf runtime, the recorded answers behind it.
describe.skipIf(python === undefined)('with a grpcio server at the other end', () => {
  let peer: Peer;
  let behind: RpcServer;
  let url: string;
  const opened: RpcTransport[] = [];

  beforeAll(async () => {
    peer = startPeer(python ?? '', 'relay_server');
    behind = await startRpcServer({ services: marketServices() });
    const table = Object.fromEntries(
      paths.map(({ path, stream }) => [path, { ...messageNames(services, path), stream }]),
    );
    url = `http://127.0.0.1:${await peer.call<number>('start', descriptorSet(services), table, `127.0.0.1:${behind.port}`)}`;
  });
  afterAll(async () => {
    for (const each of opened) each.close();
    await peer.call('stop');
    await peer.stop();
    await behind.close();
  });

  clientSuite('gRPC', () => {
    const transport = createNodeTransport({ url });
    opened.push(transport);
    return transport;
  });

  it('has called all sixteen methods there', async () => {
    expect(await peer.call<string[]>('calls')).toEqual(paths.map(({ path }) => path).sort());
  });
});
