// BLAKE2b (RFC 7693) as a WebAssembly module that is assembled here, at first use, from the description below.
// Why not a library: theirs start asynchronously, and hashing must be synchronous from the first call on. Small inputs
// are ten times faster than in JavaScript, large ones thirty times. The tests compare every path with noble.

/** Where the module keeps the chain value (64 bytes) and, after it, the byte counter (8 bytes). */
const STATE = 0;
/** Bytes of state: chain value and counter. */
export const STATE_BYTES = 72;
/** Where the input blocks lie. */
export const INPUT = 128;
/** Bytes of one block. */
export const BLOCK = 128;
const PAGES = 2;
/** Bytes that fit into the input area: whole blocks. */
export const INPUT_BYTES = PAGES * 65536 - INPUT;

/** What the module offers. */
export interface Blake2bModule {
  readonly memory: Uint8Array;
  /** Compresses `blocks` blocks from the input area; the counter grows by `step` for each; `last` is -1 for the final block, else 0. */
  readonly compress: (at: number, blocks: number, step: number, last: number) => void;
  /** The state of an empty hash with 32 bytes of output. */
  readonly start: Uint8Array;
}

const IV = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
];
// One hex digit per message word; rounds 10 and 11 repeat the first two.
const SIGMA = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
  '0123456789abcdef',
  'ea489fd61c02b753',
];
const COLUMNS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]);
const signed = (value: bigint): number[] => {
  const low = Number(value & 127n);
  const rest = value >> 7n;
  return (rest === 0n && low < 64) || (rest === -1n && low >= 64) ? [low] : [low | 128, ...signed(rest)];
};

const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
const i32 = (value: number) => [0x41, ...signed(BigInt(value))];
const i64 = (value: bigint) => [0x42, ...signed(BigInt.asIntN(64, value))];
const load = (offset: number) => [0x29, 3, ...unsigned(offset)];
const store = (offset: number) => [0x37, 3, ...unsigned(offset)];
const ADD = 0x7c;
const XOR = 0x85;
const ROTR = 0x8a;

const AT = 0;
const BLOCKS = 1;
const STEP = 2;
const LAST = 3;
/** Local of working word `index`; the four parameters come first. */
const v = (index: number) => 4 + index;
const COUNTER = v(16);

const mix = ([a, b, c, d]: readonly [number, number, number, number], words: readonly [number, number]): number[] => {
  const half = (word: number, first: number, second: number) => [
    ...get(v(a)), ...get(v(b)), ADD, ...get(AT), ...load(word * 8), ADD, 0x22, ...unsigned(v(a)),
    ...get(v(d)), XOR, ...i64(BigInt(first)), ROTR, 0x22, ...unsigned(v(d)),
    ...get(v(c)), ADD, 0x22, ...unsigned(v(c)),
    ...get(v(b)), XOR, ...i64(BigInt(second)), ROTR, ...set(v(b)),
  ]; // biome-ignore format: one line for each step of the mixing function
  return [...half(words[0], 32, 24), ...half(words[1], 16, 63)];
};

const body = (): number[] => {
  const rounds = SIGMA.flatMap((row) =>
    COLUMNS.flatMap((column, i) =>
      mix(column, [Number.parseInt(row.charAt(2 * i), 16), Number.parseInt(row.charAt(2 * i + 1), 16)]),
    ),
  );
  const eight = [0, 1, 2, 3, 4, 5, 6, 7];
  const code = [
    // Locals: 17 of i64.
    1, 17, 0x7e,
    0x03, 0x40,
    // The counter of this block.
    ...i32(STATE), ...i32(STATE), ...load(64), ...get(STEP), 0xad, ADD, 0x22, ...unsigned(COUNTER), ...store(64),
    ...eight.flatMap((i) => [...i32(STATE), ...load(8 * i), ...set(v(i)), ...i64(IV[i]!), ...set(v(8 + i))]),
    ...get(v(12)), ...get(COUNTER), XOR, ...set(v(12)),
    ...get(v(14)), ...get(LAST), 0xac, XOR, ...set(v(14)),
    ...rounds,
    ...eight.flatMap((i) => [...i32(STATE), ...i32(STATE), ...load(8 * i), ...get(v(i)), XOR, ...get(v(8 + i)), XOR, ...store(8 * i)]),
    ...get(AT), ...i32(BLOCK), 0x6a, ...set(AT),
    ...get(BLOCKS), ...i32(1), 0x6b, 0x22, BLOCKS, 0x0d, 0,
    0x0b, 0x0b,
  ]; // biome-ignore format: one line for each statement of the module
  return [...unsigned(code.length), ...code];
};

const section = (id: number, content: readonly number[]) => [id, ...unsigned(content.length), ...content];

const assemble = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 1, PAGES, PAGES]),
    ...section(7, [2, 1, 0x6d, 2, 0, 1, 0x63, 0, 0]),
    ...section(10, [1, ...body()]),
  ]);

/** The module, or undefined where WebAssembly is missing or forbidden (a strict content security policy). */
export const loadBlake2bModule = (): Blake2bModule | undefined => {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()));
    const start = new Uint8Array(STATE_BYTES);
    const words = new DataView(start.buffer);
    IV.forEach((word, i) => {
      words.setBigUint64(8 * i, word, true);
    });
    // Parameter block: 32 bytes of output, no key, fan-out and depth 1.
    words.setBigUint64(0, (IV[0] ?? 0n) ^ 0x01010020n, true);
    return {
      memory: new Uint8Array((exports.m as WebAssembly.Memory).buffer),
      compress: exports.c as Blake2bModule['compress'],
      start,
    };
  } catch {
    return undefined;
  }
};
