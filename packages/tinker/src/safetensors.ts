import { invalidArgument, isError, parseJson, SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** Bytes are no safetensors file, or one that does not fit its own header. */
    SAFETENSORS_INVALID: { readonly problem: string; readonly tensor?: string };
  }
}

export interface TensorInfo {
  readonly name: string;
  /** As the file names it: `F32`, `BF16`, `F16`, `I64`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly parameterCount: number;
  /** Where its bytes are, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** In the order of their bytes. */
  readonly tensors: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly parameterCount: number;
  /** With the eight bytes of its own length. */
  readonly headerBytes: number;
  readonly dataBytes: number;
}

// The limit of the reference reader.
const MAX_HEADER = 100_000_000;
// Bits of an element; unknown kinds come through without this check.
const BITS: Readonly<Record<string, number>> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  U16: 16,
  I16: 16,
  F16: 16,
  BF16: 16,
  U32: 32,
  I32: 32,
  F32: 32,
  U64: 64,
  I64: 64,
  F64: 64,
};

const refuse = (problem: string, tensor?: string, cause?: unknown): never => {
  const where = tensor === undefined ? '' : ` (tensor ${JSON.stringify(tensor.slice(0, 200))})`;
  throw new SomaKitError('SAFETENSORS_INVALID', `This is no sound safetensors file: ${problem}${where}.`, {
    context: { problem, ...(tensor === undefined ? {} : { tensor }) },
    cause,
  });
};

/** The length of the header by its first eight bytes. @throws SAFETENSORS_INVALID */
export const safetensorsHeaderLength = (head: Uint8Array, fileSize?: number): number => {
  if (head.length < 8) return refuse('it has fewer than eight bytes');
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  if (length < 2) return refuse('its header is empty');
  if (length > MAX_HEADER) return refuse(`its header claims ${length} bytes`);
  if (fileSize !== undefined && 8 + length > fileSize) return refuse('its header is longer than the file');
  return length;
};

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const readTensor = (name: string, value: unknown): TensorInfo => {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof dtype !== 'string') return refuse('dtype is no text', name);
  if (!Array.isArray(shape) || !shape.every(isCount)) return refuse('shape is no list of sizes', name);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return refuse('data_offsets are no two positions', name);
  }
  const [begin, end] = offsets as [number, number];
  const parameterCount = (shape as number[]).reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(parameterCount)) return refuse('shape is too large', name);
  const bits = BITS[dtype];
  if (end < begin || (bits !== undefined && (end - begin) * 8 !== parameterCount * bits)) {
    return refuse('its bytes do not fit shape and dtype', name);
  }
  return { name, dtype, shape: shape as number[], parameterCount, begin, end };
};

/**
 * Reads the header of a safetensors file. `bytes` begin at the start of the file and need not go beyond the header;
 * `fileSize` lets it check that the file is whole. The tensors must lie one after the other without gaps, as the
 * format demands.
 *
 * @throws SAFETENSORS_INVALID
 * @example
 * import { parseSafetensors } from '@somakit/tinker';
 * const header = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
 * const bytes = new Uint8Array(8 + header.length + 8);
 * new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
 * bytes.set(new TextEncoder().encode(header), 8);
 * parseSafetensors(bytes, { fileSize: bytes.length }).parameterCount; // 2
 */
export const parseSafetensors = (
  bytes: Uint8Array,
  { fileSize }: { readonly fileSize?: number | undefined } = {},
): Safetensors => {
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('bytes', 'bytes', bytes);
  const length = safetensorsHeaderLength(bytes, fileSize);
  if (bytes.length < 8 + length) return refuse('its header is cut off');
  let header: unknown;
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (error) {
    return refuse(isError(error) ? 'its header is not JSON' : 'its header is not UTF-8', undefined, error);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return refuse('its header is no object');
  const { __metadata__: given = {}, ...rest } = header as Readonly<Record<string, unknown>>;
  const isTexts =
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((each) => typeof each === 'string');
  if (!isTexts) return refuse('__metadata__ is no object of texts');
  const tensors = Object.entries(rest)
    .map(([name, value]) => readTensor(name, value))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const tensor of tensors) {
    if (tensor.begin !== end) return refuse('there is a gap or an overlap before it', tensor.name);
    end = tensor.end;
  }
  if (fileSize !== undefined && 8 + length + end !== fileSize) {
    return refuse(`the file has ${fileSize} bytes instead of ${8 + length + end}`);
  }
  return {
    tensors,
    metadata: given as Readonly<Record<string, string>>,
    parameterCount: tensors.reduce((sum, { parameterCount }) => sum + parameterCount, 0),
    headerBytes: 8 + length,
    dataBytes: end,
  };
};
