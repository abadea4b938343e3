import type { EpochClock, EpochWindow } from '@somakit/protocol/epochs';

const UNITS: readonly (readonly [bigint, string])[] = [
  [86_400_000n, 'd'],
  [3_600_000n, 'h'],
  [60_000n, 'min'],
  [1_000n, 's'],
];

/** A span with its two largest units: `1 d 3 h`, `12 min 5 s`, `under 1 s`. */
export const spanText = (ms: bigint): string => {
  const at = UNITS.findIndex(([size]) => ms >= size);
  if (at < 0) return 'under 1 s';
  const [size, name] = UNITS[at]!;
  const [smaller, smallName] = UNITS[at + 1] ?? [1n, ''];
  const rest = (ms % size) / smaller;
  return `${ms / size} ${name}${smallName === '' || rest === 0n ? '' : ` ${rest} ${smallName}`}`;
};

/** `2026-11-21 15:53Z`. */
export const timeText = (ms: bigint): string => `${new Date(Number(ms)).toISOString().slice(0, 16).replace('T', ' ')}Z`;

/** When an epoch begins at the earliest: `epoch 7, in 3 h 5 min`, `epoch 7, which is now`. */
export const epochText = (clock: EpochClock, epoch: bigint, now: bigint): string => {
  if (epoch === clock.epoch) return `epoch ${epoch}, which is now`;
  const start = clock.startOfEpoch(epoch);
  if (start === undefined) return `epoch ${epoch}, which is over`;
  return `epoch ${epoch}, which can begin ${start <= now ? 'any moment' : `in ${spanText(start - now)} (${timeText(start)})`}`;
};

/** The times of a window as JSON members: null where they are past or never come. */
export const windowJson = (clock: EpochClock, { first, last }: EpochWindow): object => ({
  first_epoch: first,
  last_epoch: last ?? null,
  opens_at_ms: millis(clock.startOfEpoch(first)),
  closes_at_ms: last === undefined ? null : millis(clock.startOfEpoch(last + 1n)),
});

const millis = (time: bigint | undefined): number | null => (time === undefined ? null : Number(time));
