import { isError } from '@somakit/core';
import { createRpc, type Rpc } from '@somakit/rpc';
import { LedgerService, StateService, SubscriptionService, TransactionExecutionService } from '@somakit/rpc/proto';
import market from '@somakit/vectors/node-market.json';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descriptorSet, messageNames } from '../src/descriptors.js';
import { type Peer, startPeer } from '../src/peer.js';

interface Recorded {
  readonly case: string;
  readonly path: string;
  readonly request: string;
  readonly reply?: string;
  readonly code?: string;
  readonly message?: string;
}
const recordings: Recorded[] = market.filter(({ path }: Partial<Recorded>) => path !== undefined);
const services = [LedgerService, StateService, TransactionExecutionService, SubscriptionService];
const python = findPart('python');

describe.skipIf(python === undefined)('the client with grpcio at the other end', () => {
  let peer: Peer;
  let rpc: Rpc;

  beforeAll(async () => {
    peer = startPeer(python ?? '', 'replay_server');
    const table: Record<string, { input: string; output: string; stream: boolean; answers: Record<string, object> }> =
      {};
    for (const { path, request, reply, code, message } of recordings) {
      table[path] ??= { ...messageNames(services, path), stream: false, answers: {} };
      const answer = reply === undefined ? { code, message } : { replies: [reply] };
      table[path].answers[request] = answer;
      // What was recorded without a mask is asked for with one, `*` in field 3, by our client.
      const masked = Buffer.concat([Buffer.from(request, 'base64'), Buffer.from('1a030a012a', 'hex')]);
      table[path].answers[masked.toString('base64')] ??= answer;
    }
    const checkpoints = recordings.filter(({ path, reply }) => path.endsWith('/GetCheckpoint') && reply !== undefined);
    const path = '/soma.rpc.SubscriptionService/SubscribeCheckpoints';
    // The reply of GetCheckpoint holds its checkpoint as field 1, that of the stream as field 2.
    const replies = checkpoints.slice(0, 3).map(({ reply }, index) => {
      const bytes = Buffer.from(reply!, 'base64');
      bytes[0] = 0x12;
      return Buffer.concat([Buffer.from([0x08, index]), bytes]).toString('base64');
    });
    const request = Buffer.from('0a080a06646967657374', 'hex').toString('base64');
    table[path] = { ...messageNames(services, path), stream: true, answers: { [request]: { replies } } };
    const port = await peer.call<number>('start', descriptorSet(services), table);
    rpc = createRpc({ url: `http://127.0.0.1:${port}`, retry: false });
  });
  afterAll(async () => {
    rpc?.close();
    await peer.call('stop');
    await peer.stop();
  });

  it('reads checkpoints, objects and epochs that the runtime wrote', async () => {
    const checkpoint = await rpc.getCheckpoint({ sequenceNumber: 13n, readMask: ['*'] });
    expect(checkpoint.sequenceNumber).toBe(13n);
    expect(checkpoint.transactions.length).toBe(checkpoint.contents.transactions.length);
    for (const [index, { digest }] of checkpoint.transactions.entries()) {
      expect(digest).toBe(checkpoint.contents.transactions[index]!.transaction);
    }
    expect((await rpc.getServiceInfo()).chain).toBe('localnet');
  });

  it('reads the errors of grpcio', async () => {
    const error = await rpc
      .getCheckpoint({ sequenceNumber: 1099511627776n, readMask: ['*'] })
      .catch((thrown) => thrown);
    expect(isError(error, 'RPC_NOT_FOUND')).toBe(true);
  });

  it('follows a stream of grpcio', async () => {
    const seen: bigint[] = [];
    for await (const { sequenceNumber, checkpoint } of rpc.subscribeCheckpoints({ readMask: ['digest'] })) {
      expect(checkpoint.digest).toMatch(/^\w{32,44}$/);
      seen.push(sequenceNumber);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([0n, 1n, 2n]);
  });
});
