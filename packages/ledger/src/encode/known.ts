// Ids and digests between text and bytes. The same accounts, coins and digests come several times in each transaction
// and in the ones that follow: what was seen lately is kept in both forms, so that bytes are mostly copied, not decoded,
// and a text mostly found, not made anew. Found texts also compare by identity and have their hash as keys of Maps.
//
// Each value has one place, which the next one of the same place takes over. Bytes are kept as words of 32 bits.
import { type Digest, digestBytes, digestText, idText } from '@somakit/core';

const WORDS = 8;

interface Known {
  readonly texts: (string | undefined)[];
  readonly words: Int32Array;
}

const createKnown = (places: number): Known => ({
  texts: new Array<string | undefined>(places).fill(undefined),
  words: new Int32Array(WORDS * places),
});

const copyWords = (words: Int32Array, from: number, view: DataView, at: number): void => {
  for (let i = 0; i < WORDS; i++) view.setInt32(at + 4 * i, words[from + i]!, true);
};

const keepWords = (words: Int32Array, to: number, view: DataView, at: number): void => {
  for (let i = 0; i < WORDS; i++) words[to + i] = view.getInt32(at + 4 * i, true);
};

const sameWords = (words: Int32Array, from: number, view: DataView, at: number): boolean => {
  for (let i = 0; i < WORDS; i++) if (words[from + i] !== view.getInt32(at + 4 * i, true)) return false;
  return true;
};

const viewOf = ({ buffer, byteOffset, length }: Uint8Array): DataView => new DataView(buffer, byteOffset, length);

// Value of each character code as a lower-case hex digit.
const DIGIT = /* @__PURE__ */ Uint8Array.from({ length: 128 }, (_, code) => (code >= 97 ? code - 87 : code - 48));
const ID_PLACES = 1 << 12;
let ids: Known | undefined;

/** Writes the 32 bytes of a canonical id: `0x` and 64 lower-case digits. */
export const writeId = (text: string, view: DataView, at: number): void => {
  ids ??= createKnown(ID_PLACES);
  const place = DIGIT[text.charCodeAt(65)]! | (DIGIT[text.charCodeAt(64)]! << 4) | (DIGIT[text.charCodeAt(63)]! << 8);
  const from = WORDS * place;
  if (ids.texts[place] === text) {
    copyWords(ids.words, from, view, at);
    return;
  }
  for (let i = 0; i < 32; i++) {
    view.setUint8(at + i, (DIGIT[text.charCodeAt(2 * i + 2)]! << 4) | DIGIT[text.charCodeAt(2 * i + 3)]!);
  }
  keepWords(ids.words, from, view, at);
  ids.texts[place] = text;
};

/** The id whose 32 bytes start at `at`; `bytes` and `view` are the same memory. */
export const readId = (bytes: Uint8Array, view: DataView, at: number): string => {
  ids ??= createKnown(ID_PLACES);
  // The place that the last three digits of the text give.
  const place = view.getUint8(at + 31) | ((view.getUint8(at + 30) & 15) << 8);
  const known = ids.texts[place];
  if (known !== undefined && sameWords(ids.words, WORDS * place, view, at)) return known;
  const text = idText(bytes, at);
  keepWords(ids.words, WORDS * place, view, at);
  ids.texts[place] = text;
  return text;
};

const DIGEST_PLACES = 1 << 15;
let digests: Known | undefined;
// Where a digest is kept follows from its text; this leads there from the first word of its bytes.
let byBytes: Uint16Array | undefined;

/** The place of a digest: 15 bits of its characters, the last ones of which are nearly evenly spread. */
const placeOf = (text: string): number => {
  const { length } = text;
  return (
    (text.charCodeAt(length - 1) * 3481 + text.charCodeAt(length - 2) * 59 + text.charCodeAt(length - 3)) &
    (DIGEST_PLACES - 1)
  );
};

const remember = (text: Digest, view: DataView, at: number): void => {
  digests ??= createKnown(DIGEST_PLACES);
  byBytes ??= new Uint16Array(DIGEST_PLACES);
  const place = placeOf(text);
  keepWords(digests.words, WORDS * place, view, at);
  digests.texts[place] = text;
  byBytes[view.getInt32(at, true) & (DIGEST_PLACES - 1)] = place;
};

/** Where the words of a digest are kept. */
const find = (text: Digest): number => {
  const place = placeOf(text);
  if (digests?.texts[place] !== text) remember(text, viewOf(digestBytes(text)), 0);
  return WORDS * place;
};

/** Writes the 32 bytes of a digest. */
export const writeDigest = (text: Digest, view: DataView, at: number): void => {
  const from = find(text);
  copyWords(digests!.words, from, view, at);
};

/** The digest whose 32 bytes start at `at`; `bytes` and `view` are the same memory. */
export const readDigest = (bytes: Uint8Array, view: DataView, at: number): Digest => {
  const place = byBytes?.[view.getInt32(at, true) & (DIGEST_PLACES - 1)] ?? 0;
  const known = digests?.texts[place];
  if (known !== undefined && sameWords(digests!.words, WORDS * place, view, at)) return known as Digest;
  const text = digestText(bytes, at);
  remember(text, view, at);
  return text;
};

/** As {@link readDigest}, of a digest that is new: it is not looked for. */
export const newDigest = (bytes: Uint8Array, view: DataView): Digest => {
  const text = digestText(bytes);
  remember(text, view, 0);
  return text;
};

/** The order of two digests by their bytes: that of their digits, of which there are 44 at most. */
export const compareDigests = (a: Digest, b: Digest): number => {
  if (a === b) return 0;
  if (a.length === b.length) return a < b ? -1 : 1;
  return a.padStart(44, '1') < b.padStart(44, '1') ? -1 : 1;
};
