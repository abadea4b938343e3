import { fromBinary, toJson } from '@bufbuild/protobuf';
import { fromBase64, toHex } from '@somakit/core';
import * as proto from '@somakit/rpc/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Localnet, startLocalnet } from '../src/index.js';
import { openRaw } from './support/raw-call.js';
import { calls, genesisObjects, type RecordedCall, recordedCheckpoints } from './support/recording.js';

let network: Localnet;
let raw: ReturnType<typeof openRaw>;
beforeAll(async () => {
  network = await startLocalnet({
    ports: 'free',
    genesis: { objects: genesisObjects() },
    autoEpochs: false,
    // The clock stands before the chain: its time is that of the newest checkpoint.
    clock: () => 0,
  });
  for (const checkpoint of recordedCheckpoints) await network.replay(checkpoint);
  // The node had begun its last epoch when the calls were made.
  await network.createCheckpoint();
  raw = openRaw(network.rpcUrl);
});
afterAll(async () => {
  raw?.close();
  await network?.stop();
});

type Json = { [key: string]: Json } & Json[];

/** A reply as a value, without what cannot or must not be equal. */
const readReply = ({ path }: RecordedCall, reply: string): unknown => {
  const schemas = proto as unknown as Record<string, typeof proto.GetObjectResponseSchema>;
  const schema = schemas[`${path.split('/').at(-1)}ResponseSchema`]!;
  const json = toJson(schema, fromBinary(schema, fromBase64(reply))) as unknown as Json;
  if (path.endsWith('/GetCheckpoint')) {
    // The validator's key is not in a recording.
    delete (json.checkpoint as Json | undefined)?.signature;
  }
  if (path.endsWith('/GetTransaction')) {
    // The reference hashes another form of the transaction here, and of the objects of a genesis.
    const inner = json.transaction?.transaction as Json | undefined;
    delete inner?.digest;
    for (const object of inner?.kind?.genesis?.objects ?? []) delete object.digest;
  }
  if (path.endsWith('/GetServiceInfo')) {
    // Six checkpoints without transactions were made before the call.
    for (const moving of ['checkpointHeight', 'timestamp', 'server']) delete json[moving];
  }
  return json;
};

const reset = (call: RecordedCall): boolean => call.code === 'CANCELLED';
const answered = calls.filter((call) => typeof call.reply === 'string' && call.code === undefined);
const refused = calls.filter((call) => call.code !== undefined && !reset(call));

describe('the localnet with a recorded chain', () => {
  it.each(refused.map((call) => [call.case, call] as const))(
    'refuses "%s" as the node does, details included',
    async (_, { path, request, code, message, trailers }) => {
      const details = trailers?.['grpc-status-details-bin']?.replace(/=+$/, '');
      expect(await raw.call(path, request)).toEqual({ code, message, details });
    },
  );

  it.each(answered.map((call) => [call.case, call] as const))('answers "%s" as the node does', async (_, call) => {
    const answer = await raw.call(call.path, call.request);
    if (!('reply' in answer)) throw new TypeError(`refused: ${answer.message}`);
    expect(readReply(call, answer.reply)).toEqual(readReply(call, call.reply!));
    // Byte for byte, where nothing had to be left out.
    if (!/\/Get(Checkpoint|Transaction|ServiceInfo)$/.test(call.path)) {
      expect(toHex(fromBase64(answer.reply))).toBe(toHex(fromBase64(call.reply!)));
    }
  });

  it('answers the calls at which the node resets the stream', async () => {
    const resets = calls.filter(reset);
    expect(resets).toHaveLength(4);
    for (const { path, request } of resets) expect(await raw.call(path, request)).toHaveProperty('reply');
  });

  it('gives transactions their own digest inside the message too', async () => {
    const call = answered.find(({ case: name }) => name === 'transaction claim_rewards 1')!;
    const answer = await raw.call(call.path, call.request);
    if (!('reply' in answer)) throw new TypeError('refused');
    const { transaction } = fromBinary(proto.GetTransactionResponseSchema, fromBase64(answer.reply));
    expect(transaction?.transaction?.digest).toBe(transaction?.digest);
  });
});
