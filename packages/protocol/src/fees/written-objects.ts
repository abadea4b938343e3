/** What a transaction does, as far as its operation fee and its reserves depend on it. */
export type FeeOperation =
  /** `whole`: no amount was given, or it is the whole balance of a coin that is not the gas coin. */
  | { readonly kind: 'TransferCoin'; readonly coinIsGas: boolean; readonly whole: boolean }
  /** `gasIsCoin`: the gas coin is among the coins. `whole`: no amounts were given. */
  | { readonly kind: 'PayCoins'; readonly gasIsCoin: boolean; readonly recipients: number; readonly whole: boolean }
  | { readonly kind: 'TransferObjects'; readonly objects: number; readonly gasIsObject: boolean }
  /** `whole`: no amount was given, or it is the whole balance of a coin that is not the gas coin. */
  | { readonly kind: 'AddStake' | 'AddStakeToModel'; readonly coinIsGas: boolean; readonly whole: boolean }
  /** `bondIsGas`: one coin for both. `exactBond`: the separate bond coin is used up. `spawns`: a new target follows. */
  | { readonly kind: 'SubmitData'; readonly bondIsGas: boolean; readonly exactBond: boolean; readonly spawns: boolean }
  /** `coins`: those created, 0 to 4, or one for each reporter. */
  | { readonly kind: 'ClaimRewards'; readonly coins: number }
  | {
      readonly kind:
        | 'AddValidator'
        | 'RemoveValidator'
        | 'ReportValidator'
        | 'UndoReportValidator'
        | 'UpdateValidatorMetadata'
        | 'SetCommissionRate'
        | 'WithdrawStake'
        | 'CreateModel'
        | 'CommitModel'
        | 'RevealModel'
        | 'SetModelCommissionRate'
        | 'DeactivateModel'
        | 'ReportModel'
        | 'UndoReportModel'
        | 'ReportSubmission'
        | 'UndoReportSubmission';
    };

/**
 * How many objects a successful transaction writes: what the operation fee counts. Created and changed ones count, the
 * gas coin and the SystemState among them; deleted ones do not.
 *
 * The SystemState moves its version in submission reports too, but there it is not charged.
 *
 * Source: authority/src/execution `calculate_and_deduct_remaining_fees` and the executors.
 */
export const writtenObjects = (operation: FeeOperation): number => {
  switch (operation.kind) {
    case 'TransferCoin':
      return operation.coinIsGas || operation.whole ? 2 : 3;
    case 'PayCoins':
      if (operation.whole) return 2;
      return (operation.gasIsCoin ? 1 : 2) + operation.recipients;
    case 'TransferObjects':
      return operation.objects + (operation.gasIsObject ? 0 : 1);
    case 'AddStake':
    case 'AddStakeToModel':
      return operation.coinIsGas || operation.whole ? 3 : 4;
    case 'SubmitData':
      return 3 + (operation.bondIsGas || operation.exactBond ? 0 : 1) + (operation.spawns ? 1 : 0);
    case 'ClaimRewards':
      return operation.coins + 2;
    case 'WithdrawStake':
    case 'CreateModel':
      return 3;
    default:
      return 2;
  }
};

/**
 * How many written objects the executors put aside fees for, when the coin they work on pays the gas too. A coin must
 * hold amount + value fee + this many write fees after the base fee, or the transaction fails with
 * `InsufficientCoinBalance`. For PayCoins that holds even when the gas coin is another one. 0: nothing is put aside.
 *
 * AddStakeToModel without an amount puts aside one write fee in the reference, whose books then do not add up; three
 * are what is charged.
 *
 * Source: authority/src/execution/{coin,staking,model}.rs.
 */
export const reservedWrites = (operation: FeeOperation): number => {
  switch (operation.kind) {
    case 'TransferCoin':
      return operation.coinIsGas ? 2 : 0;
    case 'PayCoins':
      if (operation.whole) return operation.gasIsCoin ? 2 : 0;
      return 1 + operation.recipients;
    case 'AddStake':
      return operation.coinIsGas ? 3 : 0;
    case 'AddStakeToModel':
      return operation.coinIsGas ? (operation.whole ? 1 : 2) : 0;
    case 'CreateModel':
      return 3;
    default:
      return 0;
  }
};
