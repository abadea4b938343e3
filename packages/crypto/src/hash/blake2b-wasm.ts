// BLAKE2b (RFC 7693) as a WebAssembly module that is assembled here, at first use, from the description below.
// Why not a library: theirs start asynchronously, and hashing must be synchronous from the first call on. Small inputs
// are ten times faster than in JavaScript, large ones twenty times and more. The tests compare every path with noble.

/** Where the module keeps the chain value (64 bytes) and, after it, the byte counter (8 bytes). */
const STATE = 0;
/** Bytes of state: chain value and counter. */
const STATE_BYTES = 72;
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
const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]);
const signed = (value: bigint): number[] => {
  const low = Number(value & 127n);
  const rest = value >> 7n;
  return (rest === 0n && low < 64) || (rest === -1n && low >= 64) ? [low] : [low | 128, ...signed(rest)];
};

const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
/** Assigns and leaves the value on the stack. */
const tee = (local: number) => [0x22, ...unsigned(local)];
const i32 = (value: number) => [0x41, ...signed(BigInt(value))];
const LOAD_I64 = 0x29;
const STORE_I64 = 0x37;
/** An instruction of the vector set; its number is LEB128 after the prefix. */
const simd = (opcode: number, ...immediates: readonly number[]) => [0xfd, ...unsigned(opcode), ...immediates];
const load = (offset: number) => simd(0x00, 3, ...unsigned(offset));
const store = (offset: number) => simd(0x0b, 3, ...unsigned(offset));
const loadLow = (offset: number) => simd(0x5d, 3, ...unsigned(offset));
const loadHigh = (offset: number) => simd(0x57, 3, ...unsigned(offset), 1);
const ADD = /* @__PURE__ */ simd(0xce);
const XOR = /* @__PURE__ */ simd(0x51);
const OR = /* @__PURE__ */ simd(0x50);
const SHIFT_RIGHT = /* @__PURE__ */ simd(0xcd);
const shuffle = (lanes: readonly number[]) => simd(0x0d, ...lanes);
const constant = (...words: readonly [bigint, bigint]) => {
  const bytes = new DataView(new ArrayBuffer(16));
  words.forEach((word, i) => {
    bytes.setBigUint64(8 * i, word, true);
  });
  return simd(0x0c, ...new Uint8Array(bytes.buffer));
};

const AT = 0;
const BLOCKS = 1;
const STEP = 2;
const LAST = 3;
/** Local of a pair of working words: row 0 to 3 (words 0-3, 4-7, 8-11, 12-15), half 0 or 1. */
const pair = (row: number, half: number) => 4 + 2 * row + half;
const SPARE = 12;

const BYTES = [0, 1, 2, 3, 4, 5, 6, 7];
/** Rotates both words of the value on the stack to the right by whole bytes. */
const rotateBytes = (count: number) => [
  ...tee(SPARE),
  ...get(SPARE),
  ...shuffle([...BYTES.map((i) => (i + count) % 8), ...BYTES.map((i) => 8 + ((i + count) % 8))]),
];
/** The same by 63 bits: one to the left. */
const rotate63 = () => [...tee(SPARE), ...get(SPARE), ...ADD, ...get(SPARE), ...i32(63), ...SHIFT_RIGHT, ...OR];
/** The upper word of one pair and the lower word of another. */
const upperLower = (upper: number, lower: number) => [
  ...get(upper),
  ...get(lower),
  ...shuffle([...BYTES.map((i) => 8 + i), ...BYTES.map((i) => 16 + i)]),
];

/** The mixing function on all four columns (or diagonals), two in each half. `c` names the pairs of row 2. */
const mixFour = (c: readonly [number, number], words: readonly number[]): number[] =>
  [0, 1].flatMap((turn) => {
    const both = (statement: (half: 0 | 1) => number[]) => [...statement(0), ...statement(1)];
    const [first, second] = turn === 0 ? [rotateBytes(4), rotateBytes(3)] : [rotateBytes(2), rotate63()];
    const word = (index: number) => 8 * (words[index] ?? 0);
    // biome-ignore format: one line for each statement of the mixing function
    return [
      ...both((half) => [
        ...get(pair(0, half)), ...get(pair(1, half)), ...ADD,
        ...get(AT), ...get(AT), ...loadLow(word(4 * half + turn)), ...loadHigh(word(4 * half + 2 + turn)), ...ADD, ...set(pair(0, half)),
      ]),
      ...both((half) => [...get(pair(3, half)), ...get(pair(0, half)), ...XOR, ...first, ...set(pair(3, half))]),
      ...both((half) => [...get(c[half]), ...get(pair(3, half)), ...ADD, ...set(c[half])]),
      ...both((half) => [...get(pair(1, half)), ...get(c[half]), ...XOR, ...second, ...set(pair(1, half))]),
    ];
  });

/** Turns rows 1 and 3 so that diagonals stand in columns, and back. Row 2 is turned by naming its halves crosswise. */
const turnRow = (row: number, crosswise: boolean) => {
  const [x, y] = [pair(row, 0), pair(row, 1)];
  return crosswise
    ? [...upperLower(y, x), ...upperLower(x, y), ...set(y), ...set(x)]
    : [...upperLower(x, y), ...upperLower(y, x), ...set(y), ...set(x)];
};

const body = (): number[] => {
  const row2 = [pair(2, 0), pair(2, 1)] as const;
  const rounds = SIGMA.flatMap((row) => {
    const words = Array.from(row, (digit) => Number.parseInt(digit, 16));
    return [
      ...mixFour(row2, words.slice(0, 8)),
      ...[...turnRow(1, false), ...turnRow(3, true)],
      ...mixFour([row2[1], row2[0]], words.slice(8)),
      ...[...turnRow(1, true), ...turnRow(3, false)],
    ];
  });
  const state = [pair(0, 0), pair(0, 1), pair(1, 0), pair(1, 1)];
  const other = [pair(2, 0), pair(2, 1), pair(3, 0), pair(3, 1)];
  const iv = (index: number) => constant(IV[index] ?? 0n, IV[index + 1] ?? 0n);
  // biome-ignore format: one line for each statement of the module
  const code = [
    // Locals: 9 of v128.
    1, 9, 0x7b,
    0x03, 0x40,
    // The counter of this block.
    ...i32(STATE), ...i32(STATE), LOAD_I64, 3, 64, ...get(STEP), 0xad, 0x7c, STORE_I64, 3, 64,
    ...state.flatMap((local, i) => [...i32(STATE), ...load(16 * i), ...set(local)]),
    ...row2.flatMap((local, i) => [...iv(2 * i), ...set(local)]),
    ...iv(4), ...i32(STATE), ...loadLow(64), ...XOR, ...set(pair(3, 0)),
    ...iv(6), ...constant(0n, 0n), ...get(LAST), 0xac, ...simd(0x1e, 0), ...XOR, ...set(pair(3, 1)),
    ...rounds,
    ...state.flatMap((local, i) => [...i32(STATE), ...i32(STATE), ...load(16 * i), ...get(local), ...XOR, ...get(other[i] ?? 0), ...XOR, ...store(16 * i)]),
    ...get(AT), ...i32(BLOCK), 0x6a, ...set(AT),
    ...get(BLOCKS), ...i32(1), 0x6b, ...tee(BLOCKS), 0x0d, 0,
    0x0b, 0x0b,
  ];
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

let compiled: WebAssembly.Module | undefined;

/** The module with a memory of its own, or undefined where WebAssembly with vectors is missing or forbidden (a strict content security policy). */
export const loadBlake2bModule = (): Blake2bModule | undefined => {
  try {
    // Each instance has its own memory; what they run is assembled and compiled once.
    compiled ??= new WebAssembly.Module(assemble());
    const { exports } = new WebAssembly.Instance(compiled);
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

/** Ends a hash with the first `length` bytes of the input area; its last block, full or not, is compressed apart. */
export const finishInput = ({ memory, compress }: Blake2bModule, length: number): void => {
  const full = length === 0 ? 0 : Math.floor((length - 1) / BLOCK);
  const end = (full + 1) * BLOCK;
  if (length < end) memory.fill(0, INPUT + length, INPUT + end);
  if (full > 0) compress(INPUT, full, BLOCK, 0);
  compress(INPUT + full * BLOCK, 1, length - full * BLOCK, -1);
};
