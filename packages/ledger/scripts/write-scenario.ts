// Writes a random scenario as JSON, with what the ledger makes of it: `pnpm scenario SEED STEPS > FILE`.
//
// The steps are calls of the Python client by their names and arguments, so that another program can drive a real
// network through them and compare (`tooling/interop/python/scenario.py`). Whoever sends has exactly one coin: the client
// draws its gas coin at random among several. Amounts are decimal text in shannons, and whole multiples of what a float
// of SOMA holds exactly.
import { type Model, SomaTensor, type SystemState, type TransactionKind, tensor } from '@somakit/bcs';
import { digestBytes, type ObjectId, parseDigest, stringifyJson } from '@somakit/core';
import { blake2b256, commitment, Keypair } from '@somakit/crypto';
import { createStdRng } from '@somakit/protocol/random';
import { buildGenesis, coinBalance, createLedger, type LedgerObject, targetOf } from '../src/index.js';

const FAUCET = 2_000_000_000n;
const SOMA = 1_000_000_000n;
/** 1/512 SOMA: floats hold its multiples exactly. */
const UNIT = SOMA / 512n;
const DIM = 16;
const key = parseDigest(new Uint8Array(32));
const manifest = { url: 'http://127.0.0.1:9/w.enc', checksum: key, size: 1n };

const [seed = '1', count = '40'] = process.argv.slice(2);
const rng = createStdRng(BigInt(seed));
const below = (n: number): number => Number(rng.nextU64() % BigInt(n));
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;

interface Actor {
  readonly name: string;
  readonly keypair: Keypair;
}

interface Step {
  readonly call: string;
  readonly actor?: string;
  readonly args?: Record<string, unknown>;
  readonly expect: Record<string, unknown>;
}

// The genesis of a localnet with the small model.
const genesis = buildGenesis({
  timestampMs: 1_700_000_000_000n,
  faucet: true,
  parameters: { targetEmbeddingDim: BigInt(DIM) },
});
const ledger = createLedger({ genesis, checkSignatures: false, invariants: true });
const validator: Actor = { name: 'validator', keypair: genesis.validators[0]!.keypair };
const actors: Actor[] = [validator];
const models = new Map<string, { readonly id: ObjectId; readonly owner: Actor; committed: number }>();
const submissions = new Map<string, { readonly id: ObjectId; readonly epoch: bigint }>();

const objectsOf = ({ keypair }: Actor, type: 'Coin' | 'StakedSoma'): LedgerObject[] => [
  ...ledger.listObjects({ owner: keypair.address, type }),
];
const refOf = ({ objectId, version, digest }: LedgerObject) => ({ objectId, version, digest });
const balanceOf = (actor: Actor): bigint =>
  objectsOf(actor, 'Coin').reduce((sum, object) => sum + coinBalance(object), 0n);
/** Who can send without a choice of the client's. */
const canSend = (actor: Actor): boolean => objectsOf(actor, 'Coin').length === 1 && balanceOf(actor) > 0n;
const able = (): Actor[] => actors.filter(canSend);
const newActor = (): Actor => {
  const name = `actor${actors.length}`;
  const secret = blake2b256(new TextEncoder().encode(`scenario-${seed}-${name}`));
  const actor = { name, keypair: Keypair.fromSecretKey(secret) };
  actors.push(actor);
  return actor;
};
/** Somebody to whom a coin does no harm: without one, or new. */
const receiver = (): Actor => {
  const empty = actors.filter((actor) => objectsOf(actor, 'Coin').length === 0);
  return empty.length > 0 && below(2) === 0 ? pick(empty) : newActor();
};

const state = (): SystemState => ledger.systemState();
const openTargets = (): LedgerObject[] =>
  [...ledger.listObjects({ type: 'Target' })].filter((object) => targetOf(object).status.kind === 'Open');
const filledTargets = (): number =>
  [...ledger.listObjects({ type: 'Target' })].filter((object) => targetOf(object).status.kind === 'Filled').length;

/** The client reads one page of targets. */
const listed = (targets: number): number => Math.min(targets, 100);

const stateView = () => {
  const { epoch, totalStake, validators, emissionPool, parameters, targetState, modelRegistry } = state();
  return {
    epoch,
    totalStake,
    pools: validators.map(({ stakingPool, votingPower, nextEpochStake, commissionRate }) => [
      stakingPool.somaBalance,
      stakingPool.poolTokenBalance,
      stakingPool.pendingStake,
      stakingPool.rewardsPool,
      votingPower,
      nextEpochStake,
      commissionRate,
    ]),
    emission: emissionPool.balance,
    valueFeeBps: parameters.valueFeeBps,
    targets: [
      targetState.targetsGeneratedThisEpoch,
      targetState.hitsThisEpoch,
      targetState.hitsEma,
      targetState.rewardPerTarget,
    ],
    threshold: targetState.distanceThreshold.data[0]!.toFixed(6),
    open: listed(openTargets().filter((object) => targetOf(object).generationEpoch === epoch).length),
    expired: listed(openTargets().filter((object) => targetOf(object).generationEpoch < epoch).length),
    filled: listed(filledTargets()),
    activeModels: [...modelRegistry.models.values()]
      .flatMap((model) =>
        model.kind === 'Active'
          ? [[model.stakingPool.somaBalance, model.commissionRate, model.pendingUpdate === undefined ? 0 : 1]]
          : [],
      )
      .map((each) => each.map(Number))
      .sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!),
    coins: Object.fromEntries(actors.map((actor) => [actor.name, objectsOf(actor, 'Coin').length])),
    stakes: Object.fromEntries(actors.map((actor) => [actor.name, objectsOf(actor, 'StakedSoma').length])),
  };
};

const steps: Step[] = [];
const push = (step: Omit<Step, 'expect'>, status: string, withState = false): void => {
  const balances = Object.fromEntries(actors.map((actor) => [actor.name, balanceOf(actor)]));
  steps.push({ ...step, expect: { status, balances, ...(withState ? { state: stateView() } : {}) } });
};

const execute = (actor: Actor, kind: TransactionKind) => {
  const gasPayment = objectsOf(actor, 'Coin').map(refOf);
  return ledger.execute({ data: { kind, sender: actor.keypair.address, gasPayment } });
};
const send = (call: string, actor: Actor, args: Record<string, unknown>, kind: TransactionKind): boolean => {
  const { effects } = execute(actor, kind);
  const success = effects.status.kind === 'Success';
  push({ call, actor: actor.name, args }, effects.status.kind === 'Success' ? 'Success' : effects.status.error.kind);
  return success;
};

const amountOf = (actor: Actor): bigint =>
  below(7) === 0
    ? (balanceOf(actor) / UNIT + 2n) * UNIT
    : UNIT * BigInt(1 + below(Math.max(1, Math.min(200, Number(balanceOf(actor) / UNIT)))));
const embeddingOf = (n: number) =>
  tensor(Float32Array.from({ length: DIM }, (_, i) => Math.fround(Math.sin(n * 7 + i))));
const commitOf = (modelId: ObjectId, n: number): TransactionKind => ({
  kind: 'CommitModel',
  modelId,
  manifest,
  weightsCommitment: key,
  embeddingCommitment: commitment(SomaTensor.encode(embeddingOf(n))),
  decryptionKeyCommitment: commitment(digestBytes(key)),
});

/** One step of a kind; undefined when there is nothing to do it with. */
const ACTIONS: Record<string, () => unknown> = {
  request_faucet: () => {
    const actor = receiver();
    const [coin] = [...ledger.listObjects({ owner: genesis.faucet!.address, type: 'Coin' })].sort((a, b) =>
      coinBalance(a) > coinBalance(b) ? -1 : 1,
    );
    const { address } = actor.keypair;
    const kind: TransactionKind = { kind: 'PayCoins', coins: [refOf(coin!)], amounts: [FAUCET], recipients: [address] };
    ledger.execute({ data: { kind, sender: genesis.faucet!.address, gasPayment: [refOf(coin!)] } });
    push({ call: 'request_faucet', actor: actor.name }, 'Success');
  },
  transfer_coin: () => {
    const from = pick(able());
    const to = receiver();
    const amount = amountOf(from);
    const coin = refOf(objectsOf(from, 'Coin')[0]!);
    send(
      'transfer_coin',
      from,
      { recipient: to.name, amount: String(amount) },
      { kind: 'TransferCoin', coin, amount, recipient: to.keypair.address },
    );
  },
  pay_coins: () => {
    const from = pick(able());
    const to = Array.from({ length: 1 + below(3) }, newActor);
    const amounts = to.map(() => (amountOf(from) / 4n / UNIT) * UNIT);
    const coins = [refOf(objectsOf(from, 'Coin')[0]!)];
    send(
      'pay_coins',
      from,
      { recipients: to.map(({ name }) => name), amounts: amounts.map(String) },
      { kind: 'PayCoins', coins, amounts, recipients: to.map(({ keypair }) => keypair.address) },
    );
  },
  add_stake: () => {
    const from = pick(able());
    const amount = from !== validator && below(4) === 0 ? undefined : amountOf(from);
    const coinRef = refOf(objectsOf(from, 'Coin')[0]!);
    send(
      'add_stake',
      from,
      { amount: amount === undefined ? null : String(amount) },
      { kind: 'AddStake', address: validator.keypair.address, coinRef, amount },
    );
  },
  withdraw_stake: () => {
    const from = able().filter((actor) => actor !== validator && objectsOf(actor, 'StakedSoma').length === 1);
    if (from.length === 0) return;
    const actor = pick(from);
    const stakedSoma = refOf(objectsOf(actor, 'StakedSoma')[0]!);
    send('withdraw_stake', actor, {}, { kind: 'WithdrawStake', stakedSoma });
  },
  create_model: () => {
    const rich = able().filter((actor) => actor !== validator && balanceOf(actor) > SOMA + 40n * UNIT);
    if (rich.length === 0 || models.size > 2) return;
    const owner = pick(rich);
    const stakeAmount = SOMA + UNIT * BigInt(below(30));
    const commissionRate = BigInt(below(10_001));
    const before = new Set(state().modelRegistry.models.keys());
    const label = `model${models.size}`;
    const kind: TransactionKind = { kind: 'CreateModel', stakeAmount, commissionRate, architectureVersion: 1n };
    const args = { label, stake_amount: String(stakeAmount), commission_rate: Number(commissionRate) };
    if (!send('create_model', owner, args, kind)) return;
    const id = [...state().modelRegistry.models.keys()].find((each) => !before.has(each))!;
    models.set(label, { id, owner, committed: 0 });
  },
  commit_model: () => {
    const [label, model] = modelFor(({ kind }) => kind === 'Created' || (kind === 'Active' && below(3) === 0));
    const n = steps.length;
    if (!canSend(model.owner)) return;
    if (send('commit_model', model.owner, { model: label, embedding: n }, commitOf(model.id, n))) model.committed = n;
  },
  reveal_model: () => {
    const { epoch } = state();
    const [label, model] = modelFor(
      (each) =>
        (each.kind === 'Pending' && each.commitEpoch + 1n === epoch) ||
        (each.kind === 'Active' && each.pendingUpdate !== undefined && each.pendingUpdate.commitEpoch + 1n === epoch),
    );
    if (!canSend(model.owner)) return;
    const embedding = embeddingOf(model.committed);
    send(
      'reveal_model',
      model.owner,
      { model: label, embedding: model.committed },
      { kind: 'RevealModel', modelId: model.id, decryptionKey: key, embedding },
    );
  },
  add_stake_to_model: () => {
    const [label, { id }] = pick([...models]);
    // The reference cannot take stakes of a model that missed its commit.
    const model = state().modelRegistry.models.get(id)!;
    if (model.kind === 'Created' && model.stakingPool.deactivationEpoch !== undefined) return;
    const from = pick(able());
    const amount = amountOf(from);
    const coinRef = refOf(objectsOf(from, 'Coin')[0]!);
    send(
      'add_stake_to_model',
      from,
      { model: label, amount: String(amount) },
      { kind: 'AddStakeToModel', modelId: id, coinRef, amount },
    );
  },
  set_model_commission_rate: () => {
    const [label, { id, owner }] = pick([...models]);
    const actor = below(3) === 0 ? pick(able()) : owner;
    if (!canSend(actor)) return;
    const newRate = BigInt(below(10_300));
    send(
      'set_model_commission_rate',
      actor,
      { model: label, new_rate: Number(newRate) },
      { kind: 'SetModelCommissionRate', modelId: id, newRate },
    );
  },
  deactivate_model: () => {
    const [label, { id, owner }] = pick([...models]);
    if (below(3) > 0 || !canSend(owner)) return;
    send('deactivate_model', owner, { model: label }, { kind: 'DeactivateModel', modelId: id });
  },
  report_model: () => {
    const [label, { id }] = pick([...models]);
    const actor = below(3) > 0 ? pick(able()) : validator;
    if (!canSend(actor)) return;
    send('report_model', actor, { model: label }, { kind: 'ReportModel', modelId: id });
  },
  undo_report_model: () => {
    const [label, { id }] = pick([...models]);
    if (!canSend(validator)) return;
    send('undo_report_model', validator, { model: label }, { kind: 'UndoReportModel', modelId: id });
  },
  submit_data: () => {
    const { epoch } = state();
    const open = openTargets().filter((object) => targetOf(object).generationEpoch === epoch);
    const senders = able().filter((actor) => actor !== validator && balanceOf(actor) > 10_000_000n);
    if (open.length === 0 || senders.length === 0) return;
    const [label, { id }] = pick([...models]);
    const fit = open.filter((object) => targetOf(object).modelIds.includes(id));
    const [target] = fit;
    // The client sees the first hundred: one of them will do only where nearly all have the model.
    if (target === undefined || fit.length < 90) return;
    const actor = pick(senders);
    const size = 1 + below(2_000);
    const { embedding } = targetOf(target);
    const distance = below(6) === 0 ? 1.96875 : 0.25;
    const name = `submission${submissions.size}`;
    const kind: TransactionKind = {
      kind: 'SubmitData',
      targetId: target.objectId,
      dataManifest: { ...manifest, size: BigInt(size) },
      modelId: id,
      embedding,
      distanceScore: tensor([distance]),
      lossScore: tensor([1.5]),
      bondCoin: refOf(objectsOf(actor, 'Coin')[0]!),
    };
    const args = { label: name, model: label, size, distance };
    if (send('submit_data', actor, args, kind)) submissions.set(name, { id: target.objectId, epoch });
  },
  claim_rewards: () => {
    if (submissions.size === 0) return;
    const [label, { id, epoch }] = pick([...submissions]);
    // Nobody asks for what is gone: the client would wait for its time-out.
    if (ledger.getObject(id) === undefined) return;
    if (state().epoch < epoch + 2n && below(3) > 0) return;
    send('claim_rewards', pick(able()), { submission: label }, { kind: 'ClaimRewards', targetId: id });
  },
  claim_expired: () => {
    const { epoch } = state();
    const expired = openTargets().find((object) => targetOf(object).generationEpoch < epoch);
    if (expired === undefined) return;
    send('claim_expired', pick(able()), {}, { kind: 'ClaimRewards', targetId: expired.objectId });
  },
  report_submission: () => {
    if (submissions.size === 0) return;
    const [label, { id }] = pick([...submissions]);
    if (ledger.getObject(id) === undefined || !canSend(validator)) return;
    send('report_submission', validator, { submission: label }, { kind: 'ReportSubmission', targetId: id });
  },
  undo_report_submission: () => {
    if (submissions.size === 0) return;
    const [label, { id }] = pick([...submissions]);
    if (ledger.getObject(id) === undefined || !canSend(validator)) return;
    send('undo_report_submission', validator, { submission: label }, { kind: 'UndoReportSubmission', targetId: id });
  },
  set_validator_commission_rate: () => {
    const actor = below(3) === 0 ? pick(able()) : validator;
    if (!canSend(actor)) return;
    const newRate = BigInt(below(10_300));
    send('set_validator_commission_rate', actor, { new_rate: Number(newRate) }, { kind: 'SetCommissionRate', newRate });
  },
  advance_epoch: () => {
    if (steps.slice(-4).some(({ call }) => call === 'advance_epoch') && below(5) > 0) return;
    ledger.advanceEpoch();
    push({ call: 'advance_epoch' }, 'Success', true);
  },
};

/** A model that is ready for a step now, mostly; any model sometimes. */
const modelFor = (ready: (model: Model) => boolean): [string, { id: ObjectId; owner: Actor; committed: number }] => {
  const registry = state().modelRegistry.models;
  const fit = [...models].filter(([, { id, owner }]) => ready(registry.get(id)!) && canSend(owner));
  return fit.length > 0 && below(8) > 0 ? pick(fit) : pick([...models]);
};

const OF_MODELS = /model|submi|claim/;
const names = Object.keys(ACTIONS);
/** What would lead on from here: models to targets, targets to submissions, submissions to claims. */
const leading = (): string[] => {
  const { epoch, modelRegistry } = state();
  const found = new Set<string>(models.size < 2 ? ['create_model'] : []);
  for (const { id, owner } of models.values()) {
    const model = modelRegistry.models.get(id)!;
    if (!canSend(owner)) continue;
    if (model.kind === 'Created') found.add('commit_model');
    if (model.kind === 'Pending') found.add(model.commitEpoch === epoch ? 'advance_epoch' : 'reveal_model');
    if (model.kind !== 'Active') continue;
    if (openTargets().length > 0) found.add('submit_data');
    if (model.pendingUpdate !== undefined) {
      found.add(model.pendingUpdate.commitEpoch === epoch ? 'advance_epoch' : 'reveal_model');
    }
  }
  for (const { id, epoch: filled } of submissions.values()) {
    if (ledger.getObject(id) !== undefined) found.add(epoch >= filled + 2n ? 'claim_rewards' : 'advance_epoch');
  }
  return [...found];
};

ACTIONS.request_faucet!();
ACTIONS.request_faucet!();
while (steps.length < Number(count) - 1) {
  const wanted = leading();
  // Somebody must be able to act.
  const free = able().some((actor) => actor !== validator);
  const name = !free ? 'request_faucet' : wanted.length > 0 && below(2) === 0 ? pick(wanted) : pick(names);
  if (OF_MODELS.test(name) && name !== 'create_model' && models.size === 0) continue;
  ACTIONS[name]!();
}
// The state is compared after epochs.
const { length } = steps;
while (steps.length === length) ACTIONS.advance_epoch!();

const scenario = {
  version: 2,
  seed,
  actors: actors
    .filter((actor) => actor !== validator)
    .map(({ name, keypair }) => ({ name, secret: keypair.toSecretKeyHex() })),
  steps,
};
console.log(stringifyJson(scenario, { indent: 2 }));
