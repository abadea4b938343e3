import { open } from 'node:fs/promises';
import { invalidArgument } from '@somakit/core';

/** Far more than any model's embedding: a weight file given by mistake is refused before it is read. */
const MAX_BYTES = 2 ** 26;

const EXPECTED = 'numbers separated by commas, or a file: JSON, CSV, .f32 (raw little-endian), .npy or .safetensors';

const bad = (argument: string, problem: string) => invalidArgument(argument, EXPECTED, undefined, `${problem}.`);

/** Every value as the f32 that goes on chain. */
const finish = (argument: string, values: ArrayLike<number>): Float32Array => {
  const floats = Float32Array.from(values);
  if (floats.length === 0) throw bad(argument, 'It has no values');
  const wrong = floats.findIndex((each) => !Number.isFinite(each));
  if (wrong >= 0) throw bad(argument, `Value ${wrong + 1} is no finite 32-bit number`);
  return floats;
};

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const fromText = (argument: string, text: string): Float32Array => {
  const parts = text
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(/[\s,;]+/)
    .filter((part) => part !== '');
  const wrong = parts.findIndex((part) => !NUMBER.test(part));
  if (wrong >= 0) throw bad(argument, `Value ${wrong + 1} is no number`);
  return finish(argument, parts.map(Number));
};

const fromJson = (argument: string, text: string): Float32Array => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(argument, 'It is no JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    value = (value as { embedding?: unknown }).embedding;
  }
  // One row of a matrix, as libraries write a batch of one.
  if (Array.isArray(value) && value.length === 1 && Array.isArray(value[0])) value = value[0];
  if (!Array.isArray(value) || !value.every((each): each is number => typeof each === 'number')) {
    throw bad(argument, 'JSON must be a list of numbers, or an object with such a list as `embedding`');
  }
  return finish(argument, value);
};

const halfToFloat = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

const READERS: Readonly<
  Record<string, { size: number; read: (view: DataView, at: number, little: boolean) => number }>
> = {
  f32: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f64: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  f16: { size: 2, read: (view, at, little) => halfToFloat(view.getUint16(at, little)) },
  bf16: {
    size: 2,
    read: (view, at, little) => {
      const wide = new DataView(new ArrayBuffer(4));
      wide.setUint32(0, view.getUint16(at, little) << 16);
      return wide.getFloat32(0);
    },
  },
};

const numbersIn = (argument: string, bytes: Uint8Array, type: string, little = true): Float32Array => {
  const { size, read } = READERS[type]!;
  if (bytes.length % size !== 0) throw bad(argument, `Its ${bytes.length} bytes are no whole number of values`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return finish(
    argument,
    Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size, little)),
  );
};

/** One vector, or a batch of one. */
const isVector = (shape: readonly number[]): boolean => shape.filter((side) => side !== 1).length <= 1;

/** Source: numpy's format description, versions 1 to 3. */
const fromNpy = (argument: string, bytes: Uint8Array): Float32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wide = bytes[6] !== 1;
  const start = wide ? 12 : 10;
  const length = bytes.length < start ? 0 : wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const [, order = '', type = ''] = /'descr':\s*'([<>|=])(f[248])'/.exec(header) ?? [];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]?.split(',').map(Number);
  if (type === '') throw bad(argument, 'The .npy file must hold floats of 16, 32 or 64 bits');
  if (shape === undefined || !isVector(shape.filter((side) => side !== 0)))
    throw bad(argument, 'The .npy file must hold one vector');
  const name = { f2: 'f16', f4: 'f32', f8: 'f64' }[type]!;
  return numbersIn(argument, bytes.subarray(start + length), name, order !== '>');
};

const fromSafetensors = (argument: string, bytes: Uint8Array, tensor: string | undefined): Float32Array => {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  let entries: [string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown }][];
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, object>;
    entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  } catch {
    throw bad(argument, 'The header of the .safetensors file is no JSON');
  }
  const found =
    tensor !== undefined
      ? entries.find(([name]) => name === tensor)
      : entries.length === 1
        ? entries[0]
        : entries.find(([name]) => name === 'embedding');
  if (found === undefined) {
    throw bad(argument, 'The .safetensors file must hold one tensor, or one named `embedding`; or name it: FILE#NAME');
  }
  const { dtype, shape, data_offsets: offsets } = found[1];
  const type = String(dtype).toLowerCase();
  const [from, to] = Array.isArray(offsets) ? (offsets as number[]) : [];
  const sound =
    Number.isSafeInteger(from) && Number.isSafeInteger(to) && from! <= to! && 8 + length + to! <= bytes.length;
  if (!Object.hasOwn(READERS, type) || !sound || !Array.isArray(shape) || !isVector(shape as number[]))
    throw bad(argument, `The tensor ${found[0].slice(0, 60)} is no vector of F16, BF16, F32 or F64`);
  return numbersIn(argument, bytes.subarray(8 + length + from!, 8 + length + to!), type);
};

const isSafetensors = (bytes: Uint8Array): boolean => {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length >= 2n && length <= BigInt(bytes.length - 8);
};

const readFile = async (argument: string, path: string): Promise<Uint8Array> => {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES) throw bad(argument, `${path} has ${size} bytes, far more than an embedding`);
      return new Uint8Array(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'INVALID_ARGUMENT') throw cause;
    throw bad(argument, `${path} cannot be read (${code})`);
  }
};

const fromBytes = (
  argument: string,
  bytes: Uint8Array,
  extension: string,
  tensor: string | undefined,
): Float32Array => {
  if (bytes.length > 10 && bytes[0] === 0x93 && new TextDecoder().decode(bytes.subarray(1, 6)) === 'NUMPY')
    return fromNpy(argument, bytes);
  if (/^(f32|raw|bin)$/.test(extension)) return numbersIn(argument, bytes, 'f32');
  if (extension === 'safetensors' || isSafetensors(bytes)) {
    if (!isSafetensors(bytes)) throw bad(argument, 'It is no .safetensors file');
    return fromSafetensors(argument, bytes, tensor);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad(argument, 'The bytes are no text; raw numbers need the name .f32');
  }
  if (extension === 'json' || /^\s*[[{]/.test(text)) return fromJson(argument, text);
  return fromText(argument, text);
};

const INLINE = /^[\s[\]\d.,;eE+-]+$/;

/**
 * An embedding, or other values, as given on the command line: `-0.1,0.2`, `[1, 2]`, or the name of a file. Text is read as
 * 64-bit numbers and rounded to 32 bits once, as every client does.
 * @throws INVALID_ARGUMENT
 */
export const readFloats = async (argument: string, given: string): Promise<Float32Array> => {
  const forced = given.startsWith('@');
  if (!forced && INLINE.test(given) && /\d/.test(given)) {
    return given.trim().startsWith('[') ? fromJson(argument, given) : fromText(argument, given);
  }
  const name = forced ? given.slice(1) : given;
  const [, path = name, tensor] = /^(.*\.safetensors)#(.+)$/i.exec(name) ?? [];
  const extension = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return fromBytes(argument, await readFile(argument, path), extension, tensor);
};
