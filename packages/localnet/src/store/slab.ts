const CHUNK = 1024 * 1024;
const PREFIX = 4;

interface Chunk {
  readonly bytes: Uint8Array;
  /** Rows that are still wanted. */
  rows: number;
}

/**
 * Rows of bytes in large pieces of memory: an array of its own would cost each row more than most rows are long. A piece
 * is given back when its last row is removed.
 */
export interface Slab {
  /** Keeps a copy; gives its place. */
  add(row: Uint8Array): number;
  /** A row that was not removed; a view, not to be changed. */
  get(place: number): Uint8Array;
  remove(place: number): void;
}

export const createSlab = (): Slab => {
  const chunks = new Map<number, Chunk>();
  let current = -1;
  let used = CHUNK;
  const open = (index: number): Chunk => chunks.get(index)!;
  const lengthAt = (bytes: Uint8Array, offset: number): number =>
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
  return {
    add: (row) => {
      const needed = PREFIX + row.length;
      if (used + needed > CHUNK) {
        // A piece that is full and empty at once has lost its rows while it was the current one.
        if (chunks.get(current)?.rows === 0) chunks.delete(current);
        current++;
        used = 0;
        chunks.set(current, { bytes: new Uint8Array(Math.max(CHUNK, needed)), rows: 0 });
      }
      const chunk = open(current);
      const offset = used;
      new DataView(chunk.bytes.buffer).setUint32(offset, row.length, true);
      chunk.bytes.set(row, offset + PREFIX);
      chunk.rows++;
      used += needed;
      return current * CHUNK + offset;
    },
    get: (place) => {
      const { bytes } = open(Math.floor(place / CHUNK));
      const offset = place % CHUNK;
      const start = offset + PREFIX;
      return bytes.subarray(start, start + lengthAt(bytes, offset));
    },
    remove: (place) => {
      const index = Math.floor(place / CHUNK);
      const chunk = open(index);
      chunk.rows--;
      if (chunk.rows === 0 && index !== current) chunks.delete(index);
    },
  };
};
