import { SystemState, TransactionData } from '@somakit/bcs';
import node from '@somakit/vectors/node-digests.json' with { type: 'json' };
import vectors from '@somakit/vectors/transactions.json' with { type: 'json' };

const MB = 1e6;
const fromHex = (text) => new Uint8Array(Buffer.from(text, 'hex'));

const transfer = fromHex(vectors.builders.find(({ method }) => method === 'transfer_coin').bcs);
const submission = fromHex(vectors.kinds.find(({ name }) => name.endsWith('SubmitData')).bcs);

const id = (kind, i) => `0x${kind}${i.toString(16).padStart(62, '0')}`;

/** A recorded state with its validator repeated, and models made of what a recorded submission holds. */
const largeState = (validators, models) => {
  const recorded = node.objects.find(({ object_type, bcs }) => object_type === 'SystemState' && bcs !== undefined);
  // The contents follow the object's id; the owner (9 bytes) and a digest (33 bytes) end the object.
  const start = recorded.bcs.indexOf(recorded.object_id.slice(2)) + 64;
  const state = SystemState.decode(fromHex(recorded.bcs.slice(start, -84)));
  const [validator] = state.validators;
  const { kind } = TransactionData.decode(submission);
  const model = (i) => ({
    kind: 'Active',
    owner: id('bb', i),
    architectureVersion: 1n,
    stakingPool: { ...validator.stakingPool, id: id('cc', i) },
    commissionRate: 500n,
    nextEpochCommissionRate: 500n,
    manifest: kind.dataManifest,
    weightsCommitment: kind.dataManifest.checksum,
    embeddingCommitment: kind.bondCoin.digest,
    decryptionKeyCommitment: kind.bondCoin.digest,
    decryptionKey: kind.bondCoin.digest,
    embedding: { shape: [16], data: kind.embedding.data.slice(0, 16) },
  });
  const registry = Array.from({ length: models }, (_, i) => [id('aa', i), model(i)]);
  return {
    ...state,
    validators: Array.from({ length: validators }, () => validator),
    modelRegistry: {
      ...state.modelRegistry,
      models: new Map(registry),
      stakingPoolMappings: new Map(registry.map(([key, { stakingPool }]) => [stakingPool.id, key])),
    },
  };
};

let prepared;
const state = () => {
  prepared ??= SystemState.encode(largeState(100, 1000));
  return { bytes: prepared, value: SystemState.decode(prepared) };
};

/** Milliseconds of one call. */
const milliseconds = async (tools, run) => 1000 / (await tools.callsPerSecond(run, { batch: 5 }));

/** @type {import('./types.d.ts').Bench[]} */
export const benches = [
  {
    name: 'decode a SystemState of 100 validators and 1,000 models',
    unit: 'ms',
    smallerIsBetter: true,
    goal: { atMost: 60 },
    prepare: state,
    ours: (tools, { bytes }) => milliseconds(tools, () => SystemState.decode(bytes)),
  },
  {
    name: 'encode a SystemState of 100 validators and 1,000 models',
    unit: 'ms',
    smallerIsBetter: true,
    goal: { atMost: 60 },
    prepare: state,
    ours: (tools, { value }) => milliseconds(tools, () => SystemState.encode(value)),
  },
  {
    name: 'decode that SystemState',
    unit: 'MB/s',
    prepare: state,
    ours: async (tools, { bytes }) =>
      ((await tools.callsPerSecond(() => SystemState.decode(bytes), { batch: 5 })) * bytes.length) / MB,
  },
  {
    name: 'decode a transfer',
    unit: 'calls/s',
    ours: (tools) => tools.callsPerSecond(() => TransactionData.decode(transfer)),
  },
  {
    name: 'encode a transfer',
    unit: 'calls/s',
    prepare: () => TransactionData.decode(transfer),
    ours: (tools, value) => tools.callsPerSecond(() => TransactionData.encode(value)),
  },
  {
    name: 'decode a submission',
    unit: 'calls/s',
    ours: (tools) => tools.callsPerSecond(() => TransactionData.decode(submission)),
  },
];
