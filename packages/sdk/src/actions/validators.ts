import { parseAddress, SomaKitError } from '@somakit/core';
import {
  checkRemoveValidator,
  checkReportValidator,
  checkStakeToValidator,
  checkUndoReportValidator,
  checkValidatorCommission,
} from '@somakit/protocol/checks';
import { stakeValue } from '@somakit/protocol/staking';
import * as kinds from '@somakit/tx-builders';
import { chooseCoins } from '@somakit/tx-builders';
import { checked } from '../client/checked.js';
import type { SomaBase } from '../client/types.js';
import { refuse } from '../write/preflight.js';
import { send } from '../write/send.js';
import type { WriteOptions, WriteResult } from '../write/types.js';
import { ownedRefs } from './coins.js';
import { isValidator, sendPlain } from './simple-write.js';
import { wholeOrAmount } from './stake-plan.js';
import { poolOf } from './staking.js';

export interface AddStakeParameters extends WriteOptions {
  /** The validator's address. */
  readonly validator: string;
  /** Shannons. Without it the richest coin is staked whole. */
  readonly amount?: bigint | undefined;
}

/** Stakes with a validator; counts from the next epoch on. @throws PREFLIGHT_FAILED INSUFFICIENT_COINS */
export const addStake = /* @__PURE__ */ checked(
  'addStake',
  (client: SomaBase, { validator, amount, ...options }: AddStakeParameters): Promise<WriteResult> => {
    const address = parseAddress(validator);
    return send(client, {
      operation: 'addStake',
      options,
      prepare: async ({ preflight, signal }) => {
        const state = await (preflight ? client.chain.freshState({ signal }) : client.chain.epochState({ signal }));
        const known = [...state.validators, ...state.pendingValidators];
        const found = known.some(({ metadata }) => metadata.somaAddress === address);
        if (preflight) refuse('addStake', checkStakeToValidator(found, amount ?? 1n));
        return {
          state,
          plan: (coins) =>
            wholeOrAmount(coins, { kind: 'AddStake', amount, parameters: state.parameters }, (coin) =>
              kinds.addStake({ validator: address, coin, amount }),
            ),
        };
      },
    });
  },
);

export interface WithdrawStakeParameters extends WriteOptions {
  readonly stakedSomaId: string;
}

/** Ends a staking position and pays it out with its rewards. @throws WRONG_OBJECT RPC_NOT_FOUND */
export const withdrawStake = /* @__PURE__ */ checked(
  'withdrawStake',
  (client: SomaBase, { stakedSomaId, ...options }: WithdrawStakeParameters): Promise<WriteResult> =>
    send(client, {
      operation: 'withdrawStake',
      options,
      prepare: async ({ sender, signal }) => {
        const [state, [position]] = await Promise.all([
          client.chain.freshState({ signal }),
          ownedRefs(client, [stakedSomaId], sender, signal),
        ]);
        const { objectId, contents, objectType } = position!;
        if (contents.kind !== 'StakedSoma') {
          throw new SomaKitError('WRONG_OBJECT', `The object ${objectId} is no staking position.`, {
            context: { objectId, expected: 'a StakedSoma', received: objectType },
          });
        }
        const pool = poolOf(state, contents.poolId);
        const value = pool === undefined ? contents.principal : stakeValue(pool, contents, state.epoch);
        const kind = kinds.withdrawStake({ stakedSoma: position! });
        return {
          state,
          plan: (coins) => ({
            ...chooseCoins({ need: { kind: 'WithdrawStake', value }, coins, parameters: state.parameters }),
            kind,
          }),
        };
      },
    }),
);

export interface AddValidatorParameters extends WriteOptions {
  readonly pubkeyBytes: Uint8Array;
  readonly networkPubkeyBytes: Uint8Array;
  readonly workerPubkeyBytes: Uint8Array;
  readonly proofOfPossession: Uint8Array;
  /** Multiaddrs as text, or as the bytes that the original client takes. */
  readonly netAddress: string | Uint8Array;
  readonly p2pAddress: string | Uint8Array;
  readonly primaryAddress: string | Uint8Array;
  readonly proxyAddress: string | Uint8Array;
}

const signerOnly = ({
  signer,
  dryRun,
  coins,
  preflight,
  wait,
  checkpointTimeoutMs,
  onSigned,
  onResult,
  signal,
  timeoutMs,
}: WriteOptions): WriteOptions => ({
  signer,
  dryRun,
  coins,
  preflight,
  wait,
  checkpointTimeoutMs,
  onSigned,
  onResult,
  signal,
  timeoutMs,
});

/** Asks to become a validator from the next epoch on. @throws INVALID_ARGUMENT TRANSACTION_FAILED */
export const addValidator = /* @__PURE__ */ checked(
  'addValidator',
  async (client: SomaBase, parameters: AddValidatorParameters): Promise<WriteResult> =>
    sendPlain(client, 'addValidator', signerOnly(parameters), kinds.addValidator(parameters), ({ state, sender }) =>
      [...state.validators, ...state.pendingValidators].some(({ metadata }) => metadata.somaAddress === sender)
        ? { kind: 'DuplicateValidator' }
        : undefined,
    ),
);

export interface RemoveValidatorParameters extends WriteOptions {
  /** The chain goes by the sender and ignores it. */
  readonly pubkeyBytes: Uint8Array;
}

/** Leaves the validators with the next epoch. @throws PREFLIGHT_FAILED */
export const removeValidator = /* @__PURE__ */ checked(
  'removeValidator',
  async (client: SomaBase, { pubkeyBytes, ...options }: RemoveValidatorParameters): Promise<WriteResult> =>
    sendPlain(
      client,
      'removeValidator',
      options,
      kinds.removeValidator({ pubkeyBytes }),
      ({ state, sender, byValidator }) => {
        const index = state.validators.findIndex(({ metadata }) => metadata.somaAddress === sender);
        return checkRemoveValidator(byValidator, state.pendingRemovals.includes(BigInt(index)));
      },
    ),
);

export interface UpdateValidatorMetadataParameters extends WriteOptions, kinds.UpdateValidatorMetadataParameters {}

/** Stages new keys or addresses of a validator for the next epoch. @throws PREFLIGHT_FAILED */
export const updateValidatorMetadata = /* @__PURE__ */ checked(
  'updateValidatorMetadata',
  async (client: SomaBase, parameters: UpdateValidatorMetadataParameters): Promise<WriteResult> =>
    sendPlain(
      client,
      'updateValidatorMetadata',
      signerOnly(parameters),
      kinds.updateValidatorMetadata(parameters),
      ({ byValidator }) => (byValidator ? undefined : { kind: 'NotAValidator' }),
    ),
);

export interface SetValidatorCommissionRateParameters extends WriteOptions {
  /** Basis points, from the next epoch on. */
  readonly newRate: number;
}

/** Sets the sender's commission as a validator. @throws PREFLIGHT_FAILED */
export const setValidatorCommissionRate = /* @__PURE__ */ checked(
  'setValidatorCommissionRate',
  async (client: SomaBase, { newRate, ...options }: SetValidatorCommissionRateParameters): Promise<WriteResult> => {
    const kind = kinds.setCommissionRate({ newRate });
    return sendPlain(client, 'setValidatorCommissionRate', options, kind, ({ byValidator }) =>
      checkValidatorCommission(byValidator, kind.newRate),
    );
  },
);

export interface ReportValidatorParameters extends WriteOptions {
  /** The reported validator's address. */
  readonly reportee: string;
}

/** Reports another validator. @throws PREFLIGHT_FAILED */
export const reportValidator = /* @__PURE__ */ checked(
  'reportValidator',
  async (client: SomaBase, { reportee, ...options }: ReportValidatorParameters): Promise<WriteResult> => {
    const kind = kinds.reportValidator({ reportee });
    const of = parseAddress(reportee);
    return sendPlain(client, 'reportValidator', options, kind, ({ state, sender, byValidator }) =>
      checkReportValidator({ byValidator, ofValidator: isValidator(state, of), self: sender === of }),
    );
  },
);

/** Takes a report of a validator back. @throws PREFLIGHT_FAILED */
export const undoReportValidator = /* @__PURE__ */ checked(
  'undoReportValidator',
  async (client: SomaBase, { reportee, ...options }: ReportValidatorParameters): Promise<WriteResult> => {
    const kind = kinds.undoReportValidator({ reportee });
    const of = parseAddress(reportee);
    return sendPlain(client, 'undoReportValidator', options, kind, ({ state, sender, byValidator }) =>
      checkUndoReportValidator(byValidator, state.validatorReportRecords.get(of)?.includes(sender) ?? false),
    );
  },
);
