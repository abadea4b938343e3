import { type Clock, type Digest, isError, raceSignal } from '@somakit/core';
import type { Rpc } from '@somakit/rpc';
import type { CoinObject } from '@somakit/tx-builders';
import type { CoinPools } from './pools.js';

interface Question {
  readonly digest: Digest;
  readonly resolve: (found: boolean) => void;
  readonly reject: (error: unknown) => void;
}

interface Asker {
  ask(question: Question): void;
  /** How long the last answer took, in ms; 0 before the first. */
  readonly roundTripMs: number;
}

const CALLS = 4;
const DIGESTS = 100;
/** However far the node is away, an answer older than this is asked for. */
const OLDEST_MS = 5;
const MASK = /* @__PURE__ */ Object.freeze(['digest'] as const);

const askers = new WeakMap<Rpc, Asker>();

/** Questions that come while others are under way go together. */
const createAsker = (rpc: Rpc, clock: Clock): Asker => {
  const waiting: Question[] = [];
  let underWay = 0;
  let roundTripMs = 0;
  const next = async (): Promise<void> => {
    if (underWay === CALLS || waiting.length === 0) return;
    underWay++;
    const questions = waiting.splice(0, DIGESTS);
    try {
      const digests = questions.map(({ digest }) => digest);
      const started = clock.monotonic();
      const found = await rpc.batchGetTransactions({ digests, readMask: MASK });
      roundTripMs = Math.min(OLDEST_MS, clock.monotonic() - started);
      questions.forEach(({ resolve, reject }, index) => {
        const each = found[index];
        if (each?.ok === true) resolve(true);
        else if (each === undefined || isError(each.error, 'RPC_NOT_FOUND')) resolve(false);
        else reject(each.error);
      });
    } catch (error) {
      for (const { reject } of questions) reject(error);
    } finally {
      underWay--;
      void next();
    }
  };
  return {
    get roundTripMs() {
      return roundTripMs;
    },
    ask: (question) => {
      waiting.push(question);
      void next();
    },
  };
};

/**
 * Whether the chain has executed a transaction already. Two writers that know the same coins, and pay the same amount to
 * the same account, build the very same transaction: the chain executes it once and tells both that it did.
 *
 * Coins in a version that this client wrote, and that others could not know of for longer than an answer takes, need no
 * question: its answer would be as old when the transaction gets there.
 */
export const sentBefore = (
  { rpc, clock, coins }: { readonly rpc: Rpc; readonly clock: Clock; readonly coins: CoinPools },
  {
    digest,
    used,
    signal,
  }: { readonly digest: Digest; readonly used: readonly CoinObject[]; readonly signal: AbortSignal | undefined },
): Promise<boolean> => {
  let asker = askers.get(rpc);
  if (asker === undefined) {
    asker = createAsker(rpc, clock);
    askers.set(rpc, asker);
  }
  const { ask, roundTripMs } = asker;
  if (coins.own.areOurs(used, roundTripMs)) return Promise.resolve(false);
  const asked = () => new Promise<boolean>((resolve, reject) => ask({ digest, resolve, reject }));
  return signal === undefined ? asked() : raceSignal(signal, asked);
};
