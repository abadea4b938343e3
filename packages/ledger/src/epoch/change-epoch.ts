import type { TransactionKind } from '@somakit/bcs';
import { type Execution, nextNumber, readState, writeState } from '../execution/context.js';
import { createReceipt } from '../execution/staking.js';
import { createTarget, mayGenerateTarget } from '../execution/targets.js';
import { advanceState } from './advance.js';

/**
 * The end of an epoch: state, commissions and the targets of the next epoch.
 *
 * Source: authority/src/execution/change_epoch.rs.
 */
export const changeEpoch = (execution: Execution, kind: Extract<TransactionKind, { kind: 'ChangeEpoch' }>): void => {
  const { state, commissions, safeMode, burned } = advanceState(readState(execution), kind);
  for (const { address, receipt } of commissions) createReceipt(execution, address, receipt);
  execution.burned += burned;
  let next = state;
  if (!safeMode) {
    const targets: Execution = { ...execution, epoch: state.epoch };
    for (let i = 0n; i < state.parameters.targetInitialTargetsPerEpoch && mayGenerateTarget(next); i++) {
      const number = nextNumber(execution);
      next = createTarget(targets, next, { seed: number, id: number });
    }
  }
  writeState(execution, next);
};
