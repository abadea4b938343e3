import type { StakingPool, SystemState } from '@somakit/bcs';
import { type Address, type ObjectId, parseAddress } from '@somakit/core';
import { stakeValue } from '@somakit/protocol/staking';
import { checked } from '../client/checked.js';
import type { SomaBase, WaitOptions } from '../client/types.js';

/** The pool of a staking position: of a validator, a former one, or a model. */
export const poolOf = (state: SystemState, poolId: ObjectId): StakingPool | undefined => {
  const of = [...state.validators, ...state.pendingValidators, ...state.inactiveValidators.values()];
  const validator = of.find(({ stakingPool }) => stakingPool.id === poolId);
  if (validator !== undefined) return validator.stakingPool;
  const modelId = state.modelRegistry.stakingPoolMappings.get(poolId);
  const model = modelId === undefined ? undefined : state.modelRegistry.models.get(modelId);
  return (
    model?.stakingPool ??
    [...state.modelRegistry.models.values()].find((each) => each.stakingPool.id === poolId)?.stakingPool
  );
};

/** A staking position. */
export interface StakePosition {
  readonly stakedSomaId: ObjectId;
  readonly poolId: ObjectId;
  /** With whom: a validator by its address, a model by its id. Undefined when neither is known any more. */
  readonly stakedWith:
    | { readonly kind: 'validator'; readonly address: Address }
    | { readonly kind: 'model'; readonly modelId: ObjectId }
    | undefined;
  /** Shannons that were staked. */
  readonly principal: bigint;
  /** Shannons that a withdrawal would pay now. */
  readonly value: bigint;
  readonly activationEpoch: bigint;
}

/** An account's staking positions and what each is worth now. */
export const getStakes = /* @__PURE__ */ checked(
  'getStakes',
  async (
    client: SomaBase,
    { owner, ...options }: { readonly owner: string } & WaitOptions,
  ): Promise<readonly StakePosition[]> => {
    const state = await client.chain.freshState(options);
    const positions: StakePosition[] = [];
    const readMask = ['objectId', 'contents'] as const;
    const filter = { owner: parseAddress(owner), objectType: 'StakedSoma' };
    for await (const { objectId, contents } of client.rpc.ownedObjects({ ...filter, readMask, ...options })) {
      if (contents.kind !== 'StakedSoma') continue;
      const { poolId, principal, stakeActivationEpoch } = contents;
      const pool = poolOf(state, poolId);
      const all = [...state.validators, ...state.pendingValidators, ...state.inactiveValidators.values()];
      const validator = all.find(({ stakingPool }) => stakingPool.id === poolId);
      const model = [...state.modelRegistry.models].find(([, each]) => each.stakingPool.id === poolId);
      positions.push({
        stakedSomaId: objectId,
        poolId,
        stakedWith:
          validator !== undefined
            ? { kind: 'validator', address: validator.metadata.somaAddress }
            : model === undefined
              ? undefined
              : { kind: 'model', modelId: model[0] },
        principal,
        value: pool === undefined ? principal : stakeValue(pool, contents, state.epoch),
        activationEpoch: stakeActivationEpoch,
      });
    }
    return positions;
  },
);

/** A validator. */
export interface ValidatorView {
  readonly address: Address;
  /** Of 10,000. */
  readonly votingPower: bigint;
  /** Shannons in its pool. */
  readonly stake: bigint;
  readonly nextEpochStake: bigint;
  /** Basis points. */
  readonly commissionRate: number;
  readonly nextEpochCommissionRate: number;
  readonly netAddress: string;
  readonly atRiskSince: bigint | undefined;
}

/** The validators of the epoch, the strongest first. */
export const getValidators = /* @__PURE__ */ checked(
  'getValidators',
  async (client: SomaBase, options: WaitOptions = {}): Promise<readonly ValidatorView[]> => {
    const state = await client.chain.freshState(options);
    return state.validators
      .map((each) => ({
        address: each.metadata.somaAddress,
        votingPower: each.votingPower,
        stake: each.stakingPool.somaBalance,
        nextEpochStake: each.nextEpochStake,
        commissionRate: Number(each.commissionRate),
        nextEpochCommissionRate: Number(each.nextEpochCommissionRate),
        netAddress: each.metadata.netAddress,
        atRiskSince: state.atRiskValidators.get(each.metadata.somaAddress),
      }))
      .sort((a, b) => Number(b.votingPower - a.votingPower));
  },
);
