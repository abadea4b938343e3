import type { Target } from '@somakit/bcs';
import { isError, parseObjectId, SomaKitError } from '@somakit/core';
import { commitment } from '@somakit/crypto';
import {
  checkBond,
  checkClaim,
  checkReportSubmission,
  checkSubmission,
  checkUndoReportSubmission,
} from '@somakit/protocol/checks';
import { submissionBond } from '@somakit/protocol/targets';
import * as kinds from '@somakit/tx-builders';
import { chooseCoins } from '@somakit/tx-builders';
import { checked } from '../client/checked.js';
import type { SomaBase } from '../client/types.js';
import { refuse } from '../write/preflight.js';
import { send } from '../write/send.js';
import type { WriteOptions, WriteResult } from '../write/types.js';
import { isValidator } from './simple-write.js';

/** A target as the chain stores it; undefined when it is gone. @throws WRONG_OBJECT */
export const readTarget = async (
  client: SomaBase,
  targetId: string,
  signal: AbortSignal | undefined,
): Promise<Target | undefined> => {
  const objectId = parseObjectId(targetId);
  try {
    const readMask = ['objectType', 'contents'] as const;
    const { contents, objectType } = await client.rpc.getObject({ objectId, readMask, signal });
    if (contents.kind === 'Target') return contents;
    throw new SomaKitError('WRONG_OBJECT', `The object ${objectId} is no target.`, {
      context: { objectId, expected: 'a Target', received: objectType },
    });
  } catch (error) {
    if (isError(error, 'RPC_NOT_FOUND')) return undefined;
    throw error;
  }
};

export interface SubmitDataParameters extends WriteOptions {
  readonly targetId: string;
  /** The data, for its checksum and size. */
  readonly data: Uint8Array;
  /** Where everyone can download the data until the claim. */
  readonly dataUrl: string;
  /** The winning model, one of the target's. */
  readonly modelId: string;
  readonly embedding: Float32Array | readonly number[];
  readonly distanceScore: number;
  readonly lossScore: Float32Array | readonly number[];
}

/**
 * Submits data that hits a target. The first valid submission wins; its bond comes back with the claim.
 *
 * @throws PREFLIGHT_FAILED when the target is filled, over or missed, or the data too large: nothing is paid then.
 * INSUFFICIENT_COINS TRANSACTION_FAILED OUTCOME_UNKNOWN
 */
export const submitData = /* @__PURE__ */ checked(
  'submitData',
  (client: SomaBase, parameters: SubmitDataParameters): Promise<WriteResult> => {
    const { targetId, data, dataUrl, modelId, embedding, distanceScore, lossScore, ...options } = parameters;
    let manifest: { readonly checksum: string; readonly size: number } | undefined;
    return send(client, {
      operation: 'submitData',
      options,
      prepare: async ({ preflight, signal }) => {
        manifest ??= { checksum: commitment(data), size: data.length };
        const [state, target] = await Promise.all([
          client.chain.epochState({ signal, maxAgeMs: 0 }),
          preflight ? readTarget(client, targetId, signal) : undefined,
        ]);
        const base = { targetId, ...manifest, dataUrl, modelId, embedding, distanceScore, lossScore };
        const none = { objectId: parseObjectId(targetId), version: 1n, digest: manifest.checksum };
        if (preflight) {
          const submission = kinds.submitData({ ...base, bondCoin: none });
          refuse(
            'submitData',
            checkSubmission({ target, submission, epoch: state.epoch, parameters: state.parameters }),
          );
        }
        const bond = submissionBond(BigInt(data.length), state.parameters);
        if (bond === undefined) refuse('submitData', { kind: 'ArithmeticOverflow' });
        const required = bond ?? 0n;
        refuse('submitData', checkBond(required, required));
        return {
          state,
          bond: required,
          plan: (coins) => {
            const need = { kind: 'SubmitData', bond: required } as const;
            const choice = chooseCoins({ need, coins, parameters: state.parameters });
            return { ...choice, kind: kinds.submitData({ ...base, bondCoin: choice.coin }) };
          },
        };
      },
    });
  },
);

export interface TargetParameters extends WriteOptions {
  readonly targetId: string;
}

/** Pays out a filled target after its audit epoch, or clears an expired one; anyone may. @throws PREFLIGHT_FAILED */
export const claimRewards = /* @__PURE__ */ checked(
  'claimRewards',
  (client: SomaBase, { targetId, ...options }: TargetParameters): Promise<WriteResult> => {
    const kind = kinds.claimRewards({ targetId });
    return send(client, {
      operation: 'claimRewards',
      options,
      prepare: async ({ preflight, signal }) => {
        const [state, target] = await Promise.all([
          client.chain.epochState({ signal, maxAgeMs: 0 }),
          readTarget(client, targetId, signal),
        ]);
        if (preflight) refuse('claimRewards', checkClaim(target, state.epoch));
        return {
          state,
          plan: (coins) => {
            const need = { kind: 'ClaimRewards', value: target?.rewardPool } as const;
            return { ...chooseCoins({ need, coins, parameters: state.parameters }), kind };
          },
        };
      },
    });
  },
);

const reporting = (
  client: SomaBase,
  operation: 'reportSubmission' | 'undoReportSubmission',
  { targetId, ...options }: TargetParameters,
): Promise<WriteResult> => {
  const undo = operation === 'undoReportSubmission';
  const kind = undo ? kinds.undoReportSubmission({ targetId }) : kinds.reportSubmission({ targetId });
  return send(client, {
    operation,
    options,
    prepare: async ({ sender, preflight, signal }) => {
      const state = await client.chain.epochState({ signal, maxAgeMs: 0 });
      if (preflight) {
        const target = await readTarget(client, targetId, signal);
        const by = isValidator(state, sender);
        const reported = target?.submissionReports.includes(sender) ?? false;
        const failure = undo
          ? checkUndoReportSubmission(target, state.epoch, by, reported)
          : checkReportSubmission(target, state.epoch, by);
        refuse(operation, failure);
      }
      return {
        state,
        plan: (coins) => ({
          ...chooseCoins({ need: { kind: kind.kind }, coins, parameters: state.parameters }),
          kind,
        }),
      };
    },
  });
};

/** Reports a submission as false, in the epoch after it was made; for validators. @throws PREFLIGHT_FAILED */
export const reportSubmission = /* @__PURE__ */ checked(
  'reportSubmission',
  (client: SomaBase, parameters: TargetParameters): Promise<WriteResult> =>
    reporting(client, 'reportSubmission', parameters),
);

/** Takes a report of a submission back; for validators. @throws PREFLIGHT_FAILED */
export const undoReportSubmission = /* @__PURE__ */ checked(
  'undoReportSubmission',
  (client: SomaBase, parameters: TargetParameters): Promise<WriteResult> =>
    reporting(client, 'undoReportSubmission', parameters),
);
