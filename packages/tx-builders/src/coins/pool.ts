import type { SomaObject, TransactionEffects } from '@somakit/bcs';
import {
  type Address,
  isError,
  type ObjectId,
  parseAddress,
  raceSignal,
  SomaKitError,
  throwIfAborted,
  U64_MAX,
  withDeadline,
} from '@somakit/core';
import { type CoinObject, coinFromObject, totalBalance } from './coin.js';
import { createReservations, type ReservationBook } from './reservations.js';

/** Where a pool learns of coins: a node, a cache, a test. */
export interface CoinReader {
  /** All coins of an account, or as many as the caller should ever use. */
  listCoins(parameters: {
    readonly owner: Address;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly CoinObject[]> | AsyncIterable<CoinObject>;
}

/** Coins that one transaction has to itself. */
export interface CoinLease<T> {
  /** What the choice function gave. */
  readonly choice: T;
  /**
   * The transaction is through: the pool takes the new versions from the effects, and new coins of the owner from
   * `objects` (the objects after the transaction, as nodes give them), then frees the coins. Coins whose new balance
   * is not among `objects` are left out until the next listing.
   */
  settle(outcome: { readonly effects: TransactionEffects; readonly objects?: readonly SomaObject[] | undefined }): void;
  /**
   * The transaction was never sent: frees the coins as they are. `stale`: a node refused their versions, so they are
   * left out until the next listing.
   */
  release(options?: { readonly stale?: boolean | undefined }): void;
}

/** What {@link CoinPool.take} takes. */
export interface TakeCoinsParameters<T extends { readonly used: readonly CoinObject[] }> {
  /** Chooses of the free coins, at once: `chooseCoins`, `splitCoins`, `mergeIntoOne`, or one's own function. */
  readonly choose: (coins: readonly CoinObject[]) => T;
  /** When all that would do is in use: wait for it instead of failing. Defaults to false. */
  readonly wait?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The coins of one account, for many transactions at a time. */
export interface CoinPool {
  readonly owner: Address;
  /** The free coins that are known now. */
  available(): readonly CoinObject[];
  /**
   * Chooses coins and holds them. Lists the coins when those that are known do not do.
   * @throws INSUFFICIENT_COINS ABORTED TIMEOUT, and what `choose` and the reader throw.
   */
  take<T extends { readonly used: readonly CoinObject[] }>(parameters: TakeCoinsParameters<T>): Promise<CoinLease<T>>;
  /** Lists the coins anew. Never goes back behind a version that effects showed. */
  refresh(parameters?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Forgets every version, also those that a failure left locked until the epoch's end. For the start of an epoch. */
  reset(): void;
}

/** No listing shows an object of this version: for coins that are gone. */
const GONE = U64_MAX;

/**
 * Keeps the coins of an account for transactions that are built and sent at the same time: none takes a coin that
 * another holds, and versions follow the effects, so that nothing waits for a node to catch up.
 *
 * @example
 * import { chooseCoins, type CoinReader, createCoinPool } from '@somakit/tx-builders';
 * declare const reader: CoinReader;
 * const parameters = { baseFee: 1000n, writeObjectFee: 300n, valueFeeBps: 10n };
 * const pool = createCoinPool({ owner: '0xa11ce', reader });
 * const lease = await pool.take({
 *   choose: (coins) => chooseCoins({ need: { kind: 'ReportModel' }, coins, parameters }),
 *   wait: true,
 * });
 * lease.release();
 * @throws INVALID_ADDRESS
 */
export const createCoinPool = (of: {
  readonly owner: string | Uint8Array;
  readonly reader: CoinReader;
  /** To share with other pools of the same account. */
  readonly reservations?: ReservationBook | undefined;
}): CoinPool => {
  const owner = parseAddress(of.owner);
  const { reader, reservations: book = createReservations() } = of;
  const known = new Map<ObjectId, CoinObject>();
  // The lowest version of a coin that is worth using: what a slow node lists below it is history.
  const floors = new Map<ObjectId, bigint>();
  // Counts what the pool forgot: a listing may know more from then on.
  let losses = 0;
  let listing: { readonly controller: AbortController; waiting: number; readonly done: Promise<void> } | undefined;

  const available = (): CoinObject[] => [...known.values()].filter(({ objectId }) => !book.isReserved(objectId));

  const put = (coin: CoinObject): void => {
    if ((floors.get(coin.objectId) ?? 0n) > coin.version) return;
    floors.set(coin.objectId, coin.version);
    known.set(coin.objectId, coin);
  };

  const list = async (signal: AbortSignal): Promise<void> => {
    const coins = reader.listCoins({ owner, signal });
    const listed: CoinObject[] = [];
    if (Symbol.asyncIterator in coins) for await (const coin of coins) listed.push(coin);
    else listed.push(...(await coins));
    // A reader that did not look at the signal comes too late.
    if (signal.aborted) return;
    const ids = new Set(listed.map(({ objectId }) => objectId));
    for (const id of known.keys()) if (!ids.has(id) && !book.isReserved(id)) known.delete(id);
    for (const coin of listed) put(coin);
  };

  // One listing at a time serves all who ask; it ends with the last of them.
  const refresh = async (signal?: AbortSignal): Promise<void> => {
    if (listing === undefined) {
      const controller = new AbortController();
      const started = { controller, waiting: 0, done: list(controller.signal) };
      const clear = (): void => {
        if (listing === started) listing = undefined;
      };
      // Both ways are handled here, so a listing that nobody waits for any more fails silently.
      started.done.then(clear, clear);
      listing = started;
    }
    const shared = listing;
    shared.waiting++;
    try {
      await (signal === undefined ? shared.done : raceSignal(signal, () => shared.done));
    } finally {
      shared.waiting--;
      if (shared.waiting === 0) {
        shared.controller.abort();
        if (listing === shared) listing = undefined;
      }
    }
  };

  const released = (signal: AbortSignal | undefined): Promise<void> => {
    let takeBack = (): void => {};
    const next = new Promise<void>((resolve) => {
      takeBack = book.onRelease(resolve);
    });
    if (signal === undefined) return next;
    return raceSignal(signal, () => next).finally(() => takeBack());
  };

  const settle = (used: readonly CoinObject[], effects: TransactionEffects, objects: readonly SomaObject[]): void => {
    const after = new Map(objects.map((object) => [object.objectId, object]));
    const mine = new Set(used.map(({ objectId }) => objectId));
    for (const { objectId, outputState, idOperation } of effects.changedObjects) {
      const object = after.get(objectId);
      if (outputState.kind === 'NotExist') {
        known.delete(objectId);
        // Gone; or, after a failure, still there but locked in its old version until the epoch ends.
        if (mine.has(objectId) || idOperation.kind === 'Deleted') floors.set(objectId, GONE);
        continue;
      }
      if (outputState.owner.kind !== 'AddressOwner' || outputState.owner.address !== owner) {
        known.delete(objectId);
        if (mine.has(objectId)) floors.set(objectId, effects.version + 1n);
        continue;
      }
      const coin = object === undefined || object.version !== effects.version ? undefined : coinFromObject(object);
      if (coin !== undefined && coin.digest === outputState.digest) put(coin);
      else if (mine.has(objectId)) {
        losses++;
        known.delete(objectId);
        floors.set(objectId, effects.version);
      }
    }
  };

  const lease = <T extends { readonly used: readonly CoinObject[] }>(choice: T): CoinLease<T> => {
    const reservation = book.reserve(choice.used.map(({ objectId }) => objectId));
    let open = true;
    return {
      choice,
      settle: ({ effects, objects = [] }) => {
        if (open) settle(choice.used, effects, objects);
        open = false;
        reservation.release();
      },
      release: ({ stale = false } = {}) => {
        if (open && stale) {
          losses++;
          for (const { objectId } of choice.used) known.delete(objectId);
        }
        open = false;
        reservation.release();
      },
    };
  };

  const withReserved = (error: SomaKitError<'INSUFFICIENT_COINS'>): SomaKitError<'INSUFFICIENT_COINS'> => {
    const held = [...known.values()].filter(({ objectId }) => book.isReserved(objectId));
    return new SomaKitError('INSUFFICIENT_COINS', error.message, {
      context: { ...error.context, reserved: totalBalance(held) },
      hint: error.hint,
      cause: error,
      retryable: held.length > 0,
    });
  };

  const takeOf = async <T extends { readonly used: readonly CoinObject[] }>(
    choose: (coins: readonly CoinObject[]) => T,
    wait: boolean,
    ends: AbortSignal | undefined,
  ): Promise<CoinLease<T>> => {
    let listedAt: number | undefined;
    for (;;) {
      throwIfAborted(ends, 'Waiting for coins');
      const free = available();
      const inUse = wait && book.size > 0;
      // Where many wait for few coins, a release is for one of them: the others need not choose in vain.
      if (!inUse || free.length > 0 || listedAt === undefined) {
        try {
          // Choosing and holding happen in one step: no other builder runs in between.
          return lease(choose(free));
        } catch (error) {
          if (!isError(error, 'INSUFFICIENT_COINS')) throw error;
          if (listedAt === losses && !inUse) throw withReserved(error);
        }
      }
      if (listedAt !== losses) {
        const before = losses;
        await refresh(ends);
        listedAt = before;
      } else {
        await released(ends);
        // With nothing in use any more, what the node lists decides.
        if (book.size === 0) listedAt = undefined;
      }
    }
  };

  return {
    owner,
    available,
    refresh: ({ signal } = {}) => refresh(signal),
    reset: () => {
      losses++;
      floors.clear();
      known.clear();
    },
    take: ({ choose, wait = false, signal, timeoutMs }) => {
      const taken = (ends: AbortSignal | undefined) => takeOf(choose, wait, ends);
      // Most calls have no limit, and then need no signal of their own.
      if (signal === undefined && timeoutMs === undefined) return taken(undefined);
      return withDeadline({ signal, timeoutMs, operation: 'Waiting for coins' }, taken);
    },
  };
};
