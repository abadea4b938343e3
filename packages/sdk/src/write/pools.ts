import type { Address, Clock, Digest } from '@somakit/core';
import type { Rpc } from '@somakit/rpc';
import { type CoinLease, type CoinObject, type CoinPool, createCoinPool } from '@somakit/tx-builders';
import { createOwnVersions, type OwnVersions } from './own-versions.js';

/** Coins that a transaction holds whose outcome is not known. */
export type HeldCoins = CoinLease<{ readonly used: readonly CoinObject[] }>;

/** The coins of every account that writes through a client. */
export interface CoinPools {
  of(owner: Address): CoinPool;
  /** Transactions whose outcome is unknown, with the coins that they may have spent. */
  readonly unresolved: Map<Digest, HeldCoins>;
  /** What this client wrote last. */
  readonly own: OwnVersions;
  /** A new epoch unlocks what failures left locked. */
  reset(): void;
}

/** More coins than a wallet should ever have; the poorest come first, so the rest is worth more than these. */
const PAGE = 1_000;

export const createCoinPools = (rpc: Rpc, clock: Clock): CoinPools => {
  const pools = new Map<Address, CoinPool>();
  async function* listCoins({
    owner,
    signal,
  }: {
    owner: Address;
    signal?: AbortSignal | undefined;
  }): AsyncGenerator<CoinObject> {
    for await (const object of rpc.ownedObjects({ owner, objectType: 'Coin', pageSize: PAGE, signal })) {
      const { objectId, version, digest, contents } = object;
      if (contents.kind === 'Coin') yield { objectId, version, digest, balance: contents.balance };
    }
  }
  return {
    of: (owner) => {
      const known = pools.get(owner);
      if (known !== undefined) return known;
      const pool = createCoinPool({ owner, reader: { listCoins } });
      pools.set(owner, pool);
      return pool;
    },
    unresolved: new Map(),
    own: createOwnVersions(clock),
    reset: () => {
      for (const pool of pools.values()) pool.reset();
    },
  };
};
