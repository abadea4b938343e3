import { type ObjectId, SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A coin is in use by another transaction that is being built or sent. */
    COIN_RESERVED: { readonly objectId: ObjectId };
  }
}

/** A hold on coins. */
export interface Reservation {
  readonly objectIds: readonly ObjectId[];
  /** Gives the coins free; further calls do nothing. */
  release(): void;
}

/** Which coins are in use. One book serves all builders of an account. */
export interface ReservationBook {
  /**
   * Holds all of these objects, or none.
   * @throws COIN_RESERVED when one is held already.
   */
  reserve(objectIds: readonly ObjectId[]): Reservation;
  isReserved(objectId: ObjectId): boolean;
  /** How many objects are held. */
  readonly size: number;
  /** Calls back once, at the next release. Returns a function that takes the call back. */
  onRelease(callback: () => void): () => void;
}

/**
 * A book in which builders hold the coins that they chose, so that no two take the same one. Choose and hold without
 * an `await` in between: then nothing comes between.
 *
 * @example
 * import { createReservations } from '@somakit/tx-builders';
 * import { parseObjectId } from '@somakit/core';
 * const book = createReservations();
 * const hold = book.reserve([parseObjectId('0x5ca1e')]);
 * hold.release();
 */
export const createReservations = (): ReservationBook => {
  const held = new Set<ObjectId>();
  let waiting: Set<() => void> = new Set();
  return {
    reserve: (objectIds) => {
      const taken = objectIds.find((id) => held.has(id));
      if (taken !== undefined) {
        throw new SomaKitError('COIN_RESERVED', `The coin ${taken} is in use by another transaction.`, {
          context: { objectId: taken },
          retryable: true,
          hint: 'Wait until that transaction is through, or choose another coin.',
        });
      }
      const ids = [...new Set(objectIds)];
      for (const id of ids) held.add(id);
      let open = true;
      return {
        objectIds: ids,
        release: () => {
          if (!open) return;
          open = false;
          for (const id of ids) held.delete(id);
          const called = waiting;
          waiting = new Set();
          for (const callback of called) callback();
        },
      };
    },
    isReserved: (id) => held.has(id),
    get size() {
      return held.size;
    },
    onRelease: (callback) => {
      waiting.add(callback);
      return () => waiting.delete(callback);
    },
  };
};
