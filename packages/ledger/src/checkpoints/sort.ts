// Thousands of ids and digests are put in order for each checkpoint. Numbers sort several times as fast as texts, so
// the first digits of each and its place in the list are sorted as one number, exact in a double.

/** Bits of the digits. */
const PREFIX = 36;
/** What is left of a double's 53 bits. */
const MOST = 2 ** (53 - PREFIX);

/**
 * The items in ascending order. `prefix` gives the first digits of an item as a number below 2^36 that never contradicts
 * `compare`; where it does not decide, `compare` does.
 */
export const sortByPrefix = <T>(
  items: readonly T[],
  prefix: (item: T) => number,
  compare: (a: T, b: T) => number,
): T[] => {
  const { length } = items;
  if (length < 16 || length > MOST) return [...items].sort(compare);
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = prefix(items[i]!) * MOST + i;
  keys.sort();
  const sorted: T[] = [];
  let before = -1;
  for (let i = 0; i < length; i++) {
    const digits = Math.floor(keys[i]! / MOST);
    // Two with the same first digits: hardly ever.
    if (digits === before) return [...items].sort(compare);
    before = digits;
    sorted.push(items[keys[i]! % MOST]!);
  }
  return sorted;
};

/** The first nine digits of a canonical id. */
export const idPrefix = (id: string): number => {
  let value = 0;
  for (let at = 2; at < 11; at++) {
    const code = id.charCodeAt(at);
    value = value * 16 + (code >= 97 ? code - 87 : code - 48);
  }
  return value;
};

const DIGIT = /* @__PURE__ */ (() => {
  const digits = new Uint8Array(128);
  [...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'].forEach((character, value) => {
    digits[character.charCodeAt(0)] = value;
  });
  return digits;
})();

/** The first six of the 44 digits of a digest, whose text leaves out zeros in front. */
export const digestPrefix = (digest: string): number => {
  let value = 0;
  for (let at = digest.length - 44, end = at + 6; at < end; at++) {
    value = value * 58 + (at < 0 ? 0 : DIGIT[digest.charCodeAt(at)]!);
  }
  return value;
};
