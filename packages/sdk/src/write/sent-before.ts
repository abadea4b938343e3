import { type Digest, isError, raceSignal } from '@somakit/core';
import type { Rpc } from '@somakit/rpc';

interface Question {
  readonly digest: Digest;
  readonly resolve: (found: boolean) => void;
  readonly reject: (error: unknown) => void;
}

const CALLS = 4;
const DIGESTS = 100;

const askers = new WeakMap<Rpc, (question: Question) => void>();

/** Questions that come while others are under way go together. */
const createAsker = (rpc: Rpc): ((question: Question) => void) => {
  const waiting: Question[] = [];
  let underWay = 0;
  const ask = async (): Promise<void> => {
    if (underWay === CALLS || waiting.length === 0) return;
    underWay++;
    const questions = waiting.splice(0, DIGESTS);
    try {
      const digests = questions.map(({ digest }) => digest);
      const found = await rpc.batchGetTransactions({ digests, readMask: ['digest'] });
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
      void ask();
    }
  };
  return (question) => {
    waiting.push(question);
    void ask();
  };
};

/**
 * Whether the chain has executed a transaction already. Two writers that know the same coins, and pay the same amount to
 * the same account, build the very same transaction: the chain executes it once and tells both that it did.
 */
export const sentBefore = (rpc: Rpc, digest: Digest, signal: AbortSignal): Promise<boolean> => {
  let asker = askers.get(rpc);
  if (asker === undefined) {
    asker = createAsker(rpc);
    askers.set(rpc, asker);
  }
  const ask = asker;
  return raceSignal(signal, () => new Promise<boolean>((resolve, reject) => ask({ digest, resolve, reject })));
};
