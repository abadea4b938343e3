// Base58 of exactly 32 bytes, the form of every digest: four digits and 24 bits at a time, all exact in a double.
// About twice as fast as @scure/base, which does every other length and says what is wrong with a text.

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const PAIR = 58 ** 2;
const QUAD = 58 ** 4;
const BITS = 2 ** 24;
// 58^44 > 2^256: eleven limbs of four digits are enough.
const LIMBS = 11;

interface Tables {
  /** Every two digits as text. */
  readonly pairs: readonly string[];
  /** Room for one number; nothing here waits in the middle. */
  readonly limbs: Float64Array;
  /** The value of each character, -1 where it has none. */
  readonly digits: Int8Array;
}
let built: Tables | undefined;

const tables = (): Tables => {
  if (built !== undefined) return built;
  const pairs = Array.from({ length: PAIR }, (_, i) => ALPHABET.charAt(i / 58) + ALPHABET.charAt(i % 58));
  const digits = new Int8Array(128).fill(-1);
  for (let value = 0; value < ALPHABET.length; value++) digits[ALPHABET.charCodeAt(value)] = value;
  built = { pairs, limbs: new Float64Array(LIMBS), digits };
  return built;
};

/** The text of 32 bytes. */
export const encode32 = (bytes: Uint8Array): string => {
  const { pairs, limbs } = tables();
  let used = 0;
  // Two bytes first, then ten times three.
  for (let at = -1; at < 32; at += 3) {
    let carry = ((at < 0 ? 0 : bytes[at]!) << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    for (let i = 0; i < used; i++) {
      const value = limbs[i]! * BITS + carry;
      // The product may be off by one, which the remainder shows; a division would be far slower.
      let quotient = (value * (1 / QUAD)) | 0;
      let rest = value - quotient * QUAD;
      if (rest < 0) {
        quotient--;
        rest += QUAD;
      } else if (rest >= QUAD) {
        quotient++;
        rest -= QUAD;
      }
      limbs[i] = rest;
      carry = quotient;
    }
    while (carry > 0) {
      const quotient = (carry / QUAD) | 0;
      limbs[used++] = carry - quotient * QUAD;
      carry = quotient;
    }
  }
  let text = '';
  for (let i = used - 1; i >= 0; i--) {
    const limb = limbs[i]!;
    const high = (limb / PAIR) | 0;
    text += pairs[high]! + pairs[limb - high * PAIR]!;
  }
  let zeros = 0;
  while (zeros < 32 && bytes[zeros] === 0) zeros++;
  // The first limb has up to three digits too many.
  let extra = 0;
  while (extra < text.length && text.charCodeAt(extra) === 0x31) extra++;
  return zeros === 0 ? text.slice(extra) : '1'.repeat(zeros) + text.slice(extra);
};

/** The 32 bytes of a text; undefined when it is no Base58 or not of 32 bytes. */
export const decode32 = (text: string): Uint8Array | undefined => {
  const { limbs, digits } = tables();
  const { length } = text;
  if (length < 32 || length > LIMBS * 4) return undefined;
  let zeros = 0;
  while (zeros < length && text.charCodeAt(zeros) === 0x31) zeros++;
  let used = 0;
  let wrong = 0;
  // The first group has what is left over, so that all others are whole.
  for (let at = 0, end = length % 4 || 4; at < length; end += 4) {
    let carry = 0;
    let factor = 1;
    for (; at < end; at++) {
      const code = text.charCodeAt(at);
      const digit = code < 128 ? digits[code]! : -1;
      wrong |= digit;
      carry = carry * 58 + digit;
      factor *= 58;
    }
    for (let i = 0; i < used; i++) {
      const value = limbs[i]! * factor + carry;
      carry = Math.floor(value / BITS);
      limbs[i] = value - carry * BITS;
    }
    if (carry > 0) limbs[used++] = carry;
  }
  if (wrong < 0) return undefined;
  const bytes = new Uint8Array(32);
  let at = 32;
  for (let i = 0; i < used; i++) {
    for (let limb = limbs[i]!, left = 3; left > 0 && (limb > 0 || i < used - 1); left--, limb >>= 8) {
      if (at === 0) return undefined;
      bytes[--at] = limb & 0xff;
    }
  }
  // A leading `1` is a zero byte, neither more nor fewer.
  return at === zeros ? bytes : undefined;
};
