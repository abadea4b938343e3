import { invalidArgument } from '@somakit/core';

/** What the clock goes by. SystemState has `epoch`, `epochStartTimestampMs` and, in its parameters, `epochDurationMs`. */
export interface EpochTiming {
  readonly epoch: bigint;
  readonly startTimestampMs: bigint;
  readonly durationMs: bigint;
}

/** Where an epoch stands at a moment. */
export interface EpochClock {
  readonly epoch: bigint;
  /** The earliest moment at which the next epoch can begin, in ms. It begins with the first checkpoint after it. */
  readonly nextEpochAtMs: bigint;
  /** Time until then, in ms; 0 when it is due. */
  readonly remainingMs: bigint;
  /** Time since the epoch began, in ms; 0 when `now` is before it. */
  readonly elapsedMs: bigint;
  /** Whether the epoch has had its full length: only then does its end pay an emission. */
  readonly due: boolean;
  /** The earliest moment at which `epoch` can begin, if every epoch has its full length. Past epochs: undefined. */
  readonly startOfEpoch: (epoch: bigint) => bigint | undefined;
}

/**
 * The epoch clock. Pure: the moment is handed in.
 *
 * The chain ends an epoch at the first checkpoint whose time is at or after start + duration, or when an operator asks
 * for it, so real changes come a little later, or earlier on a test network.
 *
 * Source: authority/src/authority.rs (close of epoch), types/src/system_state/epoch_start.rs.
 * @throws INVALID_ARGUMENT when a value is not a bigint.
 * @example
 * import { epochClock } from '@somakit/protocol';
 * epochClock({ epoch: 3n, startTimestampMs: 1_000n, durationMs: 500n }, 1_200n).remainingMs; // 300n
 */
export const epochClock = (timing: EpochTiming, now: bigint): EpochClock => {
  const { epoch, startTimestampMs, durationMs } = timing;
  for (const [name, value] of Object.entries({ epoch, startTimestampMs, durationMs, now })) {
    if (typeof value !== 'bigint' || value < 0n)
      throw invalidArgument(name, 'a bigint from 0 on', value, 'Times are bigint milliseconds: BigInt(Date.now()).');
  }
  const nextEpochAtMs = startTimestampMs + durationMs;
  return {
    epoch,
    nextEpochAtMs,
    remainingMs: now >= nextEpochAtMs ? 0n : nextEpochAtMs - now,
    elapsedMs: now <= startTimestampMs ? 0n : now - startTimestampMs,
    due: now >= nextEpochAtMs,
    startOfEpoch: (wanted) => (wanted < epoch ? undefined : startTimestampMs + (wanted - epoch) * durationMs),
  };
};
