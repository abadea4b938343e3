import { parseAddress, parseObjectId } from '@somakit/core';
import { checkObjectRef, checkOptionalShannons, type ObjectRefInput } from '../internal/check.js';
import type { KindOf } from './kind.js';

/** What {@link addStake} takes. */
export interface AddStakeParameters {
  /** The validator's address. */
  readonly validator: string | Uint8Array;
  /** The coin that is staked from; may be the first gas coin too. */
  readonly coin: ObjectRefInput;
  /** Shannons to stake; left out: the whole coin, less the fees when it pays the gas. */
  readonly amount?: bigint | undefined;
}

/**
 * Stakes with a validator.
 *
 * On chain: the amount joins the validator's pool at the next epoch; a StakedSoma object is created for the sender.
 * Who: anyone, with any active or pending validator. Cost: base fee, three or four written objects, half the value fee
 * on the amount.
 * Fails with `ValidatorNotFound`, `InsufficientCoinBalance`, and `InvalidArguments` for an amount of 0.
 *
 * Source: authority/src/execution/staking.rs; types/src/transaction.rs, AddStake.
 * @throws INVALID_AMOUNT INVALID_ADDRESS INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT
 */
export const addStake = ({ validator, coin, amount }: AddStakeParameters): KindOf<'AddStake'> => ({
  kind: 'AddStake',
  address: parseAddress(validator),
  coinRef: checkObjectRef('coin', coin),
  amount: checkOptionalShannons(amount),
});

/** What {@link addStakeToModel} takes. */
export interface AddStakeToModelParameters {
  readonly modelId: string | Uint8Array;
  /** The coin that is staked from; may be the first gas coin too, but then give an amount. */
  readonly coin: ObjectRefInput;
  /** Shannons to stake; left out: the whole coin. */
  readonly amount?: bigint | undefined;
}

/**
 * Stakes with a model, which gives it weight when targets choose their models.
 *
 * On chain: the amount joins the model's pool; a StakedSoma object is created for the sender. Model stake earns no
 * rewards and is slashed with the model. Who: anyone, any model that is not inactive. Cost: base fee, three or four
 * written objects, half the value fee on the amount.
 * Fails with `ModelNotFound`, `ModelAlreadyInactive`, `InsufficientCoinBalance`, and `InvalidArguments` for an amount of
 * 0. Staking the whole of the gas coin hits a fault of the reference's books: give an amount, or another gas coin.
 *
 * Source: authority/src/execution/model.rs; types/src/transaction.rs, AddStakeToModel.
 * @throws INVALID_AMOUNT INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT
 */
export const addStakeToModel = ({ modelId, coin, amount }: AddStakeToModelParameters): KindOf<'AddStakeToModel'> => ({
  kind: 'AddStakeToModel',
  modelId: parseObjectId(modelId),
  coinRef: checkObjectRef('coin', coin),
  amount: checkOptionalShannons(amount),
});

/** What {@link withdrawStake} takes. */
export interface WithdrawStakeParameters {
  /** The StakedSoma object. */
  readonly stakedSoma: ObjectRefInput;
}

/**
 * Takes a staked position back, always the whole of it.
 *
 * On chain: the StakedSoma object is deleted and a coin with the principal and the rewards is created at once; before
 * the position is active, the principal alone. Who: the position's owner. Cost: base fee, three written objects, half
 * the value fee on the principal.
 * Fails with `StakingPoolNotFound` and `InvalidObjectType`.
 *
 * Source: authority/src/execution/staking.rs; types/src/transaction.rs, WithdrawStake.
 * @throws INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT
 */
export const withdrawStake = ({ stakedSoma }: WithdrawStakeParameters): KindOf<'WithdrawStake'> => ({
  kind: 'WithdrawStake',
  stakedSoma: checkObjectRef('stakedSoma', stakedSoma),
});
