// Drives the pure execution on a bare SystemState: no store, no fees, no signatures.
import type { StakedSoma, SystemState, TransactionKind, Validator } from '@somakit/bcs';
import { StakedSoma as StakedSomaCodec } from '@somakit/bcs';
import { type Address, type ObjectId, parseAddress, parseDigest, parseObjectId } from '@somakit/core';
import { blake2b256 } from '@somakit/crypto';
import { advanceState } from '../../src/epoch/advance.js';
import { advanceValidators } from '../../src/epoch/validators.js';
import { executeTransaction } from '../../src/execution/execute.js';
import { STATE_ID } from '../../src/execution/inputs.js';
import type { Outcome } from '../../src/execution/outcome.js';
import { tableOf } from '../../src/execution/table.js';
import { buildGenesis } from '../../src/index.js';
import {
  coinBalance,
  coinContents,
  type LedgerObject,
  systemStateContents,
  systemStateOf,
  toLedgerObject,
  ZERO_DIGEST,
} from '../../src/object.js';

const SENDER = parseAddress('0xa11ce');

export const addressOf = (n: number): Address => parseAddress(`0x${n.toString(16)}`);

/** A state with validators of the given stakes at the addresses 1, 2, ...; rewards all go to them. */
export const stateWith = (stakes: readonly bigint[], options: { readonly rateAtStart?: boolean } = {}): SystemState => {
  const genesis = buildGenesis({
    timestampMs: 0n,
    accounts: 0,
    emissionPerEpoch: 0n,
    validators: stakes.map((stake) => ({ stake, gas: 0n, commissionRate: 0n })),
    parameters: { validatorRewardAllocationBps: 10_000n },
  });
  const state = systemStateOf(genesis.objects.at(-1)!);
  const seats = [...state.validators];
  const validators = stakes.map((stake, i): Validator => {
    const seat = seats.splice(
      seats.findIndex(({ stakingPool }) => stakingPool.somaBalance === stake),
      1,
    )[0]!;
    const rate = { somaAmount: stake, poolTokenAmount: stake };
    return {
      ...seat,
      metadata: { ...seat.metadata, somaAddress: addressOf(i + 1) },
      stakingPool: {
        ...seat.stakingPool,
        ...(options.rateAtStart === false ? {} : { exchangeRates: new Map([[0n, rate]]) }),
      },
    };
  });
  return {
    ...state,
    validators,
    stakingPoolMappings: new Map(validators.map(({ metadata, stakingPool }) => [stakingPool.id, metadata.somaAddress])),
  };
};

const sharedState = (state: SystemState): LedgerObject =>
  toLedgerObject({
    objectId: STATE_ID,
    objectType: { kind: 'SystemState' },
    version: 1n,
    contents: systemStateContents(state),
    owner: { kind: 'Shared', initialSharedVersion: 1n },
    previousTransaction: ZERO_DIGEST,
  });

/** A machine with one state, and receipts by label. */
export const createMachine = (initial: SystemState, options: { readonly slashingRateBps?: bigint } = {}) => {
  let state = initial;
  let count = 0;
  const receipts = new Map<string, StakedSoma>();
  const owned = (id: ObjectId, kind: 'Coin' | 'StakedSoma', contents: Uint8Array, owner: Address): LedgerObject =>
    toLedgerObject({
      objectId: id,
      objectType: { kind },
      version: 1n,
      contents,
      owner: { kind: 'AddressOwner', address: owner },
      previousTransaction: ZERO_DIGEST,
    });
  const execute = (kind: TransactionKind, inputs: readonly LedgerObject[], sender: Address): Outcome => {
    const gas = owned(parseObjectId('0x9a5'), 'Coin', coinContents(1n), sender);
    const digest = parseDigest(blake2b256(Uint8Array.of(count++ & 0xff, count >> 8)));
    const outcome = executeTransaction({
      digest,
      data: { kind, sender, gasPayment: [gas] },
      inputs: tableOf([sharedState(state), gas, ...inputs]),
      deletedShared: [],
      epoch: state.epoch,
      fees: { baseFee: 0n, writeObjectFee: 0n, valueFeeBps: 0n },
      protocolVersion: state.protocolVersion,
      reproduce: false,
    });
    if (outcome.status.kind === 'Success') {
      state = systemStateOf(outcome.changes.find(({ objectId }) => objectId === STATE_ID)!.after!);
    }
    return outcome;
  };
  const created = (outcome: Outcome, kind: string): LedgerObject =>
    outcome.changes.find(({ before, after }) => before === undefined && after?.objectType.kind === kind)!.after!;
  return {
    state: () => state,
    validator: (n: number): Validator | undefined =>
      state.validators.find(({ metadata }) => metadata.somaAddress === addressOf(n)),
    set: (next: SystemState): void => {
      state = next;
    },
    execute,
    stake: (n: number, amount: bigint, label = ''): void => {
      const coin = owned(parseObjectId('0xc01'), 'Coin', coinContents(amount), SENDER);
      const outcome = execute(
        { kind: 'AddStake', address: addressOf(n), coinRef: coin, amount: undefined },
        [coin],
        SENDER,
      );
      receipts.set(label, StakedSomaCodec.decode(created(outcome, 'StakedSoma').contents));
    },
    withdraw: (label: string): bigint => {
      const receipt = owned(parseObjectId('0x57a'), 'StakedSoma', StakedSomaCodec.encode(receipts.get(label)!), SENDER);
      return coinBalance(created(execute({ kind: 'WithdrawStake', stakedSoma: receipt }, [receipt], SENDER), 'Coin'));
    },
    /** Ends the epoch with these rewards. */
    epoch: (rewards: bigint): void => {
      if (options.slashingRateBps !== undefined) {
        const newEpoch = state.epoch + 1n;
        const begun = { ...state, epoch: newEpoch };
        state = advanceValidators(begun, { newEpoch, rewards, slashingRateBps: options.slashingRateBps }).state;
        return;
      }
      state = advanceState(state, {
        epoch: state.epoch + 1n,
        epochStartTimestampMs: state.epochStartTimestampMs,
        protocolVersion: state.protocolVersion,
        fees: rewards,
      }).state;
    },
  };
};

export type Machine = ReturnType<typeof createMachine>;
