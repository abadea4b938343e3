import { checkU64 } from '@somakit/core';
import type { EpochClock } from './clock.js';

/** A span of whole epochs: from `first` up to and with `last`; without `last` it never ends. */
export interface EpochWindow {
  readonly first: bigint;
  readonly last?: bigint;
}

/** Where an epoch lies relative to a window. */
export type WindowPosition = 'before' | 'open' | 'over';

// Every window below starts and ends some epochs after the one it is counted from. @throws INVALID_ARGUMENT
const span = (argument: string, epoch: bigint, from: bigint, to?: bigint): EpochWindow => {
  const first = checkU64(argument, epoch) + from;
  return to === undefined ? { first } : { first, last: epoch + to };
};

/** The one epoch in which a commit may be revealed: the next. Source: models `RevealModel`. */
export const revealWindow = (commitEpoch: bigint): EpochWindow => span('commitEpoch', commitEpoch, 1n, 1n);

/** Until when a created model should be committed: later it is slashed at every epoch change. */
export const commitWindow = (createEpoch: bigint): EpochWindow => span('createEpoch', createEpoch, 0n, 1n);

/** When a target takes submissions: only in the epoch that made it. Source: submissions `SubmitData`. */
export const submissionWindow = (generationEpoch: bigint): EpochWindow =>
  span('generationEpoch', generationEpoch, 0n, 0n);

/** When validators may report the submission of a filled target: the epoch after. Source: `ReportSubmission`. */
export const auditWindow = (fillEpoch: bigint): EpochWindow => span('fillEpoch', fillEpoch, 1n, 1n);

/** When a filled target's reward may be claimed: from two epochs after on, without end. Source: `ClaimRewards`. */
export const claimWindow = (fillEpoch: bigint): EpochWindow => span('fillEpoch', fillEpoch, 2n);

/** When anybody may claim an open target that nobody filled. Source: `ClaimRewards`. */
export const expiredClaimWindow = (generationEpoch: bigint): EpochWindow =>
  span('generationEpoch', generationEpoch, 1n);

/** From when a stake earns. Source: types/src/system_state/staking.rs. */
export const stakeWindow = (stakeActivationEpoch: bigint): EpochWindow =>
  span('stakeActivationEpoch', stakeActivationEpoch, 0n);

/** Where `epoch` lies relative to a window. @throws INVALID_ARGUMENT when it is not a bigint of 64 bits. */
export const positionIn = (window: EpochWindow, epoch: bigint): WindowPosition =>
  checkU64('epoch', epoch) < window.first
    ? 'before'
    : window.last !== undefined && epoch > window.last
      ? 'over'
      : 'open';

/** A window in time. */
export interface WindowTimes {
  readonly position: WindowPosition;
  /** The earliest moment at which it can open, in ms; undefined when its first epoch is past. */
  readonly opensAtMs: bigint | undefined;
  /** The earliest moment at which it can close, in ms; undefined when it never does or has done so before this epoch. */
  readonly closesAtMs: bigint | undefined;
}

/**
 * When a window of epochs opens and closes, by an epoch clock and if epochs have their full length.
 *
 * @example
 * import { epochClock, revealWindow, windowTimes } from '@somakit/protocol';
 * const clock = epochClock({ epoch: 3n, startTimestampMs: 1_000n, durationMs: 500n }, 1_200n);
 * windowTimes(clock, revealWindow(3n)).opensAtMs; // 1_500n: a model committed in epoch 3 is revealed in epoch 4
 */
export const windowTimes = (clock: Pick<EpochClock, 'epoch' | 'startOfEpoch'>, window: EpochWindow): WindowTimes => ({
  position: positionIn(window, clock.epoch),
  opensAtMs: clock.startOfEpoch(window.first),
  closesAtMs: window.last === undefined ? undefined : clock.startOfEpoch(window.last + 1n),
});
