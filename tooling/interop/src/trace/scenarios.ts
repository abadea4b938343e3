import type { TransactionKind } from '@somakit/bcs';
import { commitment, encryptWeights, parseSoma, type SomaClient } from '@somakit/sdk';
import { buildTransaction, type CoinObject, signTransaction, transactionFailed } from '@somakit/sdk/transactions';
import { createRecorder, type Entry, embeddingOf, type Recorder, type Urls } from './recorder.js';

/** Sees that the client refuses what the Python client sends, under a code, and sends it by hand. */
const byHand = async <Name extends string>(
  { client, as }: Recorder<Name>,
  name: Name,
  code: string,
  refused: () => Promise<unknown>,
  kindOf: (coin: CoinObject) => TransactionKind,
): Promise<void> => {
  const error = await refused().catch((thrown: unknown) => thrown);
  if ((error as { code?: string } | undefined)?.code !== code) throw error;
  const { signer, onSigned } = as(name);
  const coins = await client.listOwnedObjects({ owner: signer.address, objectType: 'Coin' });
  const held = coins.map((each) => ({ ...each, balance: each.contents.kind === 'Coin' ? each.contents.balance : 0n }));
  const richest = held.sort((a, b) => Number(b.balance - a.balance))[0]!;
  const built = buildTransaction({ sender: signer.address, kind: kindOf(richest), gasPayment: [richest] });
  const { signedBytes, digest } = await signTransaction(built, signer);
  onSigned?.({ digest, transaction: signedBytes });
  const { effects } = await client.executeTransaction({ txBytes: signedBytes });
  await client.waitForTransaction({ digest });
  const failed = transactionFailed(effects);
  if (failed !== undefined) throw failed;
};

const countObjects = async (client: SomaClient, owner: string, objectType?: 'StakedSoma'): Promise<number> =>
  (await client.listOwnedObjects({ owner, objectType })).length;

/** `coins` of `python/trace.py`, on the SDK. */
export const coins = async (urls: Urls): Promise<readonly Entry[]> => {
  const run = await createRecorder(urls, ['alice', 'bob', 'carol', 'dora', 'eve', 'fred']);
  const { client, as, step, note, entries } = run;
  const { bob, carol, dora, eve, fred } = run.actors;
  const grant = (value: Awaited<ReturnType<SomaClient['requestFaucet']>>): Entry => ({
    status: 'Success',
    coins: value.coinsSent.map(({ amount }) => Number(amount)),
  });
  const transfer = (recipient: string, amount: bigint) => () =>
    client.transferCoin({ ...as('alice'), recipient, amount });
  const tooMuch = (amount: bigint) => () =>
    byHand(run, 'alice', 'INSUFFICIENT_COINS', transfer(bob.address, amount), (coin) => ({
      kind: 'TransferCoin',
      coin,
      amount,
      recipient: bob.address,
    }));
  const badPay = (recipients: readonly (typeof bob.address)[], amounts: readonly bigint[]) => () => {
    const refused = () => client.payCoins({ ...as('alice'), recipients, amounts });
    return byHand(run, 'alice', 'INVALID_ARGUMENT', refused, (coin) => ({
      kind: 'PayCoins',
      coins: [coin],
      amounts: [...amounts],
      recipients: [...recipients],
    }));
  };

  await step('start', undefined, { see: ['state'] });
  for (const name of ['alice', 'dora', 'eve'] as const) {
    await step(`faucet ${name}`, () => client.requestFaucet({ address: run.actors[name].address }), { result: grant });
  }
  await step('transfer 0.5', transfer(bob.address, parseSoma('0.5')));
  await step('transfer 0.000000001', transfer(bob.address, 1n));
  await step('transfer zero', transfer(bob.address, 0n));
  await step('transfer too much', tooMuch(parseSoma('1000000000')));
  await step('transfer exactly all', tooMuch(parseSoma('1.498998199')));
  const two = { recipients: [fred.address, carol.address], amounts: [parseSoma('0.25'), parseSoma('0.125')] };
  await step('pay two', () => client.payCoins({ ...as('alice'), ...two }));
  await step('pay mismatch', badPay([bob.address], [parseSoma('0.25'), parseSoma('0.75')]));
  await step('pay nobody', badPay([], []));
  const twice = { recipients: [fred.address, fred.address], amounts: [parseSoma('0.1'), parseSoma('0.2')] };
  await step('pay duplicate recipient', () => client.payCoins({ ...as('alice'), ...twice }));
  await step('merge fred', () => client.mergeCoins({ ...as('fred'), leaveTwo: true }));
  await step('fred objects');
  note({ n: await countObjects(client, fred.address) });
  await step('merge bob (dust among his coins)', () => client.mergeCoins({ ...as('bob'), leaveTwo: true }));
  await step('bob objects');
  note({ n: await countObjects(client, bob.address) });
  const [coin] = await client.listOwnedObjects({ owner: dora.address });
  await step('transfer object that is the gas', () => {
    const refused = () =>
      client.transferObjects({ ...as('dora'), recipient: carol.address, objectIds: [coin!.objectId] });
    return byHand(run, 'dora', 'INSUFFICIENT_COINS', refused, (gas) => ({
      kind: 'TransferObjects',
      objects: [gas],
      recipient: carol.address,
    }));
  });
  await step('from nothing', () =>
    client.transferCoin({ ...as('dora'), recipient: carol.address, amount: parseSoma('0.1') }),
  );
  await step('transfer to self', () =>
    client.transferCoin({ ...as('eve'), recipient: eve.address, amount: parseSoma('0.5') }),
  );
  await step('eve objects');
  note({ n: await countObjects(client, eve.address) });
  await step('bad address', () => client.transferCoin({ ...as('alice'), recipient: '0x12zz', amount: parseSoma('1') }));
  await step('advance', () => client.advanceEpoch(), { result: Number, see: ['state'] });
  client.close();
  return entries;
};

/** `staking` of `python/trace.py`, on the SDK. */
export const staking = async (urls: Urls): Promise<readonly Entry[]> => {
  const run = await createRecorder(urls, ['dave', 'erin', 'finn', 'gwen']);
  const { client, as, step, note, entries } = run;
  const { dave, erin, finn } = run.actors;
  const see = ['state'] as const;
  for (const [name, { address }] of Object.entries(run.actors)) {
    await step(`faucet ${name}`, () => client.requestFaucet({ address }));
  }
  const { address: validator } = (await client.getValidators())[0]!;
  const stake = (name: 'dave' | 'erin' | 'finn', amount: bigint | undefined, at: string = validator) =>
    client.addStake({ ...as(name), validator: at, amount });
  const positions = (owner: string) => client.listOwnedObjects({ owner, objectType: 'StakedSoma' });

  await step('stake 0.3', () => stake('dave', parseSoma('0.3')), { see });
  await step('stake 0.3 again', () => stake('dave', parseSoma('0.3')), { see });
  await step('stake whole coin', () => stake('erin', undefined), { see });
  await step('stake to stranger', () => stake('dave', parseSoma('0.1'), erin.address));
  await step('stake zero', () => stake('dave', 0n));
  await step('stake more than held', () =>
    byHand(
      run,
      'dave',
      'INSUFFICIENT_COINS',
      () => stake('dave', parseSoma('100')),
      (coinRef) => ({
        kind: 'AddStake',
        address: validator,
        coinRef,
        amount: parseSoma('100'),
      }),
    ),
  );
  await step('finn stakes', () => stake('finn', parseSoma('0.7')));
  const ofFinn = await positions(finn.address);
  note({ staked_n: ofFinn.length });
  await step(
    'withdraw before activation',
    () => client.withdrawStake({ ...as('finn'), stakedSomaId: ofFinn[0]!.objectId }),
    { see },
  );
  for (let round = 0; round < 3; round++) {
    for (let nth = 0; nth < 4; nth++) {
      const amount = parseSoma('0.01');
      await step(`traffic ${round}.${nth}`, () =>
        client.transferCoin({ ...as('gwen'), recipient: erin.address, amount }),
      );
    }
    await step(`advance ${round}`, () => client.advanceEpoch(), { result: Number, see });
  }
  const ofDave = await positions(dave.address);
  note({ staked_n: ofDave.length });
  await step(
    'withdraw after rewards',
    () => client.withdrawStake({ ...as('dave'), stakedSomaId: ofDave[0]!.objectId }),
    { see },
  );
  await step('advance last', () => client.advanceEpoch(), { result: Number, see });
  await step('report validator by stranger', () => client.reportValidator({ ...as('gwen'), reportee: validator }));
  await step('undo report by stranger', () => client.undoReportValidator({ ...as('gwen'), reportee: validator }));
  await step('remove validator by stranger', () =>
    client.removeValidator({ ...as('gwen'), pubkeyBytes: new Uint8Array(96) }),
  );
  await step('set rate by stranger', () => client.setValidatorCommissionRate({ ...as('gwen'), newRate: 100 }));
  await step('set rate too high by stranger', () =>
    client.setValidatorCommissionRate({ ...as('gwen'), newRate: 20_000 }),
  );
  client.close();
  return entries;
};

/** `market` of `python/trace.py`, on the SDK. */
export const market = async (urls: Urls): Promise<readonly Entry[]> => {
  const run = await createRecorder(urls, ['modeler', 'miner', 'staker']);
  const { client, as, step, entries } = run;
  for (const [name, { address }] of Object.entries(run.actors)) {
    await step(`faucet ${name}`, () => client.requestFaucet({ address }));
  }
  const dim = await client.getEmbeddingDim();
  entries.push({
    dim,
    min_stake: Number(await client.getModelMinStake()),
    arch: Number(await client.getArchitectureVersion()),
    protocol: Number(await client.getProtocolVersion()),
  });
  const seeState = { see: ['state'] as const };
  const seeAll = { see: ['state', 'targets'] as const };
  await step('start', undefined, seeAll);
  const active = (name: string) =>
    step(name, () => client.getActiveModels(), {
      result: (models) =>
        models.map((model) => ({
          stake: Number(model.stake) / 1e9,
          rate: model.commissionRate,
          next: model.nextEpochCommissionRate,
          // The Python client knows of no other.
          commit_epoch: 0,
          pending: model.hasPendingUpdate,
          dim: model.embedding.length,
        })),
    });
  const advance = (name: string, options: typeof seeAll | typeof seeState = seeAll) =>
    step(name, () => client.advanceEpoch(), { result: Number, ...options });

  await active('active models');
  await step('create below minimum', () =>
    client.createModel({ ...as('modeler'), commissionRate: 500, stakeAmount: 1_000n }),
  );
  await step('create bad rate', () => client.createModel({ ...as('modeler'), commissionRate: 10_001 }));
  const modelId = (await step('create', () => client.createModel({ ...as('modeler'), commissionRate: 500 }), {
    result: (id) => id.length,
  }))!;
  const weights = Uint8Array.from({ length: 256 * 64 }, (_, index) => index % 256);
  const { encrypted: encryptedWeights, key: decryptionKey } = encryptWeights(weights, new Uint8Array(32));
  const embedding = await embeddingOf('model', dim);
  const commit = { modelId, weightsUrl: 'http://127.0.0.1:9/w.enc', encryptedWeights, decryptionKey, embedding };
  const reveal = (over: { readonly decryptionKey?: string; readonly embedding?: Float32Array } = {}) =>
    client.revealModel({ ...as('modeler'), modelId, decryptionKey, embedding, ...over });
  const stake = { ...as('staker'), modelId, amount: parseSoma('0.5') };

  await step('reveal before commit', () => reveal());
  await step('commit by stranger', () => client.commitModel({ ...as('miner'), ...commit }));
  await step('commit', () => client.commitModel({ ...as('modeler'), ...commit }), seeState);
  await step('commit twice', () => client.commitModel({ ...as('modeler'), ...commit }));
  await step('reveal same epoch', () => reveal());
  await step('stake pending model', () => client.addStakeToModel(stake));
  await advance('advance 1');
  await step('reveal wrong key', () => reveal({ decryptionKey: commitment(new TextEncoder().encode('x')) }));
  const other = await embeddingOf('other', dim);
  await step('reveal wrong embedding', () => reveal({ embedding: other }));
  await step('reveal', () => reveal(), seeState);
  await active('active after reveal');
  await step('stake active model', () => client.addStakeToModel(stake), seeState);
  await step('commission by stranger', () => client.setModelCommissionRate({ ...as('miner'), modelId, newRate: 700 }));
  await step('commission', () => client.setModelCommissionRate({ ...as('modeler'), modelId, newRate: 700 }));
  await step('report by stranger', () => client.reportModel({ ...as('miner'), modelId }));
  await advance('advance 2');
  await active('active after advance');

  const open = (await client.getTargets()).filter(({ modelIds }) => modelIds.includes(modelId));
  entries.push({ open_with_model: open.length > 0 });
  const target = open.sort((a, b) => (a.id < b.id ? -1 : 1))[0]!;
  const targetId = target.id;
  const submit = (over: Partial<Parameters<SomaClient['submitData']>[0]> = {}) =>
    client.submitData({
      ...as('miner'),
      targetId,
      data: new TextEncoder().encode('The quick brown fox jumps over the lazy dog. '.repeat(20)),
      dataUrl: 'http://127.0.0.1:9/d.bin',
      modelId,
      embedding: target.embedding,
      distanceScore: 0,
      lossScore: [1.5],
      ...over,
    });
  const claim = () => client.claimRewards({ ...as('miner'), targetId });
  await step('submit over threshold', () => submit({ distanceScore: 1.9 }));
  await step('submit unknown model', () => submit({ modelId: `0x${'11'.repeat(32)}` }));
  await step('submit short embedding', () => submit({ embedding: [0, 1] }));
  await step('submit', () => submit(), seeAll);
  await step('submit again', () => submit());
  await step('claim at once', claim);
  await step('report submission by stranger', () => client.reportSubmission({ ...as('staker'), targetId }));
  await advance('advance 3');
  await step('claim after one epoch', claim);
  await advance('advance 4');
  await step('claim after two epochs', claim, seeAll);
  await step('claim again', claim);
  const update = { ...commit, embedding: await embeddingOf('model2', dim) };
  await step('update: commit', () => client.commitModel({ ...as('modeler'), ...update }), seeState);
  await advance('advance 5 (update revealed late)', seeState);
  await advance('advance 6 (update not revealed)', seeState);
  await active('active after missed reveal');
  await step('deactivate by stranger', () => client.deactivateModel({ ...as('miner'), modelId }));
  await step('deactivate', () => client.deactivateModel({ ...as('modeler'), modelId }), seeState);
  await advance('advance 7');
  await active('active at end');
  client.close();
  return entries;
};
