import type { WeightFile, WeightPlace } from '../blobs/weight-file.js';
import type { Device } from './runtime.js';
import type { ScreenFile } from './screen-file.js';

/** A model for the engine to open. */
export interface OpenModel {
  readonly graph: Uint8Array;
  readonly place: WeightPlace;
  readonly threads: number | undefined;
  /** Whether the engine lays out matrices anew in memory of its own: faster by 4 % on idle cores and more on busy ones, for once the size. */
  readonly repack: boolean;
}

/** What one model is to do. */
export interface ModelWork {
  readonly data: Uint8Array;
  readonly seed: bigint;
  /** False for the embedding alone. */
  readonly withLoss: boolean;
  /** Set for screening: how many places stand for the PADs of a last sequence, or all of them. The graph must be made for it. */
  readonly tail?: TailForm | undefined;
}

/** How the PADs behind the data are computed: all of them, or so many that stand for them. */
export type TailForm = 'exact' | number;

/** What one model made of the data. */
export interface ModelOutcome {
  readonly loss: number;
  readonly embedding: Float32Array;
}

export interface RunHooks {
  readonly signal: AbortSignal;
  /** Called when a sequence is done. */
  readonly onSequence: () => void;
}

/** A model that is open. */
export interface EngineSession {
  /** False once the engine has lost it. */
  readonly usable: boolean;
  /** Ends at once on abort; the engine itself stops behind the sequence it is at. @throws ENGINE_FAILED, ENGINE_CRASHED, ABORTED */
  run(work: ModelWork, hooks: RunHooks): Promise<ModelOutcome>;
  close(): Promise<void>;
}

/** A model's 8-bit copy to be made. */
export interface ScreenFileOrder {
  readonly source: WeightFile;
  readonly identity: string;
  readonly folder: string;
}

/** What computes, in a thread of its own or in the caller's. Work is done one piece at a time, in order. */
export interface Engine {
  readonly device: Exclude<Device, 'auto'>;
  /** Version of onnxruntime-node. */
  readonly version: string;
  readonly thread: 'worker' | 'caller';
  open(model: OpenModel): Promise<EngineSession>;
  /** Undefined for weights that cannot be screened in 8 bits. */
  screenFile(order: ScreenFileOrder): Promise<ScreenFile | undefined>;
  /** Ends when everything before it is done; leaves no thread. */
  close(): Promise<void>;
}
