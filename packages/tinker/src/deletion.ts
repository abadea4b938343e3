import { type Clock, invalidArgument, isError, type SomaKitError, systemClock, throwIfAborted } from '@somakit/core';
import type { Checkpoint } from './answers.js';
import type { TinkerClient } from './client.js';
import { internalsOf } from './client.js';
import { checkMoment, type Moment } from './timestamp.js';
import { isTinkerPath, parseTinkerPath } from './tinker-path.js';
import type { CallOptions } from './transport.js';

/** Which checkpoints go. All conditions must hold. */
export interface DeletionFilters {
  /** Of this training run only. */
  readonly trainingRunId?: string | undefined;
  /** Of this kind only. */
  readonly kind?: 'weights' | 'sampler_weights' | 'external_weights' | undefined;
  /** Made before this moment; a text without zone is UTC. */
  readonly before?: Moment | undefined;
  /** Made after this moment. */
  readonly after?: Moment | undefined;
  /** Made over so many days before `now`. */
  readonly olderThanDays?: number | undefined;
  /** The newest so many of each training run stay, however old (counted among those of `kind`). Default 0. */
  readonly keepLast?: number | undefined;
  /** Public checkpoints stay: others may be using them. Default false. */
  readonly keepPublic?: boolean | undefined;
  /** What `olderThanDays` counts from. Default: the clock. */
  readonly now?: Date | undefined;
}

/** What would be deleted, before anything is. */
export interface DeletionPlan {
  /** Oldest first. */
  readonly remove: readonly Checkpoint[];
  readonly keep: readonly Checkpoint[];
  /** Of those that go, as far as the server knows them. */
  readonly removedBytes: number;
  /** How many of those that go have no known size. */
  readonly unknownSizes: number;
}

const DAY_MICROS = 86_400_000_000;

const runOf = ({ tinkerPath }: Checkpoint): string =>
  isTinkerPath(tinkerPath) ? parseTinkerPath(tinkerPath).trainingRunId : '';

const compare = (a: Checkpoint, b: Checkpoint): number =>
  a.time.microseconds < b.time.microseconds ? -1 : a.time.microseconds > b.time.microseconds ? 1 : 0;

/**
 * Which of the listed checkpoints go and which stay. Pure: deletes nothing.
 *
 * @throws INVALID_ARGUMENT
 * @example
 * import { createTinkerClient, planDeletion } from '@somakit/tinker';
 * const { rest } = createTinkerClient();
 * const { checkpoints } = await rest.listCheckpoints({ trainingRunId: 'X' });
 * const plan = planDeletion(checkpoints, { olderThanDays: 30, keepLast: 3 });
 * console.log(plan.remove.length, plan.removedBytes);
 */
export const planDeletion = (
  checkpoints: readonly Checkpoint[],
  filters: DeletionFilters,
  clock: Clock = systemClock,
): DeletionPlan => {
  const { trainingRunId, kind, olderThanDays, keepLast = 0, keepPublic = false } = filters;
  if (!Number.isSafeInteger(keepLast) || keepLast < 0) {
    throw invalidArgument('keepLast', 'an integer of 0 or more', keepLast);
  }
  if (olderThanDays !== undefined && !(olderThanDays >= 0)) {
    throw invalidArgument('olderThanDays', 'a number of days, 0 or more', olderThanDays);
  }
  const limits: bigint[] = [];
  if (filters.before !== undefined) limits.push(checkMoment('before', filters.before).microseconds);
  if (olderThanDays !== undefined) {
    const now = BigInt(filters.now?.getTime() ?? clock.now()) * 1000n;
    limits.push(now - BigInt(Math.round(olderThanDays * DAY_MICROS)));
  }
  const after = filters.after === undefined ? undefined : checkMoment('after', filters.after).microseconds;

  const eligible = (checkpoint: Checkpoint): boolean =>
    (trainingRunId === undefined || runOf(checkpoint) === trainingRunId) &&
    (kind === undefined || checkpoint.checkpointId.startsWith(`${kind}/`));
  const newest = [...checkpoints].filter(eligible).sort(compare).reverse();
  const kept = new Set<Checkpoint>();
  const counts = new Map<string, number>();
  for (const checkpoint of newest) {
    const count = counts.get(runOf(checkpoint)) ?? 0;
    if (count < keepLast) kept.add(checkpoint);
    counts.set(runOf(checkpoint), count + 1);
  }
  const goes = (checkpoint: Checkpoint): boolean =>
    eligible(checkpoint) &&
    !kept.has(checkpoint) &&
    !(keepPublic && checkpoint.public) &&
    limits.every((limit) => checkpoint.time.microseconds < limit) &&
    (after === undefined || checkpoint.time.microseconds > after);
  const remove = checkpoints.filter(goes).sort(compare);
  const gone = new Set(remove);
  return {
    remove,
    keep: checkpoints.filter((checkpoint) => !gone.has(checkpoint)),
    removedBytes: remove.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0),
    unknownSizes: remove.filter(({ sizeBytes }) => sizeBytes === null).length,
  };
};

export interface DeleteCheckpointsParameters extends Omit<CallOptions, 'idempotencyKey'> {
  readonly client: TinkerClient;
  /** Paths, or `remove` of a plan. */
  readonly checkpoints: readonly (string | Pick<Checkpoint, 'tinkerPath'>)[];
  /** Only says what it would do. */
  readonly dryRun?: boolean | undefined;
  /** How many at a time. Default 8. */
  readonly concurrency?: number | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

export interface DeletedCheckpoints {
  readonly deleted: readonly string[];
  /** What could not be deleted, and why. The others are deleted all the same. */
  readonly failed: readonly { readonly tinkerPath: string; readonly error: SomaKitError }[];
  readonly dryRun: boolean;
}

/**
 * Deletes checkpoints for ever, several at a time. All paths are checked before the first is deleted. One that is gone
 * already counts as failed with TINKER_NOT_FOUND.
 *
 * @throws TINKER_PATH, ABORTED, TIMEOUT (`timeoutMs` is the limit of each deletion), INVALID_ARGUMENT; single failures are in the result.
 */
export const deleteCheckpoints = async (parameters: DeleteCheckpointsParameters): Promise<DeletedCheckpoints> => {
  const { client, checkpoints, dryRun = false, concurrency = 8, onProgress, ...options } = parameters;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw invalidArgument('concurrency', 'an integer of 1 or more', concurrency);
  }
  const paths = [...new Set(checkpoints.map((each) => (typeof each === 'string' ? each : each.tinkerPath)))];
  for (const path of paths) parseTinkerPath(path);
  if (dryRun) return { deleted: paths, failed: [], dryRun };
  const outcomes = new Map<string, SomaKitError | undefined>();
  const waiting = paths.values();
  // One iterator for all: each takes the next path.
  const work = async (): Promise<void> => {
    for (const tinkerPath of waiting) {
      throwIfAborted(options.signal);
      try {
        await client.rest.deleteCheckpointFromTinkerPath({ ...options, tinkerPath });
        outcomes.set(tinkerPath, undefined);
      } catch (error) {
        throwIfAborted(options.signal);
        if (!isError(error)) throw error;
        outcomes.set(tinkerPath, error);
      }
      onProgress?.({ done: outcomes.size, total: paths.length });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, paths.length) }, work));
  const failed = [...outcomes].flatMap(([tinkerPath, error]) => (error === undefined ? [] : [{ tinkerPath, error }]));
  const lost = new Set(failed.map(({ tinkerPath }) => tinkerPath));
  return { deleted: paths.filter((path) => !lost.has(path)), failed, dryRun };
};

/**
 * Lists the checkpoints of one run, or of the account, and plans their deletion.
 * @throws what listing throws, INVALID_ARGUMENT.
 */
export const planCheckpointDeletion = async ({
  client,
  filters,
  ...options
}: Omit<CallOptions, 'idempotencyKey'> & {
  readonly client: TinkerClient;
  readonly filters: DeletionFilters;
}): Promise<DeletionPlan> => {
  const { trainingRunId } = filters;
  const checkpoints: Checkpoint[] = [];
  if (trainingRunId !== undefined) {
    checkpoints.push(...(await client.rest.listCheckpoints({ ...options, trainingRunId })).checkpoints);
  } else {
    for await (const checkpoint of client.rest.iterateUserCheckpoints(options)) checkpoints.push(checkpoint);
  }
  return planDeletion(checkpoints, filters, internalsOf(client).clock);
};
