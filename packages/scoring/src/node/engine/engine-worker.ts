import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Engine, EngineSession } from './engine.js';
import { createLocalEngine } from './local-engine.js';
import { type EngineReply, type EngineRequest, packError } from './messages.js';

/**
 * Answers the calls of `createScorer` on a port. This file does so by itself when it is the program of a thread: bundlers
 * put it beside their bundle as `engine-worker.js`.
 */
export const serveEngine = (port: MessagePort): void => {
  let engine: Engine | undefined;
  const sessions = new Map<number, EngineSession>();
  let opened = 0;
  const send = (reply: EngineReply, transfer: ArrayBuffer[] = []) => port.postMessage(reply, transfer);

  const answer = async (request: EngineRequest): Promise<{ value: unknown; transfer?: ArrayBuffer[] }> => {
    const { kind, ask, id } = request;
    if (kind === 'start') {
      engine = await createLocalEngine(ask);
      return { value: { device: engine.device, version: engine.version } };
    }
    if (kind === 'open') {
      opened += 1;
      sessions.set(opened, await engine!.open(ask));
      return { value: opened };
    }
    if (kind === 'run') {
      const { session, work, stop } = ask;
      const controller = new AbortController();
      // Set from outside in the middle of a sequence, when this thread hears nothing else.
      const look = () => {
        if (Atomics.load(stop, 0) !== 0) controller.abort();
      };
      look();
      const outcome = await sessions.get(session)!.run(work, {
        signal: controller.signal,
        onSequence: () => {
          send({ id, kind: 'sequence' });
          look();
        },
      });
      return { value: outcome, transfer: [outcome.embedding.buffer as ArrayBuffer] };
    }
    if (kind === 'close') {
      const session = sessions.get(ask);
      sessions.delete(ask);
      await session?.close();
      return { value: undefined };
    }
    if (kind === 'screenFile') return { value: await engine!.screenFile(ask) };
    for (const session of sessions.values()) await session.close();
    await engine?.close();
    return { value: undefined };
  };

  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: EngineRequest) => {
    last = last.then(async () => {
      const { id, kind } = request;
      try {
        const { value, transfer } = await answer(request);
        send({ id, kind: 'answer', answer: value }, transfer);
      } catch (error) {
        send({ id, kind: 'error', error: packError(error) });
      }
      // Nothing keeps the thread alive then.
      if (kind === 'stop') port.close();
    });
  });
};

if (parentPort !== null) serveEngine(parentPort);
