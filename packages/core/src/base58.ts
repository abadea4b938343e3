// Base58 of exactly 32 bytes, the form of every digest: four digits and 24 bits at a time, all exact in a double. Both
// ways are one table of products that do not wait for each other, and one pass of carries. Several times as fast as
// @scure/base, which does every other length and says what is wrong with a text.

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const ONE = 0x31;
const PAIR = 58 ** 2;
const QUAD = 58 ** 4;
const BITS = 2 ** 24;
// 58^44 > 2^256: eleven limbs of four digits, as many as of 24 bits.
const LIMBS = 11;
const TOP = 2 ** 16;

interface Tables {
  /** Limb j of 2^(24 k) in base 58^4, for k from j on: in the order in which they are needed. */
  readonly fromBits: Float64Array;
  /** Limb j of 58^(4 k) in base 2^24, likewise. */
  readonly fromDigits: Float64Array;
  /** The character codes of every two digits. */
  readonly first: Uint8Array;
  readonly second: Uint8Array;
  /** The value of each character, -1 where it has none. */
  readonly digits: Int8Array;
  /** Room for one number in, one out and its digits; nothing here waits in the middle. */
  readonly words: Float64Array;
  readonly limbs: Float64Array;
  readonly codes: number[];
}
let built: Tables | undefined;

/** The powers of `base` in limbs of another base. Lower powers do not reach a limb, one way or the other. */
const powers = (base: number, limb: number): Float64Array => {
  const table: number[] = [];
  for (let j = 0; j < LIMBS; j++) {
    for (let k = j; k < LIMBS; k++) {
      table.push(Number((BigInt(base) ** BigInt(k) / BigInt(limb) ** BigInt(j)) % BigInt(limb)));
    }
  }
  return Float64Array.from(table);
};

const tables = (): Tables => {
  if (built !== undefined) return built;
  const code = (value: number): number => ALPHABET.charCodeAt(value);
  const digits = new Int8Array(128).fill(-1);
  for (let value = 0; value < ALPHABET.length; value++) digits[code(value)] = value;
  built = {
    fromBits: powers(BITS, QUAD),
    fromDigits: powers(QUAD, BITS),
    first: Uint8Array.from({ length: PAIR }, (_, i) => code(Math.floor(i / 58))),
    second: Uint8Array.from({ length: PAIR }, (_, i) => code(i % 58)),
    digits,
    words: new Float64Array(LIMBS),
    limbs: new Float64Array(LIMBS),
    codes: Array.from({ length: 4 * LIMBS }, () => ONE),
  };
  return built;
};

/** Rewrites the number in `words` in other limbs. Sums stay below 2^51; what is carried out of the last limb is lost. */
const convert = (words: Float64Array, table: Float64Array, limbs: Float64Array, base: number): void => {
  const inverse = 1 / base;
  let carry = 0;
  for (let j = 0, at = 0; j < LIMBS; j++) {
    let sum = 0;
    for (let k = j; k < LIMBS; k++) sum += words[k]! * table[at++]!;
    // The carry comes last, so that no sum waits for the one before it.
    sum += carry;
    // A product is twice as fast as a quotient, and off by one at most.
    carry = Math.floor(sum * inverse);
    let limb = sum - carry * base;
    if (limb < 0) {
      limb += base;
      carry--;
    } else if (limb >= base) {
      limb -= base;
      carry++;
    }
    limbs[j] = limb;
  }
};

/** The text of the 32 bytes from `start` on. */
export const encode32 = (bytes: Uint8Array, start = 0): string => {
  const { words, fromBits, limbs, first, second, codes } = built ?? tables();
  words[LIMBS - 1] = (bytes[start]! << 8) | bytes[start + 1]!;
  for (let i = 0, at = start + 29; i < LIMBS - 1; i++, at -= 3) {
    words[i] = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  }
  convert(words, fromBits, limbs, QUAD);
  for (let i = LIMBS - 1, at = 0; i >= 0; i--, at += 4) {
    const limb = limbs[i]! | 0;
    const high = (limb / PAIR) | 0;
    const low = limb - high * PAIR;
    codes[at] = first[high]!;
    codes[at + 1] = second[high]!;
    codes[at + 2] = first[low]!;
    codes[at + 3] = second[low]!;
  }
  // In one piece: a text put together from pieces is slow as the key of a Map.
  const text = String.fromCharCode.apply(null, codes);
  if (codes[0] !== ONE) return text;
  let extra = 1;
  while (extra < text.length && codes[extra] === ONE) extra++;
  let zeros = 0;
  while (zeros < 32 && bytes[start + zeros] === 0) zeros++;
  return zeros === 0 ? text.slice(extra) : '1'.repeat(zeros) + text.slice(extra);
};

/** The 32 bytes of a text; undefined when it is no Base58 or not of 32 bytes. */
export const decode32 = (text: string): Uint8Array | undefined => {
  const { words, fromDigits, limbs, digits } = built ?? tables();
  const { length } = text;
  if (length < 32 || length > LIMBS * 4) return undefined;
  let zeros = 0;
  while (zeros < length && text.charCodeAt(zeros) === ONE) zeros++;
  let wrong = 0;
  for (let i = 0, end = length; i < LIMBS; i++, end -= 4) {
    let word = 0;
    for (let at = end > 4 ? end - 4 : 0; at < end; at++) {
      const code = text.charCodeAt(at);
      const digit = code < 128 ? digits[code]! : -1;
      wrong |= digit;
      word = word * 58 + digit;
    }
    words[i] = word;
  }
  if (wrong < 0) return undefined;
  convert(words, fromDigits, limbs, BITS);
  const top = limbs[LIMBS - 1]!;
  if (top >= TOP) return undefined;
  const bytes = new Uint8Array(32);
  bytes[0] = top >> 8;
  bytes[1] = top;
  for (let i = 0, at = 29; i < LIMBS - 1; i++, at -= 3) {
    const limb = limbs[i]!;
    bytes[at] = limb >> 16;
    bytes[at + 1] = limb >> 8;
    bytes[at + 2] = limb;
  }
  // A leading `1` is a zero byte, neither more nor fewer.
  let start = 0;
  while (start < 32 && bytes[start] === 0) start++;
  return start === zeros ? bytes : undefined;
};
