import { type ResolvedConfig, weightTable } from './config.js';
import { invalidWeights } from './errors.js';

/** Element types that a weight may have: everything is made f32. The reference takes no other, not even on unused keys. */
export type Dtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U64' | 'U32' | 'U8' | 'BOOL';

const ELEMENT_BYTES: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U8: 1,
  BOOL: 1,
};

/** One tensor of a weight file. */
export interface TensorEntry {
  readonly key: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** The longest header that a safetensors file may have. Source: safetensors 0.6.2. */
export const MAX_HEADER_BYTES = 100_000_000;

/**
 * The length of a safetensors header from the file's first 8 bytes.
 *
 * @throws INVALID_WEIGHTS when the file is shorter, or the header longer than allowed or than the file.
 */
export const safetensorsHeaderLength = (
  start: Uint8Array,
  fileSize: number,
  maxHeaderBytes: number = MAX_HEADER_BYTES,
): number => {
  if (fileSize < 8 || start.length < 8) throw invalidWeights('container', [`the file has only ${fileSize} bytes`]);
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    throw invalidWeights('container', [`the header claims ${length} bytes, more than ${maxHeaderBytes}`]);
  }
  if (length > BigInt(fileSize - 8)) {
    throw invalidWeights('container', [`the header claims ${length} bytes in a file of ${fileSize}`]);
  }
  return Number(length);
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const named = (key: string): string => JSON.stringify(key.length > 100 ? `${key.slice(0, 100)}...` : key);

const readJson = (header: Uint8Array): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header));
  } catch {
    throw invalidWeights('container', ['the header is no JSON']);
  }
  if (!isObject(value)) throw invalidWeights('container', ['the header is no JSON object']);
  return value;
};

const readTensor = (key: string, info: unknown, dataStart: number): TensorEntry => {
  if (!isObject(info)) throw invalidWeights('container', [`${named(key)} is described by no object`]);
  const { dtype, shape, data_offsets: offsets } = info;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    throw invalidWeights('dtype', [`${named(key)} has the element type ${named(String(dtype))}`]);
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw invalidWeights('layout', [`${named(key)} has no shape of whole numbers`]);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw invalidWeights('layout', [`${named(key)} has no two offsets`]);
  }
  const [begin, end] = offsets as [number, number];
  let bytes = ELEMENT_BYTES[dtype as Dtype];
  for (const size of shape as number[]) {
    bytes *= size;
    // Beyond this the product is no longer exact, and no file is so large.
    if (!Number.isSafeInteger(bytes)) throw invalidWeights('layout', [`${named(key)} is larger than any file`]);
  }
  if (end < begin || bytes !== end - begin) {
    throw invalidWeights('layout', [`${named(key)} needs ${bytes} bytes and has offsets ${begin} to ${end}`]);
  }
  return { key, dtype: dtype as Dtype, shape: shape as number[], offset: dataStart + begin, length: bytes };
};

/**
 * The tensors of a safetensors file from its header, checked as the reference's loader checks them: offsets without gaps
 * and overlaps, exactly to the end of the file, lengths that fit shape and element type.
 *
 * @param header The header's bytes, without the 8 that give its length.
 * @throws INVALID_WEIGHTS
 * @example
 * import { parseSafetensorsHeader } from '@somakit/scoring/core';
 * const header = new TextEncoder().encode('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}');
 * console.log(parseSafetensorsHeader(header, 8 + header.length + 8)[0]?.key); // a
 */
export const parseSafetensorsHeader = (header: Uint8Array, fileSize: number): readonly TensorEntry[] => {
  const dataStart = 8 + header.length;
  const tensors: TensorEntry[] = [];
  for (const [key, info] of Object.entries(readJson(header))) {
    if (key === '__metadata__') {
      if (!isObject(info) || !Object.values(info).every((value) => typeof value === 'string')) {
        throw invalidWeights('container', ['__metadata__ is no map of texts']);
      }
    } else tensors.push(readTensor(key, info, dataStart));
  }
  tensors.sort((a, b) => a.offset - b.offset || a.length - b.length);
  let at = dataStart;
  for (const { key, offset, length } of tensors) {
    if (offset !== at) {
      throw invalidWeights('layout', [`${named(key)} begins at ${offset - dataStart}, not at ${at - dataStart}`]);
    }
    at += length;
  }
  if (at !== fileSize) {
    throw invalidWeights('layout', [`the tensors end at byte ${at} of a file of ${fileSize}`]);
  }
  return tensors;
};

/**
 * The tensors that a model needs, by key, out of those that a file has. Others are left out, as the reference does.
 *
 * @throws INVALID_WEIGHTS: wrong shapes first, then missing keys.
 */
export const selectWeights = (
  tensors: readonly TensorEntry[],
  config: ResolvedConfig,
): ReadonlyMap<string, TensorEntry> => {
  const byKey = new Map(tensors.map((tensor) => [tensor.key, tensor]));
  const selected = new Map<string, TensorEntry>();
  const wrong: string[] = [];
  const missing: string[] = [];
  for (const [key, shape] of weightTable(config)) {
    const tensor = byKey.get(key);
    if (tensor === undefined) missing.push(`${key} is missing`);
    else if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
      wrong.push(`${key} is [${tensor.shape.slice(0, 8).join(', ')}], not [${shape.join(', ')}]`);
    } else selected.set(key, tensor);
  }
  if (wrong.length > 0) throw invalidWeights('shape', wrong);
  if (missing.length > 0) throw invalidWeights('missing', missing);
  return selected;
};
