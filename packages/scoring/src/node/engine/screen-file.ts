import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResolvedConfig } from '../../core/config.js';
import type { ScreenedWeight } from '../../core/model-graph.js';
import { isScreened, quantiseColumns } from '../../core/quantise.js';
import type { TensorEntry } from '../../core/safetensors.js';
import type { WeightFile, WeightPlace } from '../blobs/weight-file.js';

/** A model's weights with its large matrices in 8 bits. */
export interface ScreenFile {
  readonly place: WeightPlace;
  readonly weights: ReadonlyMap<string, TensorEntry>;
  readonly screened: ReadonlyMap<string, ScreenedWeight>;
  readonly size: number;
}

const layout = (source: WeightFile): Omit<ScreenFile, 'place'> => {
  const weights = new Map<string, TensorEntry>();
  const screened = new Map<string, ScreenedWeight>();
  let at = 0;
  const take = (length: number): number => {
    const offset = at;
    at += length;
    return offset;
  };
  for (const [key, entry] of source.weights) {
    if (!isScreened(key)) {
      weights.set(key, { ...entry, offset: take(entry.length) });
      continue;
    }
    const [rows, columns] = entry.shape as [number, number];
    screened.set(key, {
      rows,
      columns,
      values: { offset: take(rows * columns), length: rows * columns },
      scales: { offset: take(columns * 4), length: columns * 4 },
    });
  }
  return { weights, screened, size: at };
};

const writeTo = async (
  source: WeightFile,
  target: FileHandle,
  { weights, screened }: Omit<ScreenFile, 'place'>,
  limit: number,
) => {
  const { folder, location, bytes } = source.place;
  const input = bytes === undefined ? await open(join(folder!, location)) : undefined;
  const read = async ({ offset, length }: TensorEntry): Promise<Uint8Array> => {
    // A copy of its own: offsets of a weight file need not be aligned.
    const out = new Uint8Array(length);
    if (input === undefined) out.set(bytes!.subarray(offset, offset + length));
    else
      for (let done = 0; done < length; ) {
        const { bytesRead } = await input.read(out, done, length - done, offset + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    return out;
  };
  const write = async (part: Uint8Array, position: number): Promise<void> => {
    for (let done = 0; done < part.length; )
      done += (await target.write(part, done, part.length - done, position + done)).bytesWritten;
  };
  try {
    for (const [key, entry] of source.weights) {
      const raw = await read(entry);
      const place = screened.get(key);
      if (place === undefined) await write(raw, weights.get(key)!.offset);
      else {
        const { values, scales } = quantiseColumns(new Float32Array(raw.buffer), place.columns, limit);
        await write(new Uint8Array(values.buffer), place.values.offset);
        await write(new Uint8Array(scales.buffer), place.scales.offset);
      }
    }
  } finally {
    await input?.close();
  }
};

/**
 * Makes the 8-bit copy of a model in `folder`, once. Undefined for weights that are not f32: those are screened with the exact
 * model.
 *
 * @param limit The largest whole number of a matrix: see `int8Limit`.
 */
export const openScreenFile = async (
  source: WeightFile,
  identity: string,
  folder: string,
  config: ResolvedConfig,
  limit: number,
): Promise<ScreenFile | undefined> => {
  for (const { key, dtype } of source.weights.values()) if (isScreened(key) && dtype !== 'F32') return undefined;
  await mkdir(folder, { recursive: true });
  const parts = layout(source);
  const name = createHash('sha256')
    .update(`int8-${limit}/${identity}/${JSON.stringify(config)}`)
    .digest('hex');
  const path = join(folder, name);
  const known = await stat(path).catch(() => undefined);
  if (known?.size !== parts.size) {
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      const target = await open(temporary, 'wx');
      try {
        await writeTo(source, target, parts, limit);
      } finally {
        await target.close();
      }
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
  return { ...parts, place: { folder, location: name } };
};
