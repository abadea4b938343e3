// Numbers modulo p = 2^255 - 19 as twelve doubles: limb k is a multiple of 2^ceil(21.25 k). All sums and products are
// exact, so this is integer arithmetic at the speed of floats: ten times that of BigInt, the same on every machine, and it
// needs no WebAssembly. Not for secrets: how long it takes depends on the values.
//
// A number is reduced when no limb is more than half of what the next one counts, give or take three in a thousand; what
// is read and products are. Each factor of a product may be the sum of up to four reduced numbers: 16 times the largest
// sum of products of reduced limbs is still below 2^53 in units of its lowest bit.

/** A number: 12 limbs. */
export type Element = readonly number[];

/** Where limb k begins, in bits. */
const BEGIN = [0, 22, 43, 64, 85, 107, 128, 149, 170, 192, 213, 234, 255] as const;
const WEIGHT = /* @__PURE__ */ BEGIN.map((bits) => 2 ** bits);
/** What 2^255 counts modulo p, as a factor that brings what is above it back to the bottom. */
const FOLD = 19 * 2 ** -255;
// Adding and subtracting R(k) rounds to a multiple of the weight of limb k: the sum has no bits for less.
// biome-ignore format: a table
const R1 = 3 * 2 ** 73, R2 = 3 * 2 ** 94, R3 = 3 * 2 ** 115, R4 = 3 * 2 ** 136;
const R5 = 3 * 2 ** 158,
  R6 = 3 * 2 ** 179,
  R7 = 3 * 2 ** 200,
  R8 = 3 * 2 ** 221;
const R9 = 3 * 2 ** 243,
  R10 = 3 * 2 ** 264,
  R11 = 3 * 2 ** 285,
  R12 = 3 * 2 ** 306;

/** A small number. */
export const small = (value: number): Element => [value, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/** The number of 32 little-endian bytes; their highest bit does not count. */
export const read = (bytes: Uint8Array): Element =>
  multiply(
    small(1),
    Array.from({ length: 12 }, (_, k) => {
      const at = BEGIN[k]! >> 3;
      const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      const width = BEGIN[k + 1]! - BEGIN[k]!;
      return ((word >>> (BEGIN[k]! & 7)) & ((1 << width) - 1)) * WEIGHT[k]!;
    }),
  );

// What follows is written out because loops over the limbs take ten times as long.

// biome-ignore format: a table
export const add = (a: Element, b: Element): Element =>
  [a[0]! + b[0]!, a[1]! + b[1]!, a[2]! + b[2]!, a[3]! + b[3]!, a[4]! + b[4]!, a[5]! + b[5]!,
    a[6]! + b[6]!, a[7]! + b[7]!, a[8]! + b[8]!, a[9]! + b[9]!, a[10]! + b[10]!, a[11]! + b[11]!];

// biome-ignore format: a table
export const subtract = (a: Element, b: Element): Element =>
  [a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!, a[3]! - b[3]!, a[4]! - b[4]!, a[5]! - b[5]!,
    a[6]! - b[6]!, a[7]! - b[7]!, a[8]! - b[8]!, a[9]! - b[9]!, a[10]! - b[10]!, a[11]! - b[11]!];

export const negate = (a: Element): Element => a.map((limb) => -limb);

// Two carries run at once, from limb 0 and from limb 6, because each step of one waits for the step before.

// biome-ignore format: a table
export const multiply = (a: Element, b: Element): Element => {
  const a0 = a[0]!, a1 = a[1]!, a2 = a[2]!, a3 = a[3]!, a4 = a[4]!, a5 = a[5]!;
  const a6 = a[6]!, a7 = a[7]!, a8 = a[8]!, a9 = a[9]!, a10 = a[10]!, a11 = a[11]!;
  const b0 = b[0]!, b1 = b[1]!, b2 = b[2]!, b3 = b[3]!, b4 = b[4]!, b5 = b[5]!;
  const b6 = b[6]!, b7 = b[7]!, b8 = b[8]!, b9 = b[9]!, b10 = b[10]!, b11 = b[11]!;
  let t0 = a0 * b0 + FOLD * (a1 * b11 + a2 * b10 + a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3 + a10 * b2 + a11 * b1);
  let t1 = a0 * b1 + a1 * b0 + FOLD * (a2 * b11 + a3 * b10 + a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4 + a10 * b3 + a11 * b2);
  let t2 = a0 * b2 + a1 * b1 + a2 * b0 + FOLD * (a3 * b11 + a4 * b10 + a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5 + a10 * b4 + a11 * b3);
  let t3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + FOLD * (a4 * b11 + a5 * b10 + a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6 + a10 * b5 + a11 * b4);
  let t4 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + FOLD * (a5 * b11 + a6 * b10 + a7 * b9 + a8 * b8 + a9 * b7 + a10 * b6 + a11 * b5);
  let t5 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + FOLD * (a6 * b11 + a7 * b10 + a8 * b9 + a9 * b8 + a10 * b7 + a11 * b6);
  let t6 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + FOLD * (a7 * b11 + a8 * b10 + a9 * b9 + a10 * b8 + a11 * b7);
  let t7 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + FOLD * (a8 * b11 + a9 * b10 + a10 * b9 + a11 * b8);
  let t8 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + FOLD * (a9 * b11 + a10 * b10 + a11 * b9);
  let t9 = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0 + FOLD * (a10 * b11 + a11 * b10);
  let t10 = a0 * b10 + a1 * b9 + a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + a9 * b1 + a10 * b0 + FOLD * (a11 * b11);
  let t11 = a0 * b11 + a1 * b10 + a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2 + a10 * b1 + a11 * b0;
  let c: number;
  c = t0 + R1 - R1; t0 -= c; t1 += c; c = t6 + R7 - R7; t6 -= c; t7 += c;
  c = t1 + R2 - R2; t1 -= c; t2 += c; c = t7 + R8 - R8; t7 -= c; t8 += c;
  c = t2 + R3 - R3; t2 -= c; t3 += c; c = t8 + R9 - R9; t8 -= c; t9 += c;
  c = t3 + R4 - R4; t3 -= c; t4 += c; c = t9 + R10 - R10; t9 -= c; t10 += c;
  c = t4 + R5 - R5; t4 -= c; t5 += c; c = t10 + R11 - R11; t10 -= c; t11 += c;
  c = t5 + R6 - R6; t5 -= c; t6 += c; c = t11 + R12 - R12; t11 -= c; t0 += FOLD * c;
  c = t6 + R7 - R7; t6 -= c; t7 += c; c = t0 + R1 - R1; t0 -= c; t1 += c;
  return [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11];
};

/** The square of the square and so on, `times` times. */
// biome-ignore format: a table
export const square = (a: Element, times = 1): Element => {
  let a0 = a[0]!, a1 = a[1]!, a2 = a[2]!, a3 = a[3]!, a4 = a[4]!, a5 = a[5]!;
  let a6 = a[6]!, a7 = a[7]!, a8 = a[8]!, a9 = a[9]!, a10 = a[10]!, a11 = a[11]!;
  for (let i = 0; i < times; i++) {
    const d0 = 2 * a0, d1 = 2 * a1, d2 = 2 * a2, d3 = 2 * a3, d4 = 2 * a4, d5 = 2 * a5, d6 = 2 * a6, d7 = 2 * a7, d8 = 2 * a8, d9 = 2 * a9, d10 = 2 * a10;
    let t0 = a0 * a0 + FOLD * (d1 * a11 + d2 * a10 + d3 * a9 + d4 * a8 + d5 * a7 + a6 * a6);
    let t1 = d0 * a1 + FOLD * (d2 * a11 + d3 * a10 + d4 * a9 + d5 * a8 + d6 * a7);
    let t2 = d0 * a2 + a1 * a1 + FOLD * (d3 * a11 + d4 * a10 + d5 * a9 + d6 * a8 + a7 * a7);
    let t3 = d0 * a3 + d1 * a2 + FOLD * (d4 * a11 + d5 * a10 + d6 * a9 + d7 * a8);
    let t4 = d0 * a4 + d1 * a3 + a2 * a2 + FOLD * (d5 * a11 + d6 * a10 + d7 * a9 + a8 * a8);
    let t5 = d0 * a5 + d1 * a4 + d2 * a3 + FOLD * (d6 * a11 + d7 * a10 + d8 * a9);
    let t6 = d0 * a6 + d1 * a5 + d2 * a4 + a3 * a3 + FOLD * (d7 * a11 + d8 * a10 + a9 * a9);
    let t7 = d0 * a7 + d1 * a6 + d2 * a5 + d3 * a4 + FOLD * (d8 * a11 + d9 * a10);
    let t8 = d0 * a8 + d1 * a7 + d2 * a6 + d3 * a5 + a4 * a4 + FOLD * (d9 * a11 + a10 * a10);
    let t9 = d0 * a9 + d1 * a8 + d2 * a7 + d3 * a6 + d4 * a5 + FOLD * (d10 * a11);
    let t10 = d0 * a10 + d1 * a9 + d2 * a8 + d3 * a7 + d4 * a6 + a5 * a5 + FOLD * (a11 * a11);
    let t11 = d0 * a11 + d1 * a10 + d2 * a9 + d3 * a8 + d4 * a7 + d5 * a6;
    let c: number;
    c = t0 + R1 - R1; t0 -= c; t1 += c; c = t6 + R7 - R7; t6 -= c; t7 += c;
    c = t1 + R2 - R2; t1 -= c; t2 += c; c = t7 + R8 - R8; t7 -= c; t8 += c;
    c = t2 + R3 - R3; t2 -= c; t3 += c; c = t8 + R9 - R9; t8 -= c; t9 += c;
    c = t3 + R4 - R4; t3 -= c; t4 += c; c = t9 + R10 - R10; t9 -= c; t10 += c;
    c = t4 + R5 - R5; t4 -= c; t5 += c; c = t10 + R11 - R11; t10 -= c; t11 += c;
    c = t5 + R6 - R6; t5 -= c; t6 += c; c = t11 + R12 - R12; t11 -= c; t0 += FOLD * c;
    c = t6 + R7 - R7; t6 -= c; t7 += c; c = t0 + R1 - R1; t0 -= c; t1 += c;
    a0 = t0; a1 = t1; a2 = t2; a3 = t3; a4 = t4; a5 = t5; a6 = t6; a7 = t7; a8 = t8; a9 = t9; a10 = t10; a11 = t11;
  }
  return [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11];
};

const digits = /* @__PURE__ */ new Int32Array(12);

/** The limbs as integers of the one number from 0 to below p. Valid until the next call. */
const canonical = (a: Element): Int32Array => {
  for (let k = 0; k < 12; k++) digits[k] = a[k]! / WEIGHT[k]!;
  // The first turn brings all limbs but the lowest into their range, the others what it left over.
  for (let turn = 0; turn < 3; turn++) {
    let carried = 0;
    for (let k = 0; k < 12; k++) {
      const width = BEGIN[k + 1]! - BEGIN[k]!;
      const value = digits[k]! + carried;
      carried = value >> width;
      digits[k] = value & ((1 << width) - 1);
    }
    digits[0]! += 19 * carried;
  }
  // Below 2^255 now. What is p or more is 2^255 or more with 19 added.
  let carried = 19;
  for (let k = 0; k < 12; k++) carried = (digits[k]! + carried) >> (BEGIN[k + 1]! - BEGIN[k]!);
  if (carried > 0) {
    digits[0]! += 19;
    for (let k = 0; k < 11; k++) {
      const width = BEGIN[k + 1]! - BEGIN[k]!;
      digits[k + 1]! += digits[k]! >> width;
      digits[k]! &= (1 << width) - 1;
    }
    digits[11]! &= (1 << (BEGIN[12]! - BEGIN[11]!)) - 1;
  }
  return digits;
};

/** Whether the number is odd, which is what "negative" means in RFC 9496. */
export const isNegative = (a: Element): boolean => (canonical(a)[0]! & 1) === 1;

export const isZero = (a: Element): boolean => canonical(a).every((digit) => digit === 0);

/** The 32 little-endian bytes of the one number from 0 to below p. */
export const write = (a: Element): Uint8Array => {
  const bytes = new Uint8Array(32);
  canonical(a).forEach((digit, k) => {
    const at = BEGIN[k]! >> 3;
    const word = digit << (BEGIN[k]! & 7);
    for (let i = 0; i < 4 && at + i < 32; i++) bytes[at + i]! |= (word >>> (8 * i)) & 0xff;
  });
  return bytes;
};
