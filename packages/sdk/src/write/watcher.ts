import { abortError, type Clock, type Digest } from '@somakit/core';
import type { Rpc } from '@somakit/rpc';

/** Waits for the checkpoints of many transactions over one subscription. */
export interface Watcher {
  /** Call it before sending: from then on no checkpoint is missed. */
  expect(digest: Digest): Expectation;
  /** Ends the subscription; the next wait opens another. */
  close(): void;
}

/** A wait for one checkpoint. */
export interface Expectation {
  /** When the checkpoint came, by the monotonic clock; undefined before. */
  readonly seenAt: number | undefined;
  /** @throws CHECKPOINT_NOT_SEEN ABORTED */
  checkpoint(options: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined }): Promise<bigint>;
  close(): void;
}

/** After this long the node is asked about the transaction itself: it may be in a checkpoint of the past. */
export const PATIENCE_MS = 400;
/** So long the subscription stays open for whoever writes next. It keeps no process alive. */
const LINGER_MS = 2_000;

interface Waiter extends Expectation {
  shown(checkpoint: bigint): void;
}

const createWatcher = (rpc: Rpc, clock: Clock): Watcher => {
  const waiting = new Map<Digest, Waiter>();
  let stream: AbortController | undefined;
  let linger: ReturnType<typeof setTimeout> | undefined;

  const end = (): void => {
    clearTimeout(linger);
    linger = undefined;
    const ended = stream;
    stream = undefined;
    ended?.abort();
  };

  const follow = async (controller: AbortController): Promise<void> => {
    try {
      const checkpoints = rpc.subscribeCheckpoints({
        readMask: MASK,
        signal: controller.signal,
        background: true,
        // Whoever waits asks the node too after a while, and then opens a new stream.
        idleTimeoutMs: Number.POSITIVE_INFINITY,
        onReconnect: () => {
          if (waiting.size === 0) controller.abort();
        },
      });
      for await (const { sequenceNumber, checkpoint } of checkpoints) {
        for (const { digest } of checkpoint.transactions) waiting.get(digest)?.shown(sequenceNumber);
      }
    } catch {
      // Asking by digest finds what the stream does not show.
    } finally {
      if (stream === controller) stream = undefined;
    }
  };

  const open = (): void => {
    clearTimeout(linger);
    linger = undefined;
    if (stream !== undefined) return;
    stream = new AbortController();
    void follow(stream);
  };

  /** What the stream should have shown was found by asking: it may be dead without knowing. */
  const renew = (): void => {
    end();
    if (waiting.size > 0) open();
  };

  const expect = (digest: Digest): Waiter => {
    let found: bigint | undefined;
    let seenAt: number | undefined;
    let notify: ((checkpoint: bigint) => void) | undefined;
    const waiter: Waiter = {
      get seenAt() {
        return seenAt;
      },
      shown: (checkpoint) => {
        seenAt ??= clock.monotonic();
        found ??= checkpoint;
        notify?.(checkpoint);
      },
      checkpoint: ({ timeoutMs, signal }) =>
        new Promise((resolve, reject) => {
          if (found !== undefined) {
            resolve(found);
            return;
          }
          const started = clock.monotonic();
          let asking: AbortController | undefined;
          const settle = (): void => {
            notify = undefined;
            cancelTimer();
            signal?.removeEventListener('abort', onAbort);
            asking?.abort();
          };
          const fail = (error: unknown): void => {
            settle();
            reject(error);
          };
          const onAbort = (): void => fail(abortError(signal!, 'Waiting for the checkpoint'));
          const ask = (): void => {
            asking = new AbortController();
            const left = Math.max(1, timeoutMs - (clock.monotonic() - started));
            rpc.waitForCheckpoint({ digest, timeoutMs: left, signal: asking.signal }).then((checkpoint) => {
              if (notify === undefined) return;
              waiter.shown(checkpoint);
              renew();
            }, fail);
          };
          const cancelTimer = clock.schedule(ask, Math.min(PATIENCE_MS, timeoutMs));
          notify = (checkpoint) => {
            settle();
            resolve(checkpoint);
          };
          if (signal?.aborted === true) onAbort();
          else signal?.addEventListener('abort', onAbort, { once: true });
        }),
      close: () => {
        if (waiting.get(digest) === waiter) waiting.delete(digest);
        if (waiting.size > 0 || stream === undefined || linger !== undefined) return;
        linger = setTimeout(end, LINGER_MS);
        // Not by the client's clock, which may be a test's: this is about sockets. Browsers give a number.
        (linger as { unref?: () => void }).unref?.();
      },
    };
    waiting.set(digest, waiter);
    open();
    return waiter;
  };

  return { expect, close: end };
};

const MASK = /* @__PURE__ */ Object.freeze(['sequenceNumber', 'transactions.digest'] as const);

const watchers = new WeakMap<Rpc, Watcher>();

/** The one watcher of a client. */
export const watcherOf = ({ rpc, clock }: { readonly rpc: Rpc; readonly clock: Clock }): Watcher => {
  const known = watchers.get(rpc);
  if (known !== undefined) return known;
  const made = createWatcher(rpc, clock);
  watchers.set(rpc, made);
  return made;
};

/** Ends the subscription of a client, if it has one. */
export const closeWatcher = (rpc: Rpc): void => watchers.get(rpc)?.close();
