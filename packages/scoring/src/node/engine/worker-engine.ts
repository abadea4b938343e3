import type { Worker } from 'node:worker_threads';
import { isError, raceSignal, SomaKitError } from '@somakit/core';
import type { Engine, EngineSession, ModelOutcome } from './engine.js';
import type { EngineOptions } from './local-engine.js';
import {
  type EngineCallKind,
  type EngineCalls,
  type EngineReply,
  type EngineRequest,
  unpackError,
} from './messages.js';
import { startEngineWorker } from './worker-program.js';

interface Pending {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
  readonly onSequence: (() => void) | undefined;
}

/** One life of the thread. */
interface Thread {
  readonly alive: boolean;
  ask<K extends EngineCallKind>(
    kind: K,
    ask: EngineCalls[K]['ask'],
    onSequence?: () => void,
  ): Promise<EngineCalls[K]['answer']>;
  /** When the thread is gone. */
  readonly ended: Promise<void>;
  /** Asks it to go, and waits until it is gone. */
  end(): Promise<void>;
}

const crashed = (reason: string, cause?: unknown) =>
  new SomaKitError('ENGINE_CRASHED', `The engine's thread ended: ${reason}.`, {
    context: { reason },
    hint: 'The next call starts a new one. Out of memory? Lower memoryBudgetBytes.',
    cause,
    retryable: true,
  });

/** What died has nothing left to close. */
const ignoreCrash = (error: unknown): undefined => {
  if (!isError(error, 'ENGINE_CRASHED')) throw error;
};

/** The bytes alone: of a view, the whole memory behind it would be sent. */
const own = (bytes: Uint8Array): Uint8Array =>
  bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);

const startThread = (program: URL): Thread => {
  const worker: Worker = startEngineWorker(program);
  const pending = new Map<number, Pending>();
  let next = 0;
  let alive = true;
  let failure: unknown;
  // An idle thread keeps no process alive.
  worker.unref();
  const settle = (id: number): Pending | undefined => {
    const found = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) worker.unref();
    return found;
  };
  worker.on('message', (reply: EngineReply) => {
    if (reply.kind === 'sequence') pending.get(reply.id)?.onSequence?.();
    else if (reply.kind === 'answer') settle(reply.id)?.resolve(reply.answer);
    else settle(reply.id)?.reject(unpackError(reply.error));
  });
  worker.on('error', (error) => {
    failure = error;
  });
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      alive = false;
      const reason = failure instanceof Error ? failure.message : `exit code ${code}`;
      for (const each of pending.values()) each.reject(crashed(reason, failure));
      pending.clear();
      resolve();
    });
  });
  const ask: Thread['ask'] = (kind, question, onSequence) => {
    if (!alive) return Promise.reject(crashed('it is no longer there'));
    return new Promise((resolve, reject) => {
      const id = next;
      next += 1;
      pending.set(id, { resolve: resolve as (answer: unknown) => void, reject, onSequence });
      worker.ref();
      worker.postMessage({ id, kind, ask: question } as EngineRequest);
    });
  };
  return {
    get alive() {
      return alive;
    },
    ask,
    ended,
    async end() {
      await ask('stop', undefined).catch(ignoreCrash);
      // A program that waits for this must not end before.
      worker.ref();
      await ended;
    },
  };
};

export interface WorkerEngineOptions extends EngineOptions {
  readonly program: URL;
  /** Hears of a thread that ended by itself. */
  readonly onCrash: () => void;
}

/**
 * The engine in a thread of its own, so that the caller's goes on while a sequence is computed. A thread that ends by
 * itself takes the open models with it; the next model starts a new one.
 *
 * @throws ENGINE_MISSING, DEVICE_UNAVAILABLE, ENGINE_CRASHED
 */
export const createWorkerEngine = async ({
  config,
  device: wanted,
  program,
  onCrash,
}: WorkerEngineOptions): Promise<Engine> => {
  let closed = false;
  const start = async (device: EngineOptions['device']) => {
    const thread = startThread(program);
    thread.ended.then(() => {
      if (!closed) onCrash();
    });
    try {
      return { thread, ...(await thread.ask('start', { config, device })) };
    } catch (error) {
      await thread.end();
      throw error;
    }
  };
  let current = await start(wanted);
  const { device, version } = current;
  let restarting: Promise<Thread> | undefined;
  const restart = async (): Promise<Thread> => {
    try {
      current = await start(device);
      return current.thread;
    } finally {
      restarting = undefined;
    }
  };
  const living = async (): Promise<Thread> => {
    if (current.thread.alive) return current.thread;
    restarting ??= restart();
    return restarting;
  };
  const sessionOf = (thread: Thread, session: number): EngineSession => ({
    get usable() {
      return thread.alive;
    },
    run(work, { signal, onSequence }) {
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const halt = () => Atomics.store(stop, 0, 1);
      const ask = () =>
        new Promise<ModelOutcome>((resolve, reject) => {
          signal.addEventListener('abort', halt, { once: true });
          const hear = () => {
            try {
              onSequence();
            } catch (error) {
              // The listener's own failure is one of this run, not of the program.
              halt();
              reject(error);
            }
          };
          thread
            .ask('run', { session, work: { ...work, data: own(work.data) }, stop }, hear)
            .then(resolve, reject)
            .finally(() => signal.removeEventListener('abort', halt));
        });
      return raceSignal(signal, ask);
    },
    close: () => thread.ask('close', session).catch(ignoreCrash),
  });
  return {
    device,
    version,
    thread: 'worker',
    async open(model) {
      const thread = await living();
      const { bytes } = model.place;
      const place = bytes === undefined ? model.place : { ...model.place, bytes: own(bytes) };
      return sessionOf(thread, await thread.ask('open', { ...model, place }));
    },
    async screenFile(order) {
      return (await living()).ask('screenFile', order);
    },
    async close() {
      closed = true;
      await restarting?.catch(() => {});
      await current.thread.end();
    },
  };
};
