import { TransactionData, tensor } from '@somakit/bcs';
import { blake2b256, Keypair } from '@somakit/crypto';
import { buildGenesis, createLedger, targetOf } from '@somakit/ledger';

const SOMA = 1_000_000_000n;
const checksum = '8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR';
const manifest = { url: 'https://host/file', checksum, size: 100n };
const keypair = (n) => Keypair.fromSecretKey(blake2b256(new TextEncoder().encode(`bench-${n}`)));
const refOf = ({ objectId, version, digest }) => ({ objectId, version, digest });

/** A chain with so many accounts of one rich coin each. */
const chain = (accounts, more = {}) => {
  const people = Array.from({ length: accounts }, (_, i) => keypair(i));
  const genesis = buildGenesis({
    timestampMs: 0n,
    accounts: people.map(({ address }) => ({ address, coins: [10_000n * SOMA] })),
    ...more,
  });
  return { people, genesis };
};

/** Signed transfers that do not wait for each other: made beforehand on a ledger that runs ahead. */
const prepareTransfers = (count, signed) => {
  const { people, genesis } = chain(50);
  const ahead = createLedger({ genesis, checkSignatures: false });
  const coins = people.map(({ address }) => [...ahead.listObjects({ owner: address })][0]);
  const recipient = keypair('recipient').address;
  const transactions = Array.from({ length: count }, (_, i) => {
    const place = i % people.length;
    const coin = refOf(coins[place]);
    const kind = { kind: 'TransferCoin', coin, amount: 5n, recipient };
    const bytes = TransactionData.encode({ kind, sender: people[place].address, gasPayment: [coin] });
    const signatures = signed ? [people[place].signTransaction(bytes)] : [];
    coins[place] = ahead.execute({ bytes }).changes.find(({ objectId }) => objectId === coin.objectId).after;
    return { bytes, signatures };
  });
  return { genesis, transactions };
};

const runAll = ({ genesis, transactions }, checkSignatures) => {
  const ledger = createLedger({ genesis, checkSignatures });
  const start = performance.now();
  transactions.forEach((transaction, i) => {
    ledger.execute(transaction);
    if (i % 1000 === 999) ledger.createCheckpoint();
  });
  return transactions.length / ((performance.now() - start) / 1000);
};

const prepareSubmissions = (count) => {
  const owner = keypair('owner').address;
  const models = [1, 2].map(() => ({ owner, manifest, decryptionKey: checksum }));
  return { ...chain(20, { models, parameters: { targetEmbeddingDim: 16n } }), count };
};

const submit = ({ people, genesis, count }) => {
  const ledger = createLedger({ genesis, checkSignatures: false });
  const coins = people.map(({ address }) => [...ledger.listObjects({ owner: address })][0]);
  const open = [...ledger.listObjects({ type: 'Target' })];
  let spent = 0;
  for (let i = 0; i < count; i++) {
    const place = i % people.length;
    const target = open.shift();
    const { modelIds, embedding } = targetOf(target);
    const bondCoin = refOf(coins[place]);
    const kind = {
      kind: 'SubmitData',
      targetId: target.objectId,
      dataManifest: manifest,
      modelId: modelIds[0],
      embedding,
      distanceScore: tensor([0.5]),
      lossScore: tensor([1]),
      bondCoin,
    };
    const bytes = TransactionData.encode({ kind, sender: people[place].address, gasPayment: [bondCoin] });
    const start = performance.now();
    const { changes } = ledger.execute({ bytes });
    spent += performance.now() - start;
    coins[place] = changes.find(({ objectId }) => objectId === bondCoin.objectId).after;
    open.push(
      ...changes
        .filter(({ before, after }) => before === undefined && after.objectType.kind === 'Target')
        .map(({ after }) => after),
    );
  }
  return count / (spent / 1000);
};

/** 100 validators, 1,000 models of 16 dimensions, 10,000 open targets. */
const prepareEpoch = () => {
  const owner = keypair('owner').address;
  const { genesis } = chain(1, {
    validators: Array.from({ length: 100 }, () => ({ stake: 1_000n * SOMA, gas: SOMA })),
    models: Array.from({ length: 1000 }, () => ({ owner, manifest, decryptionKey: checksum })),
    parameters: { targetEmbeddingDim: 16n },
  });
  const targets = genesis.objects.filter(({ objectType }) => objectType.kind === 'Target');
  const more = Array.from({ length: 10_000 - targets.length }, (_, i) => ({
    ...targets[i % targets.length],
    objectId: `0x${(i + 1).toString(16).padStart(8, '0')}${'e'.repeat(56)}`,
  }));
  const objects = [...genesis.objects.slice(0, -1), ...more, genesis.objects.at(-1)];
  const ledger = createLedger({ genesis: { objects, timestampMs: 0n } });
  // What an idle moment does.
  ledger.settleLiveSet();
  return { ledger, at: 0n };
};

const advance = (context) => {
  context.at += 90_000_000n;
  const start = performance.now();
  context.ledger.advanceEpoch({ timestampMs: context.at });
  return performance.now() - start;
};

export const benches = [
  {
    name: 'transfers with signature checks, 5,000 a second wanted on one core',
    unit: 'calls/s',
    goal: { atLeast: 5_000 },
    prepare: () => prepareTransfers(5_000, true),
    ours: (_, context) => runAll(context, true),
  },
  {
    name: 'transfers without signature checks, 30,000 a second wanted on one core',
    unit: 'calls/s',
    goal: { atLeast: 30_000 },
    prepare: () => prepareTransfers(20_000, false),
    ours: (_, context) => runAll(context, false),
  },
  {
    name: 'submissions that spawn a target, two models of 16 dimensions',
    unit: 'calls/s',
    prepare: () => prepareSubmissions(95),
    ours: (_, context) => submit(context),
  },
  {
    name: 'epoch change with 100 validators, 1,000 models, 10,000 targets, under a second wanted',
    unit: 'ms',
    goal: { atMost: 1_000 },
    smallerIsBetter: true,
    prepare: prepareEpoch,
    ours: (_, context) => advance(context),
  },
  {
    name: 'memory of 100,000 coins',
    unit: 'MB',
    smallerIsBetter: true,
    rounds: 1,
    ours: async (tools) => (await tools.child(new URL('./children/ledger-memory.mjs', import.meta.url))).bytes / 1e6,
  },
];
