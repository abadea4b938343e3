import type { InferenceSession } from 'onnxruntime-node';
import type { ResolvedConfig } from '../../core/config.js';
import { buildModelGraph } from '../../core/model-graph.js';
import type { ReadyModel } from '../sources.js';
import { openSession } from './model-session.js';
import { createResidency } from './residency.js';
import type { Device, OnnxRuntime } from './runtime.js';
import { openScreenFile } from './screen-file.js';

/** Below this, laying out the weights anew costs nothing worth a thought. */
const SMALL_BYTES = 256 * 2 ** 20;
/** Sequences from which on it has paid for a large model. */
const PAYS_FROM = 6;
/** Below this, the engine takes one thread. */
const SMALL_MODEL_BYTES = 16 * 2 ** 20;
/** What an open session holds beside weights. */
const BASE_BYTES = 8 * 2 ** 20;

export interface SessionPoolOptions {
  readonly runtime: OnnxRuntime;
  readonly device: Exclude<Device, 'auto'>;
  readonly config: ResolvedConfig;
  readonly threads: number | undefined;
  readonly repack: boolean | 'auto';
  readonly budgetBytes: number;
  /** Where the 8-bit copies for screening are kept. */
  readonly screenFolder: string;
  readonly onEvent: (event: 'opened' | 'closed', ms: number) => void;
}

/** The engine's sessions, kept open by use. */
export interface SessionPool {
  with<R>(
    model: ReadyModel,
    sequences: number,
    approximate: boolean,
    use: (session: InferenceSession) => Promise<R>,
  ): Promise<R>;
  readonly bytes: number;
  readonly count: number;
  close(): Promise<void>;
}

export const createSessionPool = (options: SessionPoolOptions): SessionPool => {
  const { runtime, device, config, threads, repack, budgetBytes, screenFolder, onEvent } = options;
  const residency = createResidency<InferenceSession>(budgetBytes);
  /** Sequences that each model has had, to see what is used much. */
  const used = new Map<string, number>();

  const isRepacked = ({ identity, file }: ReadyModel, sequences: number): boolean => {
    if (repack !== 'auto') return repack;
    if (file.size <= SMALL_BYTES) return true;
    return 2 * file.size <= budgetBytes && (used.get(identity) ?? 0) + sequences >= PAYS_FROM;
  };

  return {
    get bytes() {
      return residency.bytes;
    },
    get count() {
      return residency.count;
    },
    async with(model, sequences, approximate, use) {
      const { identity } = model;
      const screen = approximate ? await openScreenFile(model.file, identity, screenFolder, config) : undefined;
      const file = screen ?? model.file;
      const packed = screen !== undefined || isRepacked(model, sequences);
      used.set(identity, (used.get(identity) ?? 0) + sequences);
      if (packed && screen === undefined) await residency.drop(`${identity}/mapped`);
      // Two threads wait for each other more than they gain on matrices this small: twice the time, measured on two cores.
      const small = threads === undefined && device === 'cpu' && file.size <= SMALL_MODEL_BYTES;
      const open = async () => {
        const started = performance.now();
        const { place, weights } = file;
        const graph = buildModelGraph({ config, weights, location: place.location, screened: screen?.screened });
        const session = await openSession({
          runtime,
          device,
          graph,
          place,
          threads: small ? 1 : threads,
          repack: packed,
        });
        onEvent('opened', performance.now() - started);
        // Types other than f32 are converted when the model is opened, whatever the layout.
        let bytes = BASE_BYTES + (screen?.size ?? 0);
        for (const { dtype, shape, length } of weights.values()) {
          if (dtype !== 'F32') bytes += shape.reduce((product, size) => product * size, 4);
          else if (packed || place.bytes !== undefined || device !== 'cpu') bytes += length;
        }
        const close = async () => {
          await session.release();
          onEvent('closed', 0);
        };
        return { value: session, bytes, close };
      };
      return residency.with(`${identity}/${screen !== undefined ? 'screen' : packed ? 'packed' : 'mapped'}`, open, use);
    },
    close: () => residency.close(),
  };
};
