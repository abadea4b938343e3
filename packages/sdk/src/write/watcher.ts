import { type Clock, type Digest, sleep, withDeadline } from '@somakit/core';
import type { Rpc } from '@somakit/rpc';

/** Waits for the checkpoints of many transactions over one subscription, which is open only while somebody waits. */
export interface Watcher {
  /** Call it before sending: from then on no checkpoint is missed. */
  expect(digest: Digest): Expectation;
}

/** A wait for one checkpoint. */
export interface Expectation {
  /** @throws CHECKPOINT_NOT_SEEN ABORTED */
  checkpoint(options: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined }): Promise<bigint>;
  close(): void;
}

/** After this long the node is asked about the transaction itself: it may be in a checkpoint of the past. */
const PATIENCE_MS = 400;

export const createWatcher = (rpc: Rpc, clock: Clock): Watcher => {
  const waiting = new Map<Digest, (checkpoint: bigint) => void>();
  let stream: AbortController | undefined;

  const follow = async (controller: AbortController): Promise<void> => {
    try {
      const readMask = ['sequenceNumber', 'transactions.digest'] as const;
      for await (const { sequenceNumber, checkpoint } of rpc.subscribeCheckpoints({
        readMask,
        signal: controller.signal,
      })) {
        for (const { digest } of checkpoint.transactions) waiting.get(digest)?.(sequenceNumber);
      }
    } catch {
      // Asking by digest finds what the stream does not show.
    } finally {
      if (stream === controller) stream = undefined;
    }
  };

  return {
    expect: (digest) => {
      let seen: (checkpoint: bigint) => void = () => {};
      const shown = new Promise<bigint>((resolve) => {
        seen = resolve;
      });
      waiting.set(digest, seen);
      if (stream === undefined) {
        stream = new AbortController();
        void follow(stream);
      }
      return {
        checkpoint: async ({ timeoutMs, signal }) => {
          const started = clock.monotonic();
          const ask = new AbortController();
          const asked = async (): Promise<bigint> => {
            await sleep(Math.min(PATIENCE_MS, timeoutMs), { signal: ask.signal, clock });
            const left = Math.max(1, timeoutMs - (clock.monotonic() - started));
            return rpc.waitForCheckpoint({ digest, timeoutMs: left, signal: ask.signal });
          };
          try {
            const operation = 'Waiting for the checkpoint';
            return await withDeadline({ signal, operation, clock }, (scope) => {
              scope.addEventListener('abort', () => ask.abort(scope.reason), { once: true });
              const polled = asked();
              // Once the stream has shown it, the end of the other question is of no interest.
              polled.catch(() => {});
              return Promise.race([shown, polled]);
            });
          } finally {
            ask.abort();
          }
        },
        close: () => {
          if (waiting.get(digest) === seen) waiting.delete(digest);
          if (waiting.size > 0 || stream === undefined) return;
          const ended = stream;
          stream = undefined;
          ended.abort();
        },
      };
    },
  };
};
