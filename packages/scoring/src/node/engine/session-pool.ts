import type { ResolvedConfig } from '../../core/config.js';
import { buildModelGraph } from '../../core/model-graph.js';
import type { ReadyModel } from '../sources.js';
import type { Engine, EngineSession, TailForm } from './engine.js';
import { createResidency } from './residency.js';

/** Below this, laying out the weights anew costs nothing worth a thought. */
const SMALL_BYTES = 256 * 2 ** 20;
/** Sequences from which on it has paid for a large model: 25 s to lay it out, 0.9 s less for each of 19.8 s, on two idle cores. */
const PAYS_FROM = 30;
/** Below this, the engine takes one thread. */
const SMALL_MODEL_BYTES = 16 * 2 ** 20;
/** What an open session holds beside weights. */
const BASE_BYTES = 8 * 2 ** 20;

export interface SessionPoolOptions {
  readonly engine: Engine;
  readonly config: ResolvedConfig;
  readonly threads: number | undefined;
  readonly repack: boolean | 'auto';
  readonly budgetBytes: number;
  /** Where the 8-bit copies for screening are kept. */
  readonly screenFolder: string;
  readonly onEvent: (event: 'opened' | 'closed', ms: number) => void;
}

/** How screening approximates. */
export interface Approximation {
  /** Matrices in 8 bits, where the weights are f32. */
  readonly int8: boolean;
  readonly tail: TailForm;
}

/** The engine's sessions, kept open by use. */
export interface SessionPool {
  with<R>(
    model: ReadyModel,
    sequences: number,
    approximation: Approximation | undefined,
    use: (session: EngineSession) => Promise<R>,
  ): Promise<R>;
  readonly bytes: number;
  readonly count: number;
  close(): Promise<void>;
}

export const createSessionPool = (options: SessionPoolOptions): SessionPool => {
  const { engine, config, threads, repack, budgetBytes, screenFolder, onEvent } = options;
  const residency = createResidency<EngineSession>(budgetBytes);
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
    async with(model, sequences, approximation, use) {
      const { identity } = model;
      const screen =
        approximation?.int8 === true
          ? await engine.screenFile({ source: model.file, identity, folder: screenFolder })
          : undefined;
      const file = screen ?? model.file;
      // The exact model and the approximate one on the same weights must not both take their size in memory.
      const packed =
        screen !== undefined || (approximation === undefined ? isRepacked(model, sequences) : file.size <= SMALL_BYTES);
      if (approximation === undefined) {
        used.set(identity, (used.get(identity) ?? 0) + sequences);
        if (packed) await residency.drop(`${identity}/mapped`);
      }
      // Two threads wait for each other more than they gain on matrices this small: twice the time, measured on two cores.
      const small = threads === undefined && engine.device === 'cpu' && file.size <= SMALL_MODEL_BYTES;
      const open = async () => {
        const started = performance.now();
        const { place, weights } = file;
        const approximate = approximation === undefined ? undefined : { screened: screen?.screened };
        const graph = buildModelGraph({ config, weights, location: place.location, approximate });
        const session = await engine.open({ graph, place, threads: small ? 1 : threads, repack: packed });
        onEvent('opened', performance.now() - started);
        // Types other than f32 are converted when the model is opened, whatever the layout.
        let bytes = BASE_BYTES + (screen?.size ?? 0);
        for (const { dtype, shape, length } of weights.values()) {
          if (dtype !== 'F32') bytes += shape.reduce((product, size) => product * size, 4);
          else if (packed || place.bytes !== undefined || engine.device !== 'cpu') bytes += length;
        }
        const close = async () => {
          await session.close();
          onEvent('closed', 0);
        };
        return { value: session, bytes, usable: () => session.usable, close };
      };
      const form =
        approximation === undefined ? (packed ? 'packed' : 'mapped') : screen === undefined ? 'rough' : 'int8';
      return residency.with(`${identity}/${form}`, open, use);
    },
    close: () => residency.close(),
  };
};
