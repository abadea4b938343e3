import type { TransactionKind } from '@somakit/bcs';
import type { ObjectId } from '@somakit/core';
import type { FeeOperation } from '@somakit/protocol/fees';

/** A figure of which only bounds may be known. */
export interface Bounds {
  readonly min: bigint;
  readonly max: bigint;
}

export const exactly = (value: bigint): Bounds => ({ min: value, max: value });

/** What is known of the coins and objects that a transaction takes. */
export interface Knowledge {
  /** The id of the first gas coin, if the gas coins are known. */
  readonly gasId: ObjectId | undefined;
  /** What the gas coins hold together. */
  readonly gasBalance: bigint | undefined;
  /** Gas coins but the first: they are gone when the kind executes. */
  readonly smashed: ReadonlySet<ObjectId>;
  /** The balance of a coin, as far as it is known. */
  readonly balanceOf: (id: ObjectId) => bigint | undefined;
  /** The bond of a submission of this kind. */
  readonly bond: bigint | undefined;
  readonly spawnsTarget: boolean | undefined;
  readonly claimCoins: { readonly min: number; readonly max: number };
}

const both = <T>(value: boolean | undefined, make: (value: boolean) => T): T[] =>
  value === undefined ? [make(false), make(true)] : [make(value)];

/** Whether a coin is the first gas coin; unknown while the gas coins are. */
const isGas = (id: ObjectId, known: Knowledge): boolean | undefined =>
  known.gasId === undefined ? undefined : known.gasId === id;

/** Whether an amount is the whole of a coin. */
const isWhole = (amount: bigint | undefined, id: ObjectId, known: Knowledge): boolean | undefined => {
  if (amount === undefined) return true;
  const balance = known.balanceOf(id);
  return balance === undefined ? undefined : balance === amount;
};

/** Every operation that a kind can turn out to be, given what is known; one when all is known. */
export const possibleOperations = (kind: TransactionKind, known: Knowledge): FeeOperation[] => {
  switch (kind.kind) {
    case 'TransferCoin':
      return both(isGas(kind.coin.objectId, known), (coinIsGas) =>
        both(isWhole(kind.amount, kind.coin.objectId, known), (whole) => ({ kind: kind.kind, coinIsGas, whole })),
      ).flat();
    case 'AddStake':
    case 'AddStakeToModel':
      return both(isGas(kind.coinRef.objectId, known), (coinIsGas) =>
        both(isWhole(kind.amount, kind.coinRef.objectId, known), (whole) => ({ kind: kind.kind, coinIsGas, whole })),
      ).flat();
    case 'PayCoins':
      return both(
        known.gasId === undefined ? undefined : kind.coins.some(({ objectId }) => objectId === known.gasId),
        (gasIsCoin) => ({
          kind: kind.kind,
          gasIsCoin,
          recipients: kind.recipients.length,
          whole: kind.amounts === undefined,
        }),
      );
    case 'TransferObjects':
      return both(
        known.gasId === undefined ? undefined : kind.objects.some(({ objectId }) => objectId === known.gasId),
        (gasIsObject) => ({ kind: kind.kind, objects: kind.objects.length, gasIsObject }),
      );
    case 'SubmitData': {
      const id = kind.bondCoin.objectId;
      const balance = known.balanceOf(id);
      const exact = balance === undefined || known.bond === undefined ? undefined : balance === known.bond;
      return both(isGas(id, known), (bondIsGas) =>
        both(exact, (exactBond) =>
          both(known.spawnsTarget, (spawns) => ({ kind: kind.kind, bondIsGas, exactBond, spawns })),
        ).flat(),
      ).flat();
    }
    case 'ClaimRewards':
      return [known.claimCoins.min, known.claimCoins.max].map((coins) => ({ kind: kind.kind, coins }));
    case 'Genesis':
    case 'ConsensusCommitPrologueV1':
    case 'ChangeEpoch':
      return [];
    default:
      return [{ kind: kind.kind }];
  }
};
