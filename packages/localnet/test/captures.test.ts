// Every request of the official client that a node answers, message by message over a real socket, in a state made from
// the recorded reply. The recorded replies are those of a stub with values of its own making: it looked at no filter, mask
// or page size. Each group says what is equal and what is compared by form only.
import { fromBinary, fromJson, type JsonObject, type JsonValue, toJson } from '@bufbuild/protobuf';
import { type SomaObject, type SystemState, Target } from '@somakit/bcs';
import { type Address, type Digest, fromBase58, fromHex, type ObjectId, parseObjectId, toHex } from '@somakit/core';
import { commitment } from '@somakit/crypto';
import { buildGenesis, coinBalance, systemStateOf } from '@somakit/ledger';
import { objectFromProto, systemStateFromProto } from '@somakit/rpc/convert';
import * as proto from '@somakit/rpc/proto';
import captures from '@somakit/vectors/rpc-captures.json';
import { afterEach, describe, expect, it } from 'vitest';
import { type Localnet, type LocalnetOptions, startLocalnet } from '../src/index.js';
import { openWire, type Wire, type WireAnswer } from './support/h2.js';
import { startStubNode } from './support/stub-node.js';

interface Exchange {
  readonly transport: string;
  readonly path: string;
  readonly headers: string;
  readonly messages?: readonly string[];
  readonly response: {
    readonly grpcStatus?: number;
    readonly messages?: readonly string[];
    readonly grpcMessage?: string;
    readonly status?: number;
    readonly body?: string;
  };
}
interface Case {
  readonly name: string;
  readonly result?: JsonObject;
  readonly exchanges: readonly Exchange[];
}
const cases: readonly Case[] = captures.cases;
const sent = (name: string): Record<string, string> =>
  Object.fromEntries(
    (captures.headerSets as Record<string, [string, string][]>)[name]!.filter(([key]) => !key.startsWith(':')),
  );
const methodOf = ({ path }: Exchange): string => path.split('/').at(-1)!;
type Schema = typeof proto.GetObjectResponseSchema;
const schemaOf = (exchange: Exchange, side: 'Request' | 'Response'): Schema =>
  (proto as unknown as Record<string, Schema>)[`${methodOf(exchange)}${side}Schema`]!;
type Json = { [key: string]: Json } & Json[];
const read = (exchange: Exchange, side: 'Request' | 'Response', bytes: Uint8Array): Json => {
  const schema = schemaOf(exchange, side);
  return toJson(schema, fromBinary(schema, bytes)) as unknown as Json;
};
const requestOf = (exchange: Exchange): Json => read(exchange, 'Request', fromHex(exchange.messages?.[0] ?? ''));
const replyOf = (exchange: Exchange): Json =>
  read(exchange, 'Response', fromHex(exchange.response.messages?.[0] ?? ''));

/** The same bytes asked for the same answer once. */
const rowsOf = (...methods: string[]) => {
  const seen = new Set<string>();
  return cases.flatMap((each) =>
    each.exchanges.flatMap((exchange, i) => {
      if (!methods.includes(methodOf(exchange))) return [];
      const key = JSON.stringify([exchange.path, exchange.messages, exchange.response]);
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ name: `${each.name} ${i}`, each, exchange }];
    }),
  );
};

const CHAIN = 'FrC2FVZKnm5tGZM6wzUc2nuVGKWmqDEjPxPgUm4327fb' as Digest;
const KEY = '1'.repeat(32) as Digest;
const EPOCH_START = 1_700_416_581_412n;
const SENDER = `0x${captures.address}` as Address;
const MODEL = '0xe33b5e20154218e39adc66157466f1a2e1ca4148bedd9c7e9803325b1ed98401' as ObjectId;
const TARGET = '0xc63166b777e303461b8f3cc91bde12c22f3fbdced0cd28db7aebe3419aa362ca' as ObjectId;
const VALIDATORS = ['0x8a829cc3e6f8b584352bb4be638965b0ab9aea7e7e537dce7dcf654290a697ef' as Address, SENDER];

/** A state in which things happen: epoch 167, with the model and the validator of the recordings; their signer is one too. */
const livingState = (): SystemState => {
  const genesis = buildGenesis({
    timestampMs: EPOCH_START,
    models: [{ owner: SENDER, manifest: { url: 'http://127.0.0.1:9/w', checksum: KEY, size: 1n }, decryptionKey: KEY }],
    validators: 2,
    parameters: { targetEmbeddingDim: 4n, modelArchitectureVersion: 3n },
    totalSupply: 10n ** 18n,
  });
  const state = systemStateOf(genesis.objects.at(-1)!);
  const [model] = state.modelRegistry.models.values();
  return {
    ...state,
    epoch: 167n,
    validators: state.validators.map((each, i) => ({
      ...each,
      metadata: { ...each.metadata, somaAddress: VALIDATORS[i]! },
    })),
    stakingPoolMappings: new Map(state.validators.map(({ stakingPool }, i) => [stakingPool.id, VALIDATORS[i]!])),
    modelRegistry: {
      ...state.modelRegistry,
      models: new Map([[MODEL, model!]]),
      stakingPoolMappings: new Map([[model!.stakingPool.id, MODEL]]),
    },
  };
};

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

interface World {
  readonly network: Localnet;
  readonly wire: Wire;
}
const ownersOf = (objects: readonly SomaObject[]): Address[] => [
  ...new Set(objects.flatMap(({ owner }) => (owner.kind === 'AddressOwner' ? [owner.address] : []))),
];
/** A localnet that has taken a state over from a node. */
const world = async (
  objects: readonly SomaObject[] = [],
  state: SystemState = livingState(),
  options: LocalnetOptions = {},
): Promise<World> => {
  const node = await startStubNode({ chainId: CHAIN, state, objects, height: 4n, timestampMs: EPOCH_START });
  const network = await startLocalnet({
    ports: 'free',
    clock: () => 0,
    autoEpochs: false,
    version: '0.0.0',
    fork: { rpcUrl: node.url, owners: ownersOf(objects) },
    ...options,
  });
  await node.close();
  const wire = openWire(network.rpcUrl);
  open.push(wire, { close: () => network.stop() });
  return { network, wire };
};

const send = (wire: Wire, exchange: Exchange): Promise<WireAnswer> =>
  wire.call(exchange.path, fromHex(exchange.messages?.[0] ?? ''), sent(exchange.headers));

/** What the router of a node puts on every answer, errors included. */
const expectRouter = (answer: WireAnswer, { network }: World): void => {
  expect(answer.headers).toMatchObject({
    ':status': 200,
    'content-type': 'application/grpc',
    server: 'soma-node/0.0.0',
    'x-soma-chain': 'localnet',
    'x-soma-chain-id': toHex(fromBase58(CHAIN).subarray(0, 4)),
    'x-soma-epoch': '167',
    'x-soma-checkpoint-height': String(network.head().sequenceNumber),
    'x-soma-timestamp-ms': String(network.head().timestampMs),
    'x-soma-timestamp': '2023-11-19T17:56:21.412Z',
  });
  if (answer.status === 0) {
    expect(answer.trailers['grpc-status']).toBe('0');
    expect(answer.flags.every((flag) => flag === 0)).toBe(true);
  } else {
    // The status stands in the first and only header block.
    expect([answer.trailers, answer.messages]).toEqual([{}, []]);
  }
};

const answered = async (place: World, exchange: Exchange): Promise<Json> => {
  const answer = await send(place.wire, exchange);
  expect([answer.status, answer.message]).toEqual([0, '']);
  expectRouter(answer, place);
  expect(answer.messages).toHaveLength(1);
  return read(exchange, 'Response', answer.messages[0]!);
};

/** The names of everything in a message, list entries taken together. */
const namesIn = (value: JsonValue | Json | undefined, at = ''): string[] => {
  if (Array.isArray(value)) return [...new Set(value.flatMap((each) => namesIn(each as Json, at)))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .flatMap(([name, inner]) => [`${at}${name}`, ...namesIn(inner as Json, `${at}${name}.`)])
    .sort();
};

/** The objects of a reply. Their digests are the stub's inventions: the localnet computes them. */
const objectsIn = (reply: Json): SomaObject[] => {
  const list = (reply.objects ?? (reply.object === undefined ? [] : [reply.object])) as unknown as JsonValue[];
  return list.map((each) => objectFromProto(fromJson(proto.ObjectSchema, each)));
};

describe('GetServiceInfo', () => {
  it.each(rowsOf('GetServiceInfo'))('of $name: equal', async ({ exchange }) => {
    expect(await answered(await world(), exchange)).toEqual(replyOf(exchange));
  });
});

describe('GetEpoch', () => {
  const rows = rowsOf('GetEpoch');
  const mask = (exchange: Exchange): string => String(requestOf(exchange).readMask);

  it.each(rows.filter(({ exchange }) => mask(exchange).includes('systemState')))(
    'of $name: the whole system state is equal',
    async ({ exchange }) => {
      const reply = replyOf(exchange);
      const message = fromBinary(proto.GetEpochResponseSchema, fromHex(exchange.response.messages![0]!));
      const state = systemStateFromProto(message.epoch!.systemState!);
      expect(await answered(await world([], state), exchange)).toEqual(reply);
    },
  );

  // The stub is at protocol 9, which no node has yet, and fills in what the mask leaves out.
  it.each(rows.filter(({ exchange }) => !mask(exchange).includes('systemState')))(
    'of $name: by form, with the epoch that was asked for',
    async ({ exchange }) => {
      const { epoch } = await answered(await world(), exchange);
      const asked = requestOf(exchange).epoch ?? '167';
      expect(epoch!.epoch).toBe(asked);
      if (asked !== '167') {
        expect(Object.keys(epoch!)).toEqual(['epoch']);
        return;
      }
      const { protocolVersion, attributes } = epoch!.protocolConfig!;
      expect(protocolVersion).toBe('5');
      if (mask(exchange).endsWith('protocolConfig')) expect(attributes!.model_architecture_version).toBe('1');
      else expect(attributes).toBeUndefined();
    },
  );
});

describe('GetCheckpoint', () => {
  // Checkpoints cannot be made to order; their fields can.
  it.each(rowsOf('GetCheckpoint'))('of $name: by form', async ({ exchange }) => {
    const network = await startLocalnet({ ports: 'free', smallModel: true, version: '0.0.0' });
    const wire = openWire(network.rpcUrl);
    open.push(wire, { close: () => network.stop() });
    await network.fund(SENDER, 1n);
    const answer = await send(wire, exchange);
    const { sequenceNumber } = requestOf(exchange);
    if (Number(sequenceNumber) > 0) {
      expect(answer).toMatchObject({ status: 5, message: `Checkpoint ${sequenceNumber} not found` });
      return;
    }
    const { checkpoint } = read(exchange, 'Response', answer.messages[0]!);
    // Checkpoint 0 has none before it.
    const names = namesIn(replyOf(exchange).checkpoint);
    expect(namesIn(checkpoint).filter((name) => !name.startsWith('summary.commitments'))).toEqual(
      sequenceNumber === undefined ? names : names.filter((name) => name !== 'summary.previousDigest'),
    );
    expect(checkpoint!.summary!.sequenceNumber).toBe(sequenceNumber ?? '1');
    expect(checkpoint!.signature!.bitmap).toEqual(replyOf(exchange).checkpoint!.signature!.bitmap);
  });
});

describe('GetBalance', () => {
  it.each(rowsOf('GetBalance'))('of $name: equal', async ({ exchange }) => {
    const contents = new Uint8Array(8);
    new DataView(contents.buffer).setBigUint64(0, BigInt(String(replyOf(exchange).balance)), true);
    const coin: SomaObject = {
      objectId: parseObjectId('0xc01'),
      objectType: { kind: 'Coin' },
      version: 3n,
      contents,
      owner: { kind: 'AddressOwner', address: `0x${requestOf(exchange).owner}` as Address },
      previousTransaction: KEY,
    };
    expect(await answered(await world([coin]), exchange)).toEqual(replyOf(exchange));
  });
});

describe('GetObject', () => {
  const rows = rowsOf('GetObject');
  const present = rows.filter(({ exchange }) => exchange.response.grpcStatus === 0);
  // 0x5 is the system state wherever there is a chain; the stub makes a coin of it.
  it.each(present.filter(({ name }) => !name.startsWith('get_object.short')))(
    'of $name: equal, and the digest is the one that the client computes',
    async ({ each, exchange }) => {
      const objects = objectsIn(replyOf(exchange));
      const { object } = await answered(await world(objects), exchange);
      const digest = each.name.startsWith('get_object') ? each.result!.digest : expect.any(String);
      expect(object).toEqual({ ...replyOf(exchange).object, digest });
    },
  );

  it.each(present.filter(({ name }) => name.startsWith('get_object.short')))(
    'of $name: by form',
    async ({ exchange }) => {
      const { object } = await answered(await world(), exchange);
      expect(object).toMatchObject({ objectId: replyOf(exchange).object!.objectId, objectType: 'SystemState' });
      expect(object!.owner).toEqual({ kind: 'SHARED', version: '1' });
    },
  );

  it.each(rows.filter(({ exchange }) => exchange.response.grpcStatus !== 0))(
    'of $name: equal code; the stub has a message of its own',
    async ({ exchange }) => {
      const place = await world();
      const answer = await send(place.wire, exchange);
      expect(answer.status).toBe(exchange.response.grpcStatus);
      expect(answer.message).toBe(`Object ${requestOf(exchange).objectId} not found`);
      expectRouter(answer, place);
    },
  );
});

describe('ListOwnedObjects', () => {
  it.each(rowsOf('ListOwnedObjects'))('of $name: equal, as far as the filter goes', async ({ exchange }) => {
    const { objectType, pageToken } = requestOf(exchange);
    const objects = objectsIn(replyOf(exchange));
    const place = await world(objects);
    if (pageToken !== undefined) {
      // A token of the stub's making is none here, nor at a node of the reference.
      expect(await send(place.wire, exchange)).toMatchObject({ status: 3, message: 'invalid page_token' });
      return;
    }
    const { objects: found = [], nextPageToken } = await answered(place, exchange);
    expect(nextPageToken).toBeUndefined();
    const wanted = objects
      .map((object, i) => ({ object, shown: (replyOf(exchange).objects as unknown as Json[])[i]! }))
      .filter(({ object }) => objectType === undefined || object.objectType.kind === String(objectType))
      .sort((a, b) => (coinBalance(a.object) < coinBalance(b.object) ? -1 : 1))
      .map(({ shown }) => ({ ...shown, digest: expect.any(String) }));
    expect(found).toEqual(wanted);
  });
});

/** The targets of the recordings as objects; what their messages do not hold is left out. */
const targetsIn = (reply: Json, fillEpoch: bigint): SomaObject[] =>
  (reply.targets as unknown as Json[]).map((each) => {
    const text = (name: string): string | undefined => (each[name] === undefined ? undefined : String(each[name]));
    const tensor = (values: unknown) => {
      const data = Float32Array.from(values as number[]);
      return { shape: [data.length], data };
    };
    const submitter = text('submitter');
    const dataUrl = text('dataUrl');
    const target = {
      embedding: tensor(each.embedding),
      modelIds: (each.modelIds as unknown as string[]).map((id) => parseObjectId(id)),
      distanceThreshold: tensor([each.distanceThreshold ?? 0]),
      rewardPool: BigInt(text('rewardPool') ?? 0),
      generationEpoch: BigInt(text('generationEpoch') ?? 0),
      status: text('status') === 'filled' ? { kind: 'Filled' as const, fillEpoch } : { kind: 'Open' as const },
      submitter: submitter === undefined ? undefined : (`0x${submitter}` as Address),
      winningModelId: text('winningModelId') === undefined ? undefined : parseObjectId(text('winningModelId')!),
      winningModelOwner: undefined,
      bondAmount: BigInt(text('bondAmount') ?? 0),
      winningDataManifest: dataUrl === undefined ? undefined : { url: dataUrl, checksum: KEY, size: 1n },
      winningEmbedding: undefined,
      winningDistanceScore: undefined,
      winningLossScore: undefined,
      submissionReports: [],
    } satisfies Target;
    return {
      objectId: parseObjectId(text('id')!),
      objectType: { kind: 'Target' },
      version: 7n,
      contents: Target.encode(target),
      owner: { kind: 'Shared', initialSharedVersion: 1n },
      previousTransaction: KEY,
    };
  });

describe('ListTargets', () => {
  const rows = rowsOf('ListTargets');
  it.each(rows.filter(({ exchange }) => exchange.response.grpcStatus === 0))(
    'of $name: each target that the filters let through is equal',
    async ({ exchange }) => {
      const { statusFilter, epochFilter, submitterFilter, pageToken, readMask } = requestOf(exchange);
      const reply = replyOf(exchange);
      // In epoch 125 the open target of the recordings is open, and the filled one is under audit.
      const place = await world(targetsIn(reply, 125n), { ...livingState(), epoch: 125n });
      const answer = await send(place.wire, exchange);
      if (pageToken !== undefined) {
        expect(answer).toMatchObject({ status: 3, message: 'invalid page_token' });
        return;
      }
      expect([answer.status, answer.message]).toEqual([0, '']);
      const { targets = [], nextPageToken } = read(exchange, 'Response', answer.messages[0]!);
      expect(nextPageToken).toBeUndefined();
      const mask = String(readMask).split(',');
      const shown = (each: Json) =>
        Object.fromEntries(Object.entries(each).filter(([name]) => mask.includes(name) || mask.includes('*')));
      const wanted = (reply.targets as unknown as Json[])
        .filter(
          ({ status, generationEpoch, submitter }) =>
            String(status) === String(statusFilter) &&
            (epochFilter === undefined || String(generationEpoch) === String(epochFilter)) &&
            (submitterFilter === undefined || `0x${submitter}` === String(submitterFilter)),
        )
        .map(shown);
      expect(targets).toEqual(wanted);
    },
  );

  it.each(rows.filter(({ exchange }) => exchange.response.grpcStatus !== 0))(
    'of $name: equal code; the sentence is that of a node, not of the stub',
    async ({ exchange }) => {
      const place = await world();
      const answer = await send(place.wire, exchange);
      expectRouter(answer, place);
      expect([answer.status, answer.message]).toEqual([
        3,
        'invalid submitter_filter: Unable to parse AccountAddress (must be hex string of length 32)',
      ]);
      const details = Buffer.from(answer.details!, 'base64').toString('latin1');
      expect(answer.details).not.toContain('=');
      for (const part of ['/google.rpc.BadRequest', 'submitter_filter', 'FIELD_INVALID'])
        expect(details).toContain(part);
    },
  );
});

/** The coins that the client's transactions were built from: all that a list showed its key. */
const purse = (): SomaObject[] => {
  const found = new Map<ObjectId, SomaObject>();
  for (const { exchanges } of cases.filter(({ name }) => name.startsWith('tx.'))) {
    for (const exchange of exchanges) {
      if (methodOf(exchange) === 'ListOwnedObjects' || methodOf(exchange) === 'GetObject')
        for (const each of objectsIn(replyOf(exchange))) found.set(each.objectId, each);
    }
  }
  return [...found.values()];
};
const openTarget = (): SomaObject =>
  targetsIn(replyOf(rowsOf('ListTargets')[0]!.exchange), 125n).find(({ objectId }) => objectId === TARGET)!;

const foreign = (id: string): RegExp =>
  new RegExp(
    `^3 Transaction was not signed by the correct sender: Object 0x${id}[0-9a-f]+ is owned by account address 0fe67`,
  );

/** Those that do not succeed in this state; the stub let all but one succeed. */
const OUTCOMES: Readonly<Record<string, RegExp>> = {
  // Objects that another address has.
  'tx.transfer_objects': foreign('8bc1b95'),
  'tx.withdraw_stake': foreign('8791020e'),
  // Nothing was committed, reported or filled before.
  'tx.reveal_model': /^ModelNoPendingUpdate$/,
  'tx.undo_report_model': /^ReportRecordNotFound$/,
  'tx.undo_report_validator': /^ReportRecordNotFound$/,
  'tx.report_submission': /^TargetNotFilled$/,
  'tx.undo_report_submission': /^TargetNotFilled$/,
  'tx.submit_data': /^TargetExpired \{ generation_epoch: 125, current_epoch: 167 \}$/,
  // Keys and addresses of random bytes.
  'tx.add_validator': /^InvalidArguments \{ reason: "Invalid protocol public key: /,
  'tx.update_validator_metadata': /^InvalidArguments \{ reason: "Failed to BCS deserialize p2p address string" \}$/,
  execute_transaction: /^5 Could not find the referenced object 0x83520d[0-9a-f]+ at version None$/,
};

describe('the recorded transactions', () => {
  const signed = cases.filter(({ exchanges }) => exchanges.some((each) => methodOf(each) === 'ExecuteTransaction'));

  it.each(signed)(
    '$name: executed as signed by the client, and streamed as it waits for it',
    async ({ name, exchanges }) => {
      const place = await world([...purse(), openTarget()]);
      const subscribe = exchanges.find((each) => methodOf(each) === 'SubscribeCheckpoints');
      const execute = exchanges.find((each) => methodOf(each) === 'ExecuteTransaction')!;
      const stream =
        subscribe === undefined
          ? undefined
          : await place.wire.open(subscribe.path, fromHex(subscribe.messages![0]!), sent(subscribe.headers));
      if (stream !== undefined) expect(stream.headers).toMatchObject({ 'content-type': 'application/grpc' });
      const answer = await send(place.wire, execute);
      expectRouter(answer, place);
      if (answer.status !== 0) {
        expect(`${answer.status} ${answer.message}`).toMatch(OUTCOMES[name]!);
        return;
      }
      const { transaction } = read(execute, 'Response', answer.messages[0]!);
      const wanted = replyOf(execute).transaction!;
      // The mask `objects` alone selects none, as at a node.
      expect(Object.keys(transaction!)).toEqual(['effects', 'balanceChanges'].filter((key) => key in transaction!));
      const { effects } = transaction!;
      for (const key of ['epoch', 'transactionDigest']) expect(effects![key]).toEqual(wanted.effects![key]);
      expect(namesIn(effects!.fee)).toEqual(namesIn(wanted.effects!.fee));
      const { success, error } = effects!.status!;
      const outcome = (success as unknown) === true ? 'success' : String(error!.description);
      expect(outcome).toMatch(OUTCOMES[name] ?? /^success$/);
      if (stream === undefined) return;
      const { cursor, checkpoint } = read(subscribe!, 'Response', await stream.next());
      // A checkpoint begins with the prologue of its consensus commit, which the stub leaves out.
      const { digest } = (replyOf(subscribe!).checkpoint!.transactions as unknown as Json[])[0]!;
      expect(checkpoint).toEqual({
        sequenceNumber: cursor,
        transactions: [{ digest: expect.any(String) }, { digest }],
      });
      expect(String(cursor)).toBe(String(place.network.head().sequenceNumber));
      stream.close();
    },
  );

  it('simulate_transaction: INTERNAL with the reason at once, for its coin exists nowhere', async () => {
    const { exchange } = rowsOf('SimulateTransaction')[0]!;
    const place = await world();
    const answer = await send(place.wire, exchange);
    expectRouter(answer, place);
    expect(answer.status).toBe(13);
    expect(answer.message).toMatch(/^Could not find the referenced object 0x83520d[0-9a-f]+ at version /);
  });

  it('get_transaction: by form, for a transaction of this chain', async () => {
    const { exchange } = rowsOf('GetTransaction')[0]!;
    const place = await world([...purse()]);
    expect(await send(place.wire, exchange)).toMatchObject({
      status: 5,
      message: `Transaction ${requestOf(exchange).digest} not found`,
    });
    const { exchanges } = cases.find(({ name }) => name === 'tx.transfer_coin')!;
    const execute = exchanges.at(-1)!;
    const digest = String(requestOf(execute).transaction!.digest);
    await send(place.wire, execute);
    const old = String(requestOf(exchange).digest);
    const hex = (text: string) => toHex(new TextEncoder().encode(text));
    expect(digest).toHaveLength(old.length);
    const message = exchange.messages![0]!.replace(hex(old), hex(digest));
    const { transaction } = await answered(place, { ...exchange, messages: [message] });
    // The stub also fills `objects`, which a node never does, and reads the system state, which a transfer does not.
    const names = namesIn(replyOf(exchange).transaction).filter((name) => !/^objects|unchangedShared/.test(name));
    expect(namesIn(transaction)).toEqual(names);
    expect(transaction).toMatchObject({ digest, checkpoint: '6', effects: { transactionDigest: digest } });
  });
});

describe('the side services', () => {
  const only = (method: string) => rowsOf(method)[0]!.exchange;
  const bcs = async (url: string, exchange: Exchange): Promise<WireAnswer> => {
    const wire = openWire(url);
    open.push(wire);
    const answer = await send(wire, exchange);
    expect(answer.headers).toMatchObject({ ':status': 200, 'content-type': 'application/grpc' });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-soma') || name.includes('access'))).toEqual(
      [],
    );
    return answer;
  };

  it('advance_epoch: equal bytes', async () => {
    const { network } = await world();
    const answer = await bcs(network.adminUrl, only('AdvanceEpoch'));
    expect(toHex(answer.messages[0]!)).toBe(only('AdvanceEpoch').response.messages![0]);
  });

  it.each(rowsOf('RequestGas'))('$name: equal but for id and digest of the coin', async ({ exchange }) => {
    const { network } = await world([], livingState(), { faucet: { amount: 1_255_145_857n } });
    const answer = await bcs(network.faucetUrl, exchange);
    const got = toHex(answer.messages[0]!);
    const wanted = exchange.response.messages![0]!;
    // Status, number of coins and amount come first, then an id of 66 letters and a digest.
    const head = 2 * (1 + 7 + 1 + 8 + 1);
    expect(got.slice(0, head)).toBe(wanted.slice(0, head));
    expect(Buffer.from(got.slice(head, head + 132), 'hex').toString()).toMatch(/^0x[0-9a-f]{64}$/);
  });

  it('scoring_health: equal bytes', async () => {
    const scorer = { score: () => Promise.reject(new TypeError('not asked')) };
    const { network } = await world([], livingState(), { scorer });
    const answer = await bcs(network.scoringUrl, only('Health'));
    expect(toHex(answer.messages[0]!)).toBe(only('Health').response.messages![0]);
  });

  it.each(rowsOf('Score'))('$name: equal bytes, with the recorded score', async ({ each, exchange }) => {
    const { winner, loss_score, embedding, distance } = each.result as unknown as Record<string, number[]>;
    const asked: unknown[] = [];
    const { network } = await world([], livingState(), {
      scorer: {
        score: async (request) => {
          asked.push(request);
          return {
            winner: Number(winner),
            lossScore: Float32Array.from(loss_score!),
            embedding: Float32Array.from(embedding!),
            distance: Float32Array.from(distance!),
          };
        },
      },
    });
    const answer = await bcs(network.scoringUrl, exchange);
    expect(toHex(answer.messages[0]!)).toBe(exchange.response.messages![0]);
    expect(asked).toHaveLength(1);
  });
});

describe('the files', () => {
  const rows = cases.flatMap(({ name, exchanges }) =>
    exchanges
      .filter(({ path }) => /^\/(model|data)\//.test(path))
      .map((exchange) => ({ name, exchange, status: exchange.response.status! })),
  );
  const get = ({ network }: World, { path, headers }: Exchange) =>
    fetch(network.rpcUrl + path, { headers: sent(headers) });

  it.each(rows.filter(({ status }) => status === 200))('$name: equal', async ({ exchange }) => {
    const body = fromHex(exchange.response.body!);
    const { createServer } = await import('node:http');
    const host = createServer((_, response) => response.end(body));
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => host.close(resolve)) });
    const url = `http://127.0.0.1:${(host.address() as { port: number }).port}/f`;
    const manifest = { url, checksum: commitment(body), size: BigInt(body.length) };
    const state = livingState();
    const model = { ...state.modelRegistry.models.get(MODEL)!, manifest };
    const target = { ...Target.decode(openTarget().contents), winningDataManifest: manifest };
    const place = await world([{ ...openTarget(), contents: Target.encode(target) }], {
      ...state,
      modelRegistry: { ...state.modelRegistry, models: new Map([[MODEL, model]]) } as SystemState['modelRegistry'],
    });
    const response = await get(place, exchange);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    expect(toHex(new Uint8Array(await response.arrayBuffer()))).toBe(exchange.response.body);
  });

  it.each(rows.filter(({ status }) => status !== 200))(
    '$name: equal status, $status; the sentence is ours',
    async ({ name, exchange, status }) => {
      // Behind 502 stands a file that is gone: here one that nobody serves. Everything else is not there.
      const gone = { url: 'http://127.0.0.1:9/d', checksum: KEY, size: 1n };
      const target = { ...Target.decode(openTarget().contents), winningDataManifest: gone };
      const state = livingState();
      const place = await world([{ ...openTarget(), contents: Target.encode(target) }], {
        ...state,
        modelRegistry: { ...state.modelRegistry, models: new Map(), stakingPoolMappings: new Map() },
      });
      const response = await get(place, exchange);
      expect([name, response.status]).toEqual([name, status]);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    },
  );
});

describe('the recorded requests', () => {
  it('are all replayed above, but for those that go to the host of a file', () => {
    const replayed = new Set(
      [
        'GetServiceInfo GetEpoch GetCheckpoint GetBalance GetObject ListOwnedObjects ListTargets GetTransaction',
        'ExecuteTransaction SimulateTransaction SubscribeCheckpoints AdvanceEpoch RequestGas Health Score',
      ].flatMap((line) => line.split(' ')),
    );
    const others = cases.flatMap(({ exchanges }) =>
      exchanges.filter((each) => !replayed.has(methodOf(each)) && !/^\/(model|data)\//.test(each.path)),
    );
    expect(new Set(others.map(({ path }) => path))).toEqual(new Set(['/weights/0']));
  });
});
