import { open, realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { invalidArgument, SomaKitError } from '@somakit/core';
import type { ResolvedConfig } from '../../core/config.js';
import { invalidWeights } from '../../core/errors.js';
import {
  parseSafetensorsHeader,
  safetensorsHeaderLength,
  selectWeights,
  type TensorEntry,
} from '../../core/safetensors.js';

/** Where the engine finds a model's weights. */
export interface WeightPlace {
  /** Folder of the file; undefined for bytes. */
  readonly folder: string | undefined;
  readonly location: string;
  readonly bytes?: Uint8Array | undefined;
}

/** A weight file that has been checked, as the engine will see it. */
export interface WeightFile {
  readonly place: WeightPlace;
  readonly weights: ReadonlyMap<string, TensorEntry>;
  readonly size: number;
}

/** Reads and checks the header alone. @throws INVALID_WEIGHTS, INVALID_ARGUMENT */
export const openWeightFile = async (path: string, config: ResolvedConfig): Promise<WeightFile> => {
  const handle = await open(path).catch((cause: unknown) => {
    throw new SomaKitError('INVALID_ARGUMENT', `The weight file ${path} cannot be read.`, {
      context: { argument: 'models', expected: 'the path of a file that can be read', received: path },
      cause,
    });
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw invalidArgument('models', 'the path of a file', path);
    const read = async (length: number, at: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
        if (bytesRead === 0) throw invalidWeights('container', ['the file is cut off']);
        done += bytesRead;
      }
      return bytes;
    };
    const start = await read(Math.min(8, stats.size), 0);
    const header = await read(safetensorsHeaderLength(start, stats.size), 8);
    const weights = selectWeights(parseSafetensorsHeader(header, stats.size), config);
    // The engine refuses links that leave the folder.
    const real = await realpath(path);
    return { place: { folder: dirname(real), location: basename(real) }, weights, size: stats.size };
  } finally {
    await handle.close();
  }
};

/** The same for weights in memory. @throws INVALID_WEIGHTS */
export const openWeightBytes = (bytes: Uint8Array, config: ResolvedConfig): WeightFile => {
  const length = safetensorsHeaderLength(bytes, bytes.length);
  const weights = selectWeights(parseSafetensorsHeader(bytes.subarray(8, 8 + length), bytes.length), config);
  return { place: { folder: undefined, location: 'weights', bytes }, weights, size: bytes.length };
};
