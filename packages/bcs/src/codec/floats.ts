import { invalidArgument } from '@somakit/core';
import { type Codec, define, type Json } from './codec.js';
import { Fault, within, wrongValue } from './errors.js';
import { bytesFromJson } from './primitives.js';
import { type Reader, take, takeByte, takeLength } from './reader.js';
import { isObject } from './struct.js';
import { putByte, putUleb, reserve, type Writer } from './writer.js';

const LITTLE_ENDIAN = /* @__PURE__ */ new Uint8Array(/* @__PURE__ */ new Uint32Array([1]).buffer)[0] === 1;
// From here on one copy of all bytes beats a loop over the values.
const MANY = 24;

const bitsOf = (floats: Float32Array): Int32Array => new Int32Array(floats.buffer, floats.byteOffset, floats.length);
const bytesOf = (floats: Float32Array): Uint8Array =>
  new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);

// Floats are moved as bytes or integers: a NaN that passes through a JavaScript number may lose its bits.
const readFloats = (reader: Reader, count: number): Float32Array => {
  const start = take(reader, count * 4);
  const floats = new Float32Array(count);
  if (count >= MANY && LITTLE_ENDIAN) {
    bytesOf(floats).set(reader.bytes.subarray(start, reader.offset));
    return floats;
  }
  const bits = bitsOf(floats);
  for (let i = 0; i < count; i++) bits[i] = reader.view.getInt32(start + 4 * i, true);
  return floats;
};

const writeFloats = (writer: Writer, floats: Float32Array): void => {
  const start = reserve(writer, floats.length * 4);
  if (floats.length >= MANY && LITTLE_ENDIAN) {
    writer.bytes.set(bytesOf(floats), start);
    return;
  }
  const bits = bitsOf(floats);
  for (let i = 0; i < bits.length; i++) writer.view.setInt32(start + 4 * i, bits[i] as number, true);
};

const checkFloats = (value: unknown): Float32Array => {
  if (value instanceof Float32Array) return value;
  throw wrongValue('a Float32Array', value);
};

/** The bits of each float as eight hex digits, the highest first. */
const floatsToJson = (floats: Float32Array): Json =>
  Array.from(bitsOf(floats), (bits) => (bits >>> 0).toString(16).padStart(8, '0'));

const floatsFromJson = (json: unknown): Float32Array => {
  if (!Array.isArray(json)) throw wrongValue('an array of 8 hex digits each, or of numbers', json);
  const floats = new Float32Array(json.length);
  const bits = bitsOf(floats);
  json.forEach((item, i) => {
    if (typeof item === 'string' && /^[0-9a-fA-F]{8}$/.test(item)) bits[i] = Number.parseInt(item, 16) | 0;
    else if (typeof item === 'number') floats[i] = item;
    else throw within(wrongValue('8 hex digits of a binary32, or a number', item), `[${i}]`);
  });
  return floats;
};

/** Floats as a vector of the u32 of their bits. Source: scoring/src/types.rs. */
export const f32Bits: Codec<Float32Array> = /* @__PURE__ */ define<Float32Array>({
  name: 'vector<f32 bits>',
  shape: { type: 'floats' },
  minSize: 1,
  read: (reader) => readFloats(reader, takeLength(reader, 4)),
  write: (writer, value) => {
    putUleb(writer, checkFloats(value).length);
    writeFloats(writer, value);
  },
  writeJson: (value) => floatsToJson(checkFloats(value)),
  readJson: floatsFromJson,
});

/** Binary32 values in row-major order, and the sizes of the dimensions. A scalar has the shape `[1]`. */
export interface SomaTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const volume = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

const checkTensor = (value: unknown): SomaTensor => {
  if (!isObject(value)) throw wrongValue('a tensor, { shape, data }', value);
  const { shape, data } = value as unknown as SomaTensor;
  if (!Array.isArray(shape)) throw within(wrongValue('an array of the sizes of the dimensions', shape), '.shape');
  for (let i = 0; i < shape.length; i++) {
    if (!Number.isSafeInteger(shape[i]) || shape[i] < 0) {
      throw within(within(wrongValue('a whole number from 0 to 2^53-1', shape[i]), `[${i}]`), '.shape') as Fault;
    }
  }
  if (!(data instanceof Float32Array)) throw within(wrongValue('a Float32Array', data), '.data');
  if (volume(shape) !== data.length) {
    throw within(wrongValue(`${volume(shape)} values, as the shape [${shape}] says`, data.length), '.data');
  }
  return { shape, data };
};

/** Binary32 numbers with a shape. Source: protocol-config/src/tensor.rs, SomaTensor (dtype u8, bytes, shape vec<u64>). */
export const SomaTensor: Codec<SomaTensor> = /* @__PURE__ */ define<SomaTensor>({
  name: 'SomaTensor',
  shape: { type: 'tensor' },
  minSize: 3,
  read: (reader) => {
    const dtype = takeByte(reader);
    if (dtype !== 0) throw new Fault('BCS_INVALID_VALUE', 'the dtype byte 0 (F32)', dtype, reader.offset - 1);
    const start = reader.offset;
    const length = takeLength(reader, 1);
    if (length % 4 !== 0) throw new Fault('BCS_INVALID_VALUE', 'a multiple of 4 bytes', `${length}`, start);
    const data = readFloats(reader, length / 4);
    const shapeStart = reader.offset;
    const rank = takeLength(reader, 8);
    const shape: number[] = [];
    for (let i = 0; i < rank; i++) {
      const offset = take(reader, 8);
      const size = reader.view.getUint32(offset, true) + reader.view.getUint32(offset + 4, true) * 2 ** 32;
      if (size > Number.MAX_SAFE_INTEGER) {
        throw within(
          new Fault('BCS_INVALID_VALUE', 'the size of a dimension, at most 2^53-1', 'more', offset),
          `.shape[${i}]`,
        );
      }
      shape.push(size);
    }
    if (volume(shape) !== data.length) {
      const expected = `a shape of ${data.length} values`;
      throw within(new Fault('BCS_INVALID_VALUE', expected, `${volume(shape)} in all`, shapeStart), '.shape');
    }
    return { shape, data };
  },
  write: (writer, value) => {
    const { shape, data } = checkTensor(value);
    putByte(writer, 0);
    putUleb(writer, data.length * 4);
    writeFloats(writer, data);
    putUleb(writer, shape.length);
    for (const size of shape) {
      const offset = reserve(writer, 8);
      writer.view.setUint32(offset, size, true);
      writer.view.setUint32(offset + 4, Math.floor(size / 2 ** 32), true);
    }
  },
  writeJson: (value) => {
    const { shape, data } = checkTensor(value);
    return { shape: [...shape], f32_bits: floatsToJson(data) };
  },
  readJson: (json) => {
    if (!isObject(json)) throw wrongValue('an object with shape and f32_bits', json);
    const { shape, f32_bits, dtype, bytes, ...rest } = json;
    const other = Object.keys(rest)[0];
    if (other !== undefined) throw within(wrongValue('no such field', rest[other]), `.${other}`);
    if (dtype !== undefined && dtype !== 0) throw within(wrongValue('0 (F32)', dtype), '.dtype');
    try {
      // The chain's own JSON has the little-endian bytes instead.
      if (f32_bits !== undefined) return checkTensor({ shape, data: floatsFromJson(f32_bits) });
      const raw = bytesFromJson(bytes, undefined);
      if (raw.length % 4 !== 0) throw wrongValue('a multiple of 4 bytes', raw.length);
      const data = new Float32Array(raw.length / 4);
      const view = new DataView(raw.buffer);
      bitsOf(data).forEach((_, i, bits) => {
        bits[i] = view.getInt32(4 * i, true);
      });
      return checkTensor({ shape, data });
    } catch (error) {
      throw error instanceof Fault && error.segments.length === 0 ? within(error, '.data') : error;
    }
  },
});

/**
 * A tensor of one dimension, or of one value: what embeddings, distances and thresholds are.
 *
 * @example
 * import { tensor } from '@somakit/bcs';
 * tensor([0.5]); // { shape: [1], data: Float32Array [0.5] }
 * @throws INVALID_ARGUMENT when `values` is neither an array of numbers nor a Float32Array.
 */
export const tensor = (values: Float32Array | readonly number[]): SomaTensor => {
  if (values instanceof Float32Array) return { shape: [values.length], data: values };
  if (!Array.isArray(values) || values.some((value) => typeof value !== 'number')) {
    throw invalidArgument('values', 'a Float32Array or an array of numbers', values);
  }
  return { shape: [values.length], data: Float32Array.from(values) };
};
