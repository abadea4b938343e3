import { type Codec, define } from './codec/codec.js';
import { Fault, within, wrongValue } from './codec/errors.js';
import { type Reader, take, takeLength } from './codec/reader.js';
import { putUleb, reserve, type Writer } from './codec/writer.js';

const COOKIE = 12346;
// A container with more members than this is a field of 65,536 bits, not a list.
const LIST_LIMIT = 4096;
const FIELD_BYTES = 8192;
// More members than any committee can have; a bit field names up to eight for each byte.
const MEMBER_LIMIT = 65_536;

const invalid = (expected: string, received: unknown, offset: number): Fault =>
  new Fault('BCS_INVALID_VALUE', expected, received, offset);

const sizeOf = (count: number): number => (count > LIST_LIMIT ? FIELD_BYTES : 2 * count);

const readList = ({ view }: Reader, start: number, count: number, high: number, members: number[]): void => {
  let previous = -1;
  for (let i = 0; i < count; i++) {
    const low = view.getUint16(start + 2 * i, true);
    if (low <= previous) {
      throw new Fault('BCS_NOT_CANONICAL', 'ascending members', `${low} after ${previous}`, start + 2 * i);
    }
    members.push(high + low);
    previous = low;
  }
};

const readField = ({ bytes }: Reader, start: number, count: number, high: number, members: number[]): void => {
  const before = members.length;
  for (let i = 0; i < FIELD_BYTES; i++) {
    const byte = bytes[start + i] as number;
    for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) members.push(high + 8 * i + bit);
  }
  const found = members.length - before;
  if (found !== count) throw new Fault('BCS_NOT_CANONICAL', `${count} bits set`, `${found}`, start);
};

const readBitmap = (reader: Reader): readonly number[] => {
  const { view } = reader;
  const length = takeLength(reader, 1);
  const start = take(reader, length);
  if (length < 8) throw invalid('a Roaring bitmap of 8 bytes or more', `${length} bytes`, start);
  const cookie = view.getUint32(start, true);
  if (cookie !== COOKIE) throw invalid(`the Roaring cookie ${COOKIE} (no run containers)`, `${cookie}`, start);
  const containers = view.getUint32(start + 4, true);
  // Each container has four bytes of header, four of offset and two or more of members.
  if (containers > 65_536 || 8 + containers * 10 > length) {
    throw new Fault('BCS_TRUNCATED', 'a container count that fits', `${containers} in ${length} bytes`, start + 4);
  }
  const header = start + 8;
  const offsets = header + 4 * containers;
  const members: number[] = [];
  let position = 8 + 8 * containers;
  let previous = -1;
  for (let i = 0; i < containers; i++) {
    const key = view.getUint16(header + 4 * i, true);
    const count = view.getUint16(header + 4 * i + 2, true) + 1;
    if (key <= previous) {
      throw new Fault('BCS_NOT_CANONICAL', 'ascending container keys', `${key} after ${previous}`, header + 4 * i);
    }
    if (members.length + count > MEMBER_LIMIT) {
      throw new Fault('BCS_LIMIT', `at most ${MEMBER_LIMIT} members`, 'more', header + 4 * i);
    }
    const offset = view.getUint32(offsets + 4 * i, true);
    if (offset !== position) {
      throw new Fault('BCS_NOT_CANONICAL', `the container offset ${position}`, `${offset}`, offsets + 4 * i);
    }
    const size = sizeOf(count);
    if (position + size > length) {
      throw new Fault('BCS_TRUNCATED', `${size} bytes of members`, `${length - position} left`, start + position);
    }
    const read = count > LIST_LIMIT ? readField : readList;
    read(reader, start + position, count, key * 65_536, members);
    position += size;
    previous = key;
  }
  if (position !== length) {
    throw new Fault('BCS_NOT_CANONICAL', 'the end of the bitmap', `${length - position} more bytes`, start + position);
  }
  return members;
};

const checkMembers = (value: unknown): readonly number[] => {
  if (!Array.isArray(value)) throw wrongValue('an array of ascending numbers', value);
  if (value.length > MEMBER_LIMIT) throw new Fault('BCS_LIMIT', `at most ${MEMBER_LIMIT} members`, value.length);
  for (let i = 0; i < value.length; i++) {
    const member = value[i];
    if (!Number.isInteger(member) || member < 0 || member > 0xffff_ffff) {
      throw within(wrongValue('a number from 0 to 2^32-1', member), `[${i}]`);
    }
    if (i > 0 && member <= value[i - 1]) throw within(wrongValue(`a number above ${value[i - 1]}`, member), `[${i}]`);
  }
  return value;
};

const writeBitmap = (writer: Writer, value: readonly number[]): void => {
  const containers = new Map<number, number[]>();
  for (const member of checkMembers(value)) {
    const key = Math.floor(member / 65_536);
    const list = containers.get(key);
    if (list === undefined) containers.set(key, [member % 65_536]);
    else list.push(member % 65_536);
  }
  const lists = [...containers];
  const dataStart = 8 + 8 * lists.length;
  const size = lists.reduce((sum, [, list]) => sum + sizeOf(list.length), dataStart);
  putUleb(writer, size);
  const start = reserve(writer, size);
  const { view, bytes } = writer;
  view.setUint32(start, COOKIE, true);
  view.setUint32(start + 4, lists.length, true);
  let position = dataStart;
  for (const [i, [key, list]] of lists.entries()) {
    view.setUint16(start + 8 + 4 * i, key, true);
    view.setUint16(start + 10 + 4 * i, list.length - 1, true);
    view.setUint32(start + 8 + 4 * lists.length + 4 * i, position, true);
    const data = start + position;
    if (list.length > LIST_LIMIT) {
      bytes.fill(0, data, data + FIELD_BYTES);
      for (const low of list) bytes[data + (low >> 3)] = (bytes[data + (low >> 3)] as number) | (1 << (low & 7));
    } else {
      for (const [j, low] of list.entries()) view.setUint16(data + 2 * j, low, true);
    }
    position += sizeOf(list.length);
  }
};

/**
 * A set of small numbers (places in a committee) in the portable Roaring form inside a byte vector, as ascending numbers.
 * Only the form without run containers is taken, which is the one that the chain writes. At most 65,536 members.
 * Source: roaring 0.10, RoaringBitmap, as types/src/crypto.rs serialises it.
 */
export const RoaringBitmap: Codec<readonly number[]> = /* @__PURE__ */ define<readonly number[]>({
  name: 'RoaringBitmap',
  shape: { type: 'indices' },
  minSize: 9,
  read: readBitmap,
  write: writeBitmap,
  writeJson: (value) => [...checkMembers(value)],
  readJson: (json) => [...checkMembers(json)],
});
export type RoaringBitmap = readonly number[];
