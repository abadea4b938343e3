import { Fault } from './errors.js';

/** Most items in one sequence, and most bytes in one string. */
export const MAX_LENGTH = 0x7fff_ffff;
/** Most structs and enums inside one another. Source: the `bcs` crate, MAX_CONTAINER_DEPTH. */
export const MAX_DEPTH = 500;

/** The input of a codec: read from `offset`, never past `end`. */
export interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly end: number;
  offset: number;
  depth: number;
}

/** A reader over `bytes`, which must not change while it is used. */
export const createReader = (bytes: Uint8Array): Reader => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  end: bytes.length,
  offset: 0,
  depth: 0,
});

const truncated = (reader: Reader, size: number, offset: number): Fault =>
  new Fault('BCS_TRUNCATED', size === 1 ? '1 more byte' : `${size} more bytes`, `${reader.end - offset} left`, offset);

/** Moves on by `size` bytes and gives where they start. */
export const take = (reader: Reader, size: number): number => {
  const { offset } = reader;
  if (size > reader.end - offset) throw truncated(reader, size, offset);
  reader.offset = offset + size;
  return offset;
};

/** The next byte. */
export const takeByte = (reader: Reader): number => {
  const { offset } = reader;
  if (offset >= reader.end) throw truncated(reader, 1, offset);
  reader.offset = offset + 1;
  return reader.bytes[offset] as number;
};

/** A ULEB128 of at most 32 bits in its shortest form. */
export const takeUleb = (reader: Reader): number => {
  const first = takeByte(reader);
  if (first < 0x80) return first;
  const start = reader.offset - 1;
  let value = first & 0x7f;
  let unit = 0x80;
  for (let i = 1; i < 5; i++) {
    const byte = takeByte(reader);
    // Multiplied, not shifted: the fifth byte reaches bit 32.
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) {
      if (byte === 0) {
        throw new Fault(
          'BCS_NOT_CANONICAL',
          'the shortest form of a ULEB128 number',
          `${i + 1} bytes for ${value}`,
          start,
        );
      }
      if (value > 0xffff_ffff) break;
      return value;
    }
    unit *= 0x80;
  }
  throw new Fault('BCS_LIMIT', 'a ULEB128 number of at most 32 bits', 'a larger one', start);
};

/**
 * The length of a sequence whose items take at least `itemSize` bytes each. What cannot fit into the rest of the input
 * is refused here, before anything is allocated for it.
 */
export const takeLength = (reader: Reader, itemSize: number): number => {
  const start = reader.offset;
  const length = takeUleb(reader);
  if (length > MAX_LENGTH) throw new Fault('BCS_LIMIT', `a length of at most ${MAX_LENGTH}`, `${length}`, start);
  if (length * itemSize > reader.end - reader.offset) {
    const left = `${length} in the ${reader.end - reader.offset} bytes left`;
    throw new Fault('BCS_TRUNCATED', `a length whose items fit (${itemSize} bytes or more each)`, left, start);
  }
  return length;
};

/** Goes into a struct or an enum. Pair with `reader.depth--` on the way out. */
export const enter = (reader: { depth: number; offset: number }, levels = 1): void => {
  reader.depth += levels;
  if (reader.depth > MAX_DEPTH) {
    throw new Fault('BCS_LIMIT', `at most ${MAX_DEPTH} levels of structs and enums`, 'more', reader.offset);
  }
};
