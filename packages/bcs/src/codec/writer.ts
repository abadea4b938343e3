import { Fault } from './errors.js';

/** The output of a codec: one growing buffer. */
export interface Writer {
  bytes: Uint8Array;
  view: DataView;
  offset: number;
  depth: number;
}

const START = 4096;
// A buffer that outgrew this is given back to the collector.
const KEEP = 1 << 20;
let idle: Writer | undefined;

const createWriter = (): Writer => {
  const bytes = new Uint8Array(START);
  return { bytes, view: new DataView(bytes.buffer), offset: 0, depth: 0 };
};

/** Runs `write` on a writer and gives a copy of what it wrote. The buffer is kept for the next call. */
export const collect = (write: (writer: Writer) => void): Uint8Array => {
  // Taken out while in use: a codec may encode inside another's encoding.
  const writer = idle ?? createWriter();
  idle = undefined;
  writer.offset = 0;
  writer.depth = 0;
  try {
    write(writer);
    return writer.bytes.slice(0, writer.offset);
  } finally {
    if (writer.bytes.length <= KEEP) idle = writer;
  }
};

const grow = (writer: Writer, needed: number): void => {
  if (needed > 0x7fff_ffff) throw new Fault('BCS_LIMIT', 'an encoding of less than 2 GiB', needed);
  const bytes = new Uint8Array(Math.max(writer.bytes.length * 2, needed));
  bytes.set(writer.bytes.subarray(0, writer.offset));
  writer.bytes = bytes;
  writer.view = new DataView(bytes.buffer);
};

/** Makes room for `size` bytes, moves on by them, and gives where they start. Fetch `bytes` and `view` after this call. */
export const reserve = (writer: Writer, size: number): number => {
  const { offset } = writer;
  const needed = offset + size;
  if (needed > writer.bytes.length) grow(writer, needed);
  writer.offset = needed;
  return offset;
};

/** One byte. */
export const putByte = (writer: Writer, byte: number): void => {
  const offset = reserve(writer, 1);
  writer.bytes[offset] = byte;
};

/** A ULEB128 number of at most 32 bits. */
export const putUleb = (writer: Writer, value: number): void => {
  let rest = value;
  while (rest >= 0x80) {
    putByte(writer, (rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  putByte(writer, rest);
};

/** Bytes as they are. */
export const putBytes = (writer: Writer, bytes: Uint8Array): void => {
  const offset = reserve(writer, bytes.length);
  writer.bytes.set(bytes, offset);
};
