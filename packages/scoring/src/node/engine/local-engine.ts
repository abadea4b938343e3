import type { ResolvedConfig } from '../../core/config.js';
import type { Engine } from './engine.js';
import { int8Limit } from './int8-limit.js';
import { openSession } from './model-session.js';
import { createModelRunner } from './run-model.js';
import { chooseDevice, type Device, loadRuntime } from './runtime.js';
import { openScreenFile } from './screen-file.js';

/** What an engine is made for. */
export interface EngineOptions {
  readonly config: ResolvedConfig;
  readonly device: Device;
}

/**
 * The engine in the calling thread, which it blocks for the length of a sequence.
 *
 * @throws ENGINE_MISSING, DEVICE_UNAVAILABLE
 */
export const createLocalEngine = async ({ config, device: wanted }: EngineOptions): Promise<Engine> => {
  const runtime = await loadRuntime();
  const device = await chooseDevice(runtime, wanted);
  const runModel = createModelRunner(runtime, config);
  let limit: number | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const done = last.then(task);
    last = done.catch(() => {});
    return done;
  };
  return {
    device,
    version: runtime.env.versions.node ?? runtime.env.versions.common ?? '',
    thread: 'caller',
    open: (model) =>
      inTurn(async () => {
        const session = await openSession({ ...model, runtime, device });
        return {
          usable: true,
          run: (work, hooks) => inTurn(() => runModel(session, work, hooks)),
          close: () => inTurn(() => session.release()),
        };
      }),
    screenFile: ({ source, identity, folder }) =>
      inTurn(async () => {
        limit ??= await int8Limit(runtime);
        return openScreenFile(source, identity, folder, config, limit);
      }),
    close: () => inTurn(async () => {}),
  };
};
