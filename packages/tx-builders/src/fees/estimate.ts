import type { ObjectRef, StakedSoma, Target, TransactionKind } from '@somakit/bcs';
import { type ObjectId, SomaKitError } from '@somakit/core';
import {
  type FeeParameters,
  operationFee,
  reservedWrites,
  type TransactionFee,
  transactionFee,
  valueFee,
  writtenObjects,
} from '@somakit/protocol/fees';
import { TOTAL_SUPPLY, TOTAL_VOTING_POWER, VALIDATOR_VERY_LOW_POWER } from '@somakit/protocol/parameters';
import { claimShares, expiredShares, submissionBond } from '@somakit/protocol/targets';
import type { CoinObject } from '../coins/coin.js';
import '../errors.js';
import { isSystemKind } from '@somakit/protocol/checks';
import { type Bounds, exactly, type Knowledge, possibleOperations } from './operation.js';

/** The figures of an epoch that costs follow from: the SystemParameters of the BCS types have them all. */
export interface CostParameters extends FeeParameters {
  readonly submissionBondPerByte?: bigint | undefined;
  readonly targetSubmitterRewardShareBps?: bigint | undefined;
  readonly targetModelRewardShareBps?: bigint | undefined;
  readonly targetClaimerIncentiveBps?: bigint | undefined;
}

/** What {@link estimateCost} takes: the more is known, the closer the bounds. */
export interface EstimateCostParameters {
  readonly kind: TransactionKind;
  readonly parameters: CostParameters;
  /** The gas coins of the transaction; the first is the one that keeps the rest. */
  readonly gasPayment?: readonly ObjectRef[] | undefined;
  /** What is known of the coins that the transaction takes, gas coins included. */
  readonly coins?: readonly CoinObject[] | undefined;
  /** For WithdrawStake: the position. */
  readonly stakedSoma?: Pick<StakedSoma, 'principal'> | undefined;
  /** For ClaimRewards: the target. */
  readonly target?: Pick<Target, 'status' | 'rewardPool' | 'bondAmount' | 'submissionReports'> | undefined;
  /** For SubmitData: whether a new target follows, as `mayCreateTarget` of `@somakit/protocol` and an active model say. */
  readonly spawnsTarget?: boolean | undefined;
}

/** What a transaction costs its sender, in shannons. */
export interface Cost extends TransactionFee {
  /** What leaves the sender's coins on purpose: amounts to others or to itself, stakes. Not fees, not the bond. */
  readonly value: bigint;
  /** The bond of a submission, which comes back with the claim. */
  readonly bond: bigint;
  /** What the first gas coin holds afterwards, when its balance is known and suffices; 0 when it is used up. */
  readonly remaining?: bigint | undefined;
}

/** Bounds of what a transaction costs; `exact` when they are equal. */
export interface CostEstimate {
  readonly exact: boolean;
  readonly min: Cost;
  readonly max: Cost;
  /** Whether the gas coins hold enough; undefined when their balance is not known. */
  readonly sufficient?: boolean | undefined;
  /** What it costs when it fails in execution: the base fee, or less when the gas coin has less. */
  readonly onFailure: TransactionFee;
}

const UNKNOWN_VALUE: Bounds = { min: 0n, max: TOTAL_SUPPLY };
/** No more validators than this can have a seat, so no more can report. */
const MOST_REPORTERS = Number(TOTAL_VOTING_POWER / VALIDATOR_VERY_LOW_POWER);

const bounds = (value: bigint | undefined): Bounds => (value === undefined ? UNKNOWN_VALUE : exactly(value));

/** The value that the value fee is a part of. Source: authority/src/execution `calculate_value_fee` of each kind. */
const feeBase = (kind: TransactionKind, known: Knowledge, of: EstimateCostParameters): Bounds => {
  switch (kind.kind) {
    case 'TransferCoin':
      return kind.amount === undefined ? bounds(known.balanceOf(kind.coin.objectId)) : exactly(kind.amount);
    case 'AddStake':
    case 'AddStakeToModel':
      return kind.amount === undefined ? bounds(known.balanceOf(kind.coinRef.objectId)) : exactly(kind.amount);
    case 'PayCoins': {
      const parts: readonly (bigint | undefined)[] =
        kind.amounts ?? kind.coins.map(({ objectId }) => known.balanceOf(objectId));
      const sum = parts.reduce((all, part) => (all === undefined || part === undefined ? undefined : all + part), 0n);
      // The chain's plain sum wraps around.
      return sum === undefined ? UNKNOWN_VALUE : exactly(BigInt.asUintN(64, sum));
    }
    case 'CreateModel':
      return exactly(kind.stakeAmount);
    case 'WithdrawStake':
      return bounds(of.stakedSoma?.principal);
    case 'ClaimRewards':
      return bounds(of.target?.rewardPool);
    default:
      return exactly(0n);
  }
};

const countPositive = (...amounts: readonly bigint[]): number => amounts.filter((amount) => amount > 0n).length;

/** How many coins a claim creates. Source: authority/src/execution/submission.rs. */
const claimCoins = (of: EstimateCostParameters): { readonly min: number; readonly max: number } => {
  const { target, parameters } = of;
  const {
    targetSubmitterRewardShareBps: submitter,
    targetModelRewardShareBps: model,
    targetClaimerIncentiveBps: incentive,
  } = parameters;
  const reporters = target === undefined ? MOST_REPORTERS : target.submissionReports.length;
  const unknown = { min: 0, max: Math.max(4, reporters + 1) };
  if (target === undefined || incentive === undefined) return unknown;
  const { claimer } = expiredShares(target.rewardPool, { targetClaimerIncentiveBps: incentive });
  if (target.status.kind === 'Open') return { min: countPositive(claimer), max: countPositive(claimer) };
  if (submitter === undefined || model === undefined) return unknown;
  const shares = claimShares(target.rewardPool, {
    targetSubmitterRewardShareBps: submitter,
    targetModelRewardShareBps: model,
    targetClaimerIncentiveBps: incentive,
  });
  if (shares === undefined) return unknown;
  const unreported = countPositive(shares.submitter, shares.modelOwner, shares.claimer, target.bondAmount);
  if (reporters === 0) return { min: unreported, max: unreported };
  // A quorum shares the bond; who of the reporters still counts is known to the chain alone.
  const incentiveCoins = countPositive(claimer);
  return {
    min: Math.min(unreported, incentiveCoins),
    max: Math.max(unreported, incentiveCoins + reporters),
  };
};

const knowledgeOf = (of: EstimateCostParameters): Knowledge => {
  const { gasPayment, coins = [], kind, parameters } = of;
  const gas = gasPayment === undefined || gasPayment.length === 0 ? undefined : gasPayment;
  const balances = new Map<ObjectId, bigint>(coins.map(({ objectId, balance }) => [objectId, balance]));
  const gasId = gas?.[0]?.objectId;
  const gasBalance = gas?.reduce<bigint | undefined>((sum, { objectId }) => {
    const balance = balances.get(objectId);
    return sum === undefined || balance === undefined ? undefined : sum + balance;
  }, 0n);
  const perByte = parameters.submissionBondPerByte;
  return {
    gasId,
    gasBalance,
    smashed: new Set(gas?.slice(1).map(({ objectId }) => objectId)),
    // While the gas coins are unknown, any coin may be the first of several and hold more than its own.
    balanceOf: (id) => (gas === undefined ? undefined : id === gasId ? gasBalance : balances.get(id)),
    bond:
      kind.kind !== 'SubmitData'
        ? 0n
        : perByte === undefined
          ? undefined
          : // Over 64 bits the chain fails; the figure then says why.
            (submissionBond(kind.dataManifest.size, { submissionBondPerByte: perByte }) ??
            kind.dataManifest.size * perByte),
    spawnsTarget: of.spawnsTarget,
    claimCoins: claimCoins(of),
  };
};

/** What leaves the gas coin beside the fee, undefined when that is all of it. */
const fromGas = (kind: TransactionKind, known: Knowledge, bond: bigint): bigint | undefined | 'all' => {
  const { gasId } = known;
  switch (kind.kind) {
    case 'TransferCoin':
      return kind.coin.objectId !== gasId ? 0n : (kind.amount ?? 'all');
    case 'AddStake':
    case 'AddStakeToModel':
      return kind.coinRef.objectId !== gasId ? 0n : (kind.amount ?? 'all');
    case 'CreateModel':
      return kind.stakeAmount;
    case 'SubmitData':
      return kind.bondCoin.objectId === gasId ? bond : 0n;
    case 'PayCoins': {
      if (!kind.coins.some(({ objectId }) => objectId === gasId)) return 0n;
      if (kind.amounts === undefined) return 'all';
      let out = kind.amounts.reduce((sum, amount) => sum + amount, 0n);
      for (const { objectId } of kind.coins) {
        if (objectId === gasId || known.smashed.has(objectId)) continue;
        const balance = known.balanceOf(objectId);
        if (balance === undefined) return undefined;
        out -= balance;
      }
      return out;
    }
    default:
      return 0n;
  }
};

const atLeastZero = (value: bigint): bigint => (value > 0n ? value : 0n);

const movedValue = (
  kind: TransactionKind,
  known: Knowledge,
  base: Bounds,
  lowestFee: bigint,
  highestFee: bigint,
): Bounds => {
  if (kind.kind === 'WithdrawStake' || kind.kind === 'ClaimRewards') return exactly(0n);
  if (kind.kind === 'PayCoins' && kind.amounts !== undefined)
    return exactly(kind.amounts.reduce((sum, amount) => sum + amount, 0n));
  // All of the gas coin is all but the fee.
  if (known.gasId !== undefined && fromGas(kind, known, 0n) === 'all') {
    return { min: atLeastZero(base.min - highestFee), max: atLeastZero(base.max - lowestFee) };
  }
  return base.min === base.max ? base : { min: 0n, max: base.max };
};

/** What an executor refuses to start with: the amount, its value fee, and the fees that it puts aside. */
const reserve = (kind: TransactionKind, known: Knowledge, fee: bigint, parameters: FeeParameters): bigint => {
  const [operation] = possibleOperations(kind, known);
  return operation === undefined ? 0n : fee + operationFee(reservedWrites(operation), parameters);
};

/**
 * What a transaction costs when it succeeds, without asking the network: base fee, operation fee, value fee, bond, and
 * what remains in the gas coin.
 *
 * Exact when the gas coins and the balances of all coins that it takes are given (for WithdrawStake the position, for
 * ClaimRewards the target, for SubmitData whether a new target follows); otherwise `min` and `max` enclose the truth.
 * A claim of a reported submission stays a range: the quorum is known to the chain alone.
 *
 * Source: authority/src/execution, `FeeCalculator` of each kind.
 * @throws SYSTEM_TRANSACTION for kinds that pay no fee.
 * @example
 * import { claimRewards, estimateCost } from '@somakit/tx-builders';
 * const parameters = { baseFee: 1000n, writeObjectFee: 300n, valueFeeBps: 10n };
 * const { exact, max } = estimateCost({ kind: claimRewards({ targetId: '0x7a49e7' }), parameters });
 */
export const estimateCost = (of: EstimateCostParameters): CostEstimate => {
  const { kind, parameters } = of;
  if (isSystemKind(kind.kind)) {
    throw new SomaKitError('SYSTEM_TRANSACTION', `${kind.kind} transactions pay no fee.`, {
      context: { kind: kind.kind, expected: 'a kind that accounts send' },
    });
  }
  const known = knowledgeOf(of);
  const base = feeBase(kind, known, of);
  const writes = possibleOperations(kind, known).map(writtenObjects);
  // The reference's books of AddStakeToModel without an amount do not add up: it charges two.
  if (
    kind.kind === 'AddStakeToModel' &&
    kind.amount === undefined &&
    (known.gasId ?? kind.coinRef.objectId) === kind.coinRef.objectId
  ) {
    writes.push(2);
  }
  const fee = (count: number, value: bigint): TransactionFee =>
    transactionFee(parameters.baseFee, operationFee(count, parameters), valueFee(kind.kind, value, parameters));
  const lowest = fee(Math.min(...writes), base.min);
  const highest = fee(Math.max(...writes), base.max);
  const value = movedValue(kind, known, base, lowest.totalFee, highest.totalFee);
  const bond = known.bond === undefined ? UNKNOWN_VALUE : exactly(known.bond);

  const { gasBalance } = known;
  const remaining = (of_: TransactionFee, of_bond: bigint): bigint | undefined => {
    if (gasBalance === undefined) return undefined;
    const out = fromGas(kind, known, of_bond);
    if (out === undefined) return undefined;
    if (out === 'all') return kind.kind === 'AddStakeToModel' ? undefined : 0n;
    const left = gasBalance - of_.totalFee - out;
    return left < 0n ? undefined : left;
  };
  const exact =
    lowest.totalFee === highest.totalFee &&
    lowest.valueFee === highest.valueFee &&
    value.min === value.max &&
    bond.min === bond.max;
  return {
    exact,
    min: { ...lowest, value: value.min, bond: bond.min, remaining: remaining(highest, bond.max) },
    max: { ...highest, value: value.max, bond: bond.max, remaining: remaining(lowest, bond.min) },
    sufficient: isSufficient(kind, known, highest, bond.max, parameters),
    onFailure: transactionFee(
      gasBalance === undefined || gasBalance > parameters.baseFee ? parameters.baseFee : gasBalance,
    ),
  };
};

const isSufficient = (
  kind: TransactionKind,
  known: Knowledge,
  fee: TransactionFee,
  bond: bigint,
  parameters: FeeParameters,
): boolean | undefined => {
  const { gasBalance } = known;
  if (gasBalance === undefined) return undefined;
  const out = fromGas(kind, known, bond);
  if (out === undefined) return undefined;
  const coin = 'coinRef' in kind ? kind.coinRef : 'coin' in kind ? kind.coin : undefined;
  const reserved = fee.baseFee + reserve(kind, known, fee.valueFee, parameters);
  if (out === 'all') {
    // The other coins of such a payment help to pay for it.
    if (kind.kind === 'PayCoins' && kind.coins.length > 1) return gasBalance > reserved ? true : undefined;
    return gasBalance > reserved;
  }
  if (gasBalance < fee.totalFee + (out > 0n ? out : 0n)) return false;
  if (kind.kind === 'PayCoins' && kind.amounts !== undefined) {
    const balances = kind.coins.map(({ objectId }) => (known.smashed.has(objectId) ? 0n : known.balanceOf(objectId)));
    if (balances.includes(undefined)) return undefined;
    const total = balances.reduce((sum: bigint, balance) => sum + (balance ?? 0n), 0n);
    const gasIn = kind.coins.some(({ objectId }) => objectId === known.gasId);
    const pay = kind.amounts.reduce((sum, amount) => sum + amount, 0n);
    return total - (gasIn ? fee.baseFee : 0n) >= pay + reserved - fee.baseFee;
  }
  if (coin !== undefined && 'amount' in kind && kind.amount !== undefined && coin.objectId !== known.gasId) {
    const balance = known.balanceOf(coin.objectId);
    return balance === undefined ? undefined : balance >= (kind.amount as bigint);
  }
  if (kind.kind === 'SubmitData' && kind.bondCoin.objectId !== known.gasId) {
    const balance = known.balanceOf(kind.bondCoin.objectId);
    return balance === undefined ? undefined : balance >= bond;
  }
  if (kind.kind === 'CreateModel' || coin?.objectId === known.gasId)
    return gasBalance >= reserved + (out > 0n ? out : 0n);
  return true;
};
