import { equalBytes, isError } from '@somakit/core';
import type { Codec } from '../src/index.js';
import * as bcs from '../src/index.js';

/** What a run found. */
export interface FuzzReport {
  readonly cases: number;
  readonly decoded: number;
  readonly seconds: number;
  /** Growth of the heap from the first tenth of the run to its end, in bytes; undefined where it cannot be measured. */
  readonly heapGrowth: number | undefined;
  /** The longest single case, in milliseconds. */
  readonly slowest: number;
}

/** Options of a run: it ends at the first limit reached. */
export interface FuzzOptions {
  readonly cases: number;
  readonly seconds: number;
  readonly seed: number;
  /** Valid encodings to start from, with their codec. */
  readonly corpus: readonly (readonly [Codec<unknown>, Uint8Array])[];
  /** Told about progress now and then. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Something that must never happen, with what repeats it. */
export class FuzzFailure extends Error {}

const isCodec = (value: unknown): value is Codec<unknown> =>
  typeof value === 'object' && value !== null && 'shape' in value && 'decode' in value;
const codecs = Object.values(bcs).filter(isCodec) as Codec<unknown>[];

/** Numbers from a seed: xorshift, 32 bits. */
const numbers = (seed: number): ((below: number) => number) => {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
};

const INTERESTING = [0, 1, 2, 0x1f, 0x20, 0x21, 0x60, 0x61, 0x7f, 0x80, 0x81, 0xfe, 0xff];

type Numbers = (below: number) => number;

const randomBytes = (next: Numbers): Uint8Array => {
  const bytes = new Uint8Array(next(4) === 0 ? next(2000) : next(120));
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = next(3) === 0 ? (INTERESTING[next(INTERESTING.length)] as number) : next(256);
  }
  return bytes;
};

const mutated = (next: Numbers, original: Uint8Array, other: Uint8Array): Uint8Array => {
  let bytes = original.slice();
  for (let rounds = 1 + next(4); rounds > 0; rounds--) {
    const at = next(bytes.length + 1);
    switch (next(6)) {
      case 0:
        if (bytes.length > 0) bytes[at % bytes.length] = next(256);
        break;
      case 1:
        if (bytes.length > 0) bytes[at % bytes.length] = INTERESTING[next(INTERESTING.length)] as number;
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3: {
        // A piece left out.
        const end = Math.min(bytes.length, at + 1 + next(40));
        const shorter = new Uint8Array(bytes.length - (end - at));
        shorter.set(bytes.subarray(0, at));
        shorter.set(bytes.subarray(end), at);
        bytes = shorter;
        break;
      }
      case 4: {
        // A piece of another encoding put in.
        const from = next(other.length + 1);
        const piece = other.subarray(from, from + 1 + next(40));
        const longer = new Uint8Array(bytes.length + piece.length);
        longer.set(bytes.subarray(0, at));
        longer.set(piece, at);
        longer.set(bytes.subarray(at), at + piece.length);
        bytes = longer;
        break;
      }
      default:
        if (bytes.length > 0) bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << next(8));
    }
  }
  return bytes;
};

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** True when the bytes had a value. Throws when a codec crashed or was not strict. */
const tryOne = (codec: Codec<unknown>, bytes: Uint8Array): boolean => {
  const where = () => `${codec.name}.decode of ${hexOf(bytes)}`;
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    if (isError(error) && error.code.startsWith('BCS_')) return false;
    throw new FuzzFailure(`${where()} threw ${error}`, { cause: error });
  }
  let again: Uint8Array;
  try {
    again = codec.encode(value);
  } catch (error) {
    throw new FuzzFailure(`encode after ${where()} threw ${error}`, { cause: error });
  }
  if (!equalBytes(again, bytes)) throw new FuzzFailure(`${where()} encodes to ${hexOf(again)}`);
  return true;
};

const heap = (): number | undefined => {
  const { process, gc } = globalThis as { process?: NodeJS.Process; gc?: () => void };
  gc?.();
  return process?.memoryUsage?.().heapUsed;
};

/**
 * Feeds random and mutated bytes to the codecs: only typed errors may come, and what decodes must encode to its bytes.
 * @throws FuzzFailure with the codec and the bytes.
 */
export const fuzz = ({ cases, seconds, seed, corpus, onProgress }: FuzzOptions): FuzzReport => {
  const next = numbers(seed);
  const start = performance.now();
  const end = start + seconds * 1000;
  let done = 0;
  let decoded = 0;
  let slowest = 0;
  let firstHeap: number | undefined;
  let before = start;
  while (done < cases && before < end) {
    const [own, original] = corpus[next(corpus.length)] as readonly [Codec<unknown>, Uint8Array];
    const other = (corpus[next(corpus.length)] as readonly [Codec<unknown>, Uint8Array])[1];
    const kind = next(8);
    const codec = kind < 2 ? (codecs[next(codecs.length)] as Codec<unknown>) : own;
    const bytes = kind === 0 ? randomBytes(next) : mutated(next, original, other);
    const from = performance.now();
    if (tryOne(codec, bytes)) decoded++;
    before = performance.now();
    slowest = Math.max(slowest, before - from);
    done++;
    if (firstHeap === undefined && (done * 10 >= cases || before - start >= seconds * 100)) firstHeap = heap();
    if (done % 100_000 === 0) onProgress?.(done);
  }
  const lastHeap = heap();
  return {
    cases: done,
    decoded,
    seconds: (performance.now() - start) / 1000,
    heapGrowth: firstHeap === undefined || lastHeap === undefined ? undefined : lastHeap - firstHeap,
    slowest,
  };
};
