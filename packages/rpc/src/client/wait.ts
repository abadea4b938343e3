import type { Digest } from '@somakit/core';
import { isError, parseDigest, SomaKitError, sleep, withDeadline } from '@somakit/core';
import type { ExecutedFields } from '../masks/fields.js';
import type { Selected } from '../masks/types.js';
import { attempts, type CallOptions, type ClientContext } from './core.js';
import type { ExecuteMask, ExecuteParameters, ExecutionCalls } from './execution.js';
import type { LedgerCalls } from './ledger.js';
import type { SUBMIT_MASK } from './masks.js';
import { type OpenStream, openCheckpoints } from './subscription.js';
import { prepareSigned } from './transaction.js';

/** Waiting for checkpoints. */
export interface WaitCalls {
  /**
   * The checkpoint that has a transaction, once the node has it: from then on every read shows what it did.
   * @throws CHECKPOINT_NOT_SEEN after `timeoutMs` (default 30,000).
   */
  waitForCheckpoint(parameters: { readonly digest: string } & CallOptions): Promise<bigint>;
  /**
   * As `executeTransaction`, and then waits for the checkpoint: from then on every read shows what it did.
   * `checkpointTimeoutMs` (default 30,000) is for that wait alone.
   *
   * @throws CHECKPOINT_NOT_SEEN with the result in its context: the transaction is final all the same.
   */
  executeTransactionAndWait<const P extends ExecuteMask = typeof SUBMIT_MASK>(
    parameters: ExecuteParameters<P> & { readonly checkpointTimeoutMs?: number | undefined },
  ): Promise<Selected<ExecutedFields, P[number]> & { readonly checkpoint: bigint }>;
}

const WAIT_MS = 30_000;
const POLL_MS = 1_000;

const notSeen = (digest: Digest, waitedMs: number, result: unknown, cause: unknown) =>
  new SomaKitError(
    'CHECKPOINT_NOT_SEEN',
    `No checkpoint with the transaction ${digest} was seen within ${waitedMs} ms.`,
    {
      context: { digest, waitedMs, result },
      cause,
      hint: 'The transaction is final. Read it by its digest, or wait once more.',
    },
  );

/** Reads checkpoints until one has the digest; undefined when the stream ends before. */
const watch = async ({ messages }: OpenStream, digest: Digest): Promise<bigint | undefined> => {
  for (;;) {
    const { done, value } = await messages.next();
    if (done === true) return undefined;
    if (value.checkpoint?.transactions.some((each: { digest?: string | undefined }) => each.digest === digest)) {
      return value.cursor ?? value.checkpoint.sequenceNumber;
    }
  }
};

export const waitCalls = (context: ClientContext, ledger: LedgerCalls, execution: ExecutionCalls): WaitCalls => {
  /** Asks until the transaction is in a checkpoint. */
  const poll = async (digest: Digest, firstMs: number, signal: AbortSignal): Promise<bigint> => {
    for (let delay = firstMs; ; delay = POLL_MS) {
      if (delay > 0) await sleep(delay, { signal, clock: context.clock });
      try {
        const { checkpoint } = await ledger.getTransaction({ digest, readMask: ['digest', 'checkpoint'], signal });
        if (checkpoint !== undefined) return checkpoint;
      } catch (error) {
        if (signal.aborted || !(isError(error, 'RPC_NOT_FOUND') || isError(error, 'RPC_UNAVAILABLE'))) throw error;
      }
    }
  };

  const calls = {
    async waitForCheckpoint({
      digest,
      signal,
      timeoutMs = WAIT_MS,
    }: { digest: string } & CallOptions): Promise<bigint> {
      const parsed = parseDigest(digest);
      try {
        const { clock } = context;
        return await withDeadline({ signal, timeoutMs, clock, operation: 'Waiting for the checkpoint' }, (scope) =>
          poll(parsed, 0, scope),
        );
      } catch (error) {
        if (isError(error, 'TIMEOUT')) throw notSeen(parsed, timeoutMs, undefined, error);
        throw error;
      }
    },

    async executeTransactionAndWait(
      parameters: ExecuteParameters<ExecuteMask> & { readonly checkpointTimeoutMs?: number | undefined },
    ) {
      const { checkpointTimeoutMs = WAIT_MS, signal, headers } = parameters;
      const { digest, signedBytes } = prepareSigned(parameters.transaction);
      // Before anything is sent: a checkpoint that passed cannot be subscribed to any more.
      const stream = await attempts(context, 'Subscribing to checkpoints', parameters, () =>
        openCheckpoints(context, { paths: ['transactions.digest', 'sequence_number'] }, { signal, headers }),
      );
      try {
        // From now on, so that the stream's buffer does not fill while the submission waits.
        const seen = watch(stream, digest).catch(() => undefined);
        const result = await execution.executeTransaction({ ...parameters, transaction: signedBytes });
        try {
          const options = {
            signal,
            timeoutMs: checkpointTimeoutMs,
            clock: context.clock,
            operation: 'Waiting for the checkpoint',
          };
          const checkpoint = await withDeadline(options, async (scope) => {
            const polled = new AbortController();
            const stop = () => polled.abort(scope.reason);
            scope.addEventListener('abort', stop, { once: true });
            try {
              // One that was executed before is in no new checkpoint: asking finds it.
              const asked = poll(digest, POLL_MS, polled.signal);
              asked.catch(() => {});
              return (await Promise.race([seen, asked])) ?? (await asked);
            } finally {
              scope.removeEventListener('abort', stop);
              polled.abort();
            }
          });
          return Object.assign(result, { checkpoint });
        } catch (error) {
          if (isError(error, 'TIMEOUT')) throw notSeen(digest, checkpointTimeoutMs, result, error);
          throw error;
        }
      } finally {
        stream.close();
      }
    },
  };
  return calls as unknown as WaitCalls;
};
