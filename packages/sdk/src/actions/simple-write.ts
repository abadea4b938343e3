import type { ExecutionFailureStatus, SystemState, TransactionKind } from '@somakit/bcs';
import type { Address } from '@somakit/core';
import { type CoinNeed, chooseCoins } from '@somakit/tx-builders';
import type { SomaBase } from '../client/types.js';
import { refuse } from '../write/preflight.js';
import { send } from '../write/send.js';
import type { WriteOptions, WriteResult } from '../write/types.js';

/** What the check of a write sees. */
export interface CheckContext {
  readonly state: SystemState;
  readonly sender: Address;
  /** Whether the sender is an active validator. */
  readonly byValidator: boolean;
}

/** A write that takes no coin but its gas. */
export const sendPlain = (
  client: SomaBase,
  operation: string,
  options: WriteOptions,
  kind: TransactionKind & { readonly kind: CoinNeed['kind'] },
  check: (context: CheckContext) => ExecutionFailureStatus | undefined,
): Promise<WriteResult> =>
  send(client, {
    operation,
    options,
    prepare: async ({ sender, preflight, signal }) => {
      const state = await (preflight ? client.chain.freshState({ signal }) : client.chain.epochState({ signal }));
      if (preflight) refuse(operation, check({ state, sender, byValidator: isValidator(state, sender) }));
      return {
        state,
        plan: (coins) => {
          const need = { kind: kind.kind } as CoinNeed;
          return { ...chooseCoins({ need, coins, parameters: state.parameters }), kind };
        },
      };
    },
  });

/** Whether an account is an active validator. */
export const isValidator = (state: SystemState, address: Address): boolean =>
  state.validators.some(({ metadata }) => metadata.somaAddress === address);
