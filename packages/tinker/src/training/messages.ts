// Protobuf package tinker_public of the Python client (proto/tinker_public_pb2.pyi). Arrays are raw little-endian bytes.
import { invalidArgument, SomaKitError } from '@somakit/core';
import { createWriter, doubleOf, entryOf, type Field, intsOf, readFields, textOf, type Writer } from './protobuf.js';

export type TensorType = 'float32' | 'int64';

/** Numbers with a shape. `int64` holds token ids and the like, which a `number` holds exactly. */
export interface Tensor {
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export type PromptChunk =
  | { readonly type: 'encoded_text'; readonly tokens: readonly number[] }
  | {
      readonly type: 'image';
      readonly data: Uint8Array;
      readonly format: 'png' | 'jpeg';
      readonly expectedTokens?: number | undefined;
    };

/** One example: what goes in, and what the loss needs for each token. */
export interface Datum {
  readonly modelInput: readonly number[] | readonly PromptChunk[];
  /** Plain lists get the type that the name has by custom: `target_tokens` int64, others float32. */
  readonly lossFnInputs: Readonly<Record<string, Tensor | Float32Array | readonly number[]>>;
}

export interface ForwardBackwardOutput {
  readonly lossFnOutputType: string;
  /** `name:reduction`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** One for each datum. */
  readonly lossFnOutputs: readonly Readonly<Record<string, Tensor>>[];
}

export interface SampledSequence {
  readonly stopReason: 'stop' | 'length' | 'UNKNOWN';
  /** For training on it; from the submission. */
  readonly sequenceId: string | null;
  readonly tokens: readonly number[];
  readonly logprobs: readonly number[] | null;
}

export interface SampleResult {
  readonly sequences: readonly SampledSequence[];
  /** Null where there is none: the first token for one. */
  readonly promptLogprobs: readonly (number | null)[] | null;
  readonly promptCacheHitTokens: number;
}

const DTYPES = { float32: 1, int64: 2 } as const;

/** A prompt as chunks. */
export const chunksOf = (input: readonly number[] | readonly PromptChunk[]): readonly PromptChunk[] =>
  input.length > 0 && typeof input[0] === 'object'
    ? (input as readonly PromptChunk[])
    : [{ type: 'encoded_text', tokens: input as readonly number[] }];

const littleEndian = (length: number, size: number, set: (view: DataView, at: number, i: number) => void) => {
  const bytes = new Uint8Array(length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < length; i++) set(view, i * size, i);
  return bytes;
};

const checkInt = (name: string, value: number | undefined, bound: number): number => {
  if (!Number.isSafeInteger(value) || Math.abs(value as number) > bound) throw invalidArgument(name, 'integers', value);
  return value as number;
};

const int32s = (name: string, values: readonly number[]): Uint8Array =>
  littleEndian(values.length, 4, (view, at, i) => view.setInt32(at, checkInt(name, values[i], 2 ** 31 - 1), true));

const asTensor = (name: string, value: Tensor | Float32Array | readonly number[]): Tensor => {
  if ('dtype' in value) return value;
  const data = Array.from(value);
  return { dtype: name === 'target_tokens' ? 'int64' : 'float32', shape: [data.length], data };
};

const writeTensor = (name: string, { dtype, shape, data }: Tensor, writer: Writer): void => {
  const size = shape.reduce((product, each) => product * each, 1);
  if (size !== data.length) throw invalidArgument(name, `${size} numbers, as its shape says`, data.length);
  writer.bytes(
    1,
    dtype === 'int64'
      ? littleEndian(data.length, 8, (view, at, i) =>
          view.setBigInt64(at, BigInt(checkInt(name, data[i], Number.MAX_SAFE_INTEGER)), true),
        )
      : littleEndian(data.length, 4, (view, at, i) => view.setFloat32(at, data[i]!, true)),
  );
  writer.varint(3, DTYPES[dtype]);
  writer.packed(4, shape);
};

/** One datum as its message. */
export const encodeDatum = ({ modelInput, lossFnInputs }: Datum): Uint8Array => {
  const writer = createWriter();
  for (const chunk of chunksOf(modelInput)) {
    writer.message(1, (outer) => {
      if (chunk.type === 'encoded_text') {
        outer.message(1, (inner) => {
          if (chunk.tokens.length > 0) inner.bytes(1, int32s('tokens', chunk.tokens));
        });
      } else {
        outer.message(2, (inner) => {
          inner.bytes(1, chunk.data);
          inner.text(2, chunk.format);
          if (chunk.expectedTokens !== undefined) inner.varint(3, chunk.expectedTokens);
        });
      }
    });
  }
  for (const [name, value] of Object.entries(lossFnInputs)) {
    writer.message(2, (entry) => {
      entry.text(1, name);
      entry.message(2, (inner) => writeTensor(name, asTensor(name, value), inner));
    });
  }
  return writer.finish();
};

export interface ForwardBackwardMessage {
  readonly modelId: string;
  readonly seqId: number;
  /** Encoded. */
  readonly data: readonly Uint8Array[];
  readonly lossFn: string;
  readonly lossFnConfig?: Readonly<Record<string, number | string>> | undefined;
  readonly forwardOnly: boolean;
}

/** `ForwardBackwardRequest`. Numbers of the configuration go into both of its maps, texts into the newer one. */
export const encodeForwardBackward = (message: ForwardBackwardMessage): Uint8Array => {
  const { modelId, seqId, data, lossFn, lossFnConfig = {}, forwardOnly } = message;
  const writer = createWriter();
  writer.text(1, modelId);
  writer.varint(2, seqId);
  for (const datum of data) writer.bytes(3, datum);
  writer.text(4, lossFn);
  const config = Object.entries(lossFnConfig);
  for (const [name, value] of config) {
    if (typeof value !== 'number') continue;
    writer.message(5, (entry) => {
      entry.text(1, name);
      entry.double(2, value);
    });
  }
  if (forwardOnly) writer.varint(6, 1);
  for (const [name, value] of config) {
    writer.message(7, (entry) => {
      entry.text(1, name);
      entry.message(2, (inner) => {
        if (typeof value === 'number') inner.double(1, value);
        else inner.text(2, value);
      });
    });
  }
  return writer.finish();
};

// Proto enum DType: 0 unspecified, 1 float32, 2 int64, 3 int32, 4 bfloat16.
const readNumbers = (bytes: Uint8Array, dtype: number): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = elementSize(dtype);
  if (bytes.length % size !== 0) {
    throw new SomaKitError('TINKER_PROTOBUF', 'The answer has a broken array.', {
      context: { problem: `${bytes.length} bytes for elements of ${size}` },
    });
  }
  const bits = new DataView(new ArrayBuffer(4));
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const at = i * size;
    if (dtype === 2) return Number(view.getBigInt64(at, true));
    if (dtype === 3) return view.getInt32(at, true);
    if (dtype !== 4) return view.getFloat32(at, true);
    bits.setUint16(0, view.getUint16(at, true));
    return bits.getFloat32(0);
  });
};

const MAX_EMPTY_ROWS = 65_536;

const elementSize = (dtype: number): number => (dtype === 2 ? 8 : dtype === 4 ? 2 : 4);

/** The tensors of each datum, out of one array for all. */
const splitTensors = (bytes: Uint8Array): Tensor[] => {
  let data: Uint8Array = new Uint8Array(0);
  let offsets: number[] = [];
  let dtype = 0;
  const trailing: number[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === 1) data = field.bytes;
    else if (field.number === 2) offsets = readNumbers(field.bytes, 2);
    else if (field.number === 3) dtype = Number(field.int);
    else if (field.number === 4) trailing.push(...intsOf(field));
  }
  const row = trailing.reduce((product, each) => product * each, 1);
  return offsets.slice(1).map((end, i) => {
    const numbers = readNumbers(data.subarray(offsets[i], end), dtype);
    const type = dtype === 2 || dtype === 3 ? 'int64' : 'float32';
    return { dtype: type, shape: [row === 0 ? 0 : numbers.length / row, ...trailing], data: numbers };
  });
};

export const decodeForwardBackward = (bytes: Uint8Array): ForwardBackwardOutput => {
  let type = '';
  const metrics: Record<string, number> = {};
  const outputs: Record<string, Tensor>[] = [];
  for (const field of readFields(bytes)) {
    if (field.number === 1) type = textOf(field).split(':').at(-1)!;
    else if (field.number === 3) {
      const [name, value] = entryOf(field);
      metrics[name] = value === undefined ? 0 : doubleOf(value);
    } else if (field.number === 2) {
      const columns: [string, Tensor[]][] = [];
      let count = 0;
      for (const inner of readFields(field.bytes)) {
        if (inner.number === 3) count = Number(inner.int);
        else if (inner.number === 2) {
          const [name, value] = entryOf(inner);
          columns.push([name, value === undefined ? [] : splitTensors(value.bytes)]);
        }
      }
      // A count that no column bears out is not to be believed.
      const rows = Math.min(count, Math.max(MAX_EMPTY_ROWS, ...columns.map(([, tensors]) => tensors.length)));
      for (let i = 0; i < rows; i++) {
        const row: Record<string, Tensor> = {};
        for (const [name, tensors] of columns) {
          const tensor = tensors[i];
          if (tensor !== undefined) row[name] = tensor;
        }
        outputs.push(row);
      }
    }
  }
  return { lossFnOutputType: type, metrics, lossFnOutputs: outputs };
};

const nanToNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

const readSequence = (field: Field, sequenceId: string | null): SampledSequence => {
  let stop = 0;
  let tokens: number[] = [];
  let logprobs: number[] | null = null;
  for (const inner of readFields(field.bytes)) {
    if (inner.number === 1) stop = Number(inner.int);
    else if (inner.number === 2) tokens = readNumbers(inner.bytes, 3);
    else if (inner.number === 3) logprobs = readNumbers(inner.bytes, 1);
  }
  return { stopReason: stop === 0 ? 'stop' : stop === 1 ? 'length' : 'UNKNOWN', sequenceId, tokens, logprobs };
};

export const decodeSample = (bytes: Uint8Array, sequenceIds: readonly string[]): SampleResult => {
  const sequences: SampledSequence[] = [];
  let promptLogprobs: (number | null)[] | null = null;
  let hits = 0;
  for (const field of readFields(bytes)) {
    if (field.number === 1) sequences.push(readSequence(field, sequenceIds[sequences.length] ?? null));
    else if (field.number === 2) promptLogprobs = readNumbers(field.bytes, 1).map(nanToNull);
    else if (field.number === 4) hits = Number(field.int);
  }
  return { sequences, promptLogprobs, promptCacheHitTokens: hits };
};

// Names of metrics end in how chunks are put together.
const REDUCTIONS: Readonly<Record<string, (values: readonly number[], weights: readonly number[]) => number>> = {
  sum: (values) => values.reduce((sum, each) => sum + each, 0),
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  mean: (values, weights) => {
    const total = weights.reduce((sum, each) => sum + each, 0);
    return values.reduce((sum, each, i) => sum + each * weights[i]!, 0) / total;
  },
  slack: (values, weights) => Math.max(...values) - REDUCTIONS.mean!(values, weights),
  hash2: (values) =>
    Number(
      BigInt.asUintN(
        64,
        values.reduce((sum, each) => sum + BigInt(Math.trunc(each)), 0n),
      ),
    ),
};

/** The outputs of chunks as one: rows one after the other, metrics by the reduction in their names; unknown ones drop out. */
export const mergeOutputs = (parts: readonly ForwardBackwardOutput[]): ForwardBackwardOutput => {
  const [first] = parts;
  if (first === undefined || parts.length === 1)
    return first ?? { lossFnOutputType: '', metrics: {}, lossFnOutputs: [] };
  const metrics: Record<string, number> = {};
  const weights = parts.map((part) => part.lossFnOutputs.length);
  for (const name of Object.keys(first.metrics)) {
    if (!parts.every((part) => Object.hasOwn(part.metrics, name))) continue;
    const values = parts.map((part) => part.metrics[name]!);
    const reduction = name.split(':').at(-1)!;
    if (reduction === 'unique') {
      values.forEach((value, i) => {
        metrics[i === 0 ? name : `${name}_${i}`] = value;
      });
    } else if (Object.hasOwn(REDUCTIONS, reduction)) {
      metrics[name] = REDUCTIONS[reduction]!(values, weights);
    }
  }
  return {
    lossFnOutputType: first.lossFnOutputType,
    metrics,
    lossFnOutputs: parts.flatMap((part) => part.lossFnOutputs),
  };
};
