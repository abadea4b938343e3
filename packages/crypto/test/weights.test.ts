import { shake256 } from '@noble/hashes/sha3.js';
import { isError, toBase58, toHex } from '@somakit/core';
import vectors from '@somakit/vectors/crypto.json';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { blake2b256 } from '../src/hash/index.js';
import { useNative } from '../src/internal/native.js';
import {
  createWeightCipher,
  decryptStream,
  decryptWeights,
  encryptStream,
  encryptWeights,
  generateWeightKey,
} from '../src/weights.js';

const fromHex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const KEY = fromHex('251e5b62fbfebf135e33dff56b3a0dad2eeffa5cbf886beb1b29af2b03797e37');
const cases: { data_hex?: string; key_hex: string; key_base58: string; encrypted_hex?: string }[] =
  vectors.encrypt_weights;
const join = (pieces: readonly Uint8Array[]) => Uint8Array.from(pieces.flatMap((piece) => [...piece]));
const collect = async (source: AsyncIterable<Uint8Array>) => {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return join(pieces);
};
const failure = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a weight key', () => {
  const text = toBase58(KEY);
  it.each([
    ['too few bytes', KEY.subarray(1)],
    ['too many bytes', new Uint8Array(33)],
    ['no bytes', new Uint8Array()],
    ['no text', ''],
    ['hex', '251e5b62fbfebf135e33dff56b3a0dad2eeffa5cbf886beb1b29af2b03797e37'],
    ['a letter outside Base58', `${text.slice(0, -1)}0`],
    ['Base58 of 31 bytes', toBase58(KEY.subarray(1))],
    ['Base58 of 33 bytes', toBase58(Uint8Array.from([1, ...KEY]))],
    ['a blank in front', ` ${text}`],
    ['a number', 7],
    ['null', null],
    ['a plain array', [...KEY]],
  ])('is refused for %s, without being quoted', (_, key) => {
    for (const run of [
      () => encryptWeights(new Uint8Array(1), key as never),
      () => decryptWeights(new Uint8Array(1), key as never),
      () => createWeightCipher(key as never),
    ]) {
      const error = failure(run);
      expect(isError(error, 'INVALID_WEIGHT_KEY')).toBe(true);
      const shown = JSON.stringify(isError(error) ? [error.toJSON(), error.stack, error.cause] : undefined);
      expect(shown).not.toContain(text.slice(4, 12));
      expect(shown).not.toContain('5b62fbfebf');
    }
  });
  it('is new and 32 bytes long each time', () => {
    const keys = Array.from({ length: 20 }, () => generateWeightKey());
    expect(new Set(keys).size).toBe(20);
    expect(new Set(Array.from({ length: 20 }, () => encryptWeights(new Uint8Array(1)).key)).size).toBe(20);
    for (const key of keys) expect(decryptWeights(new Uint8Array(3), key).length).toBe(3);
  });
});

describe.each([
  ['native where it is there', true],
  ['in JavaScript', false],
])('the weight cipher, %s', (_, native) => {
  afterEach(() => useNative(true));
  const use = () => useNative(native);

  it('refuses data that is not bytes, without quoting it', () => {
    use();
    for (const run of [
      () => encryptWeights('weights text' as never),
      () => decryptWeights('weights text' as never, KEY),
      () => createWeightCipher(KEY).update('weights text' as never),
    ]) {
      expect(run).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      expect(run).not.toThrow(/weights text/);
    }
  });
  it.each([-1, 1.5, Number.NaN, 2 ** 53, '16', 16n])('refuses the offset %s', (offset) => {
    use();
    expect(() => createWeightCipher(KEY, { offset: offset as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
  it('gives the bytes of the official client, and takes them back', () => {
    use();
    const whole = cases.filter((each) => each.data_hex !== undefined && each.encrypted_hex !== undefined);
    expect(whole.length).toBeGreaterThan(5);
    for (const each of whole) {
      const data = fromHex(each.data_hex!);
      const encrypted = fromHex(each.encrypted_hex!);
      expect(encryptWeights(data, each.key_base58)).toEqual({ encrypted, key: each.key_base58 });
      expect(encryptWeights(data, fromHex(each.key_hex))).toEqual({ encrypted, key: each.key_base58 });
      expect(decryptWeights(encrypted, each.key_base58)).toEqual(data);
    }
  });
  it('gives the bytes of the official client for big data too', () => {
    use();
    const big: {
      data_shake256?: string;
      data_length: number;
      key_base58: string;
      encrypted_blake2b256_hex: string;
      encrypted_tail_hex: string;
    }[] = vectors.encrypt_weights;
    for (const each of big.filter(({ data_shake256 }) => data_shake256 !== undefined)) {
      const data = shake256(new TextEncoder().encode(each.data_shake256), { dkLen: each.data_length });
      const { encrypted } = encryptWeights(data, each.key_base58);
      expect(toHex(blake2b256(encrypted))).toBe(each.encrypted_blake2b256_hex);
      expect(toHex(encrypted).endsWith(each.encrypted_tail_hex)).toBe(true);
    }
  });
  it('gives the same bytes however the data is cut', () => {
    use();
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 10 }), (pieces) => {
        const cipher = createWeightCipher(KEY);
        expect(join(pieces.map((piece) => cipher.update(piece)))).toEqual(encryptWeights(join(pieces), KEY).encrypted);
      }),
    );
  });
  it('starts at any byte', () => {
    use();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (data, at) => {
        const offset = Math.min(at, data.length);
        const { encrypted } = encryptWeights(data, KEY);
        expect(createWeightCipher(KEY, { offset }).update(encrypted.subarray(offset))).toEqual(data.slice(offset));
      }),
    );
  });
  it('starts beyond 2^32 blocks like the other engine does', () => {
    const offset = 2 ** 32 * 16 + 2 ** 36 * 3 + 5;
    use();
    const here = createWeightCipher(KEY, { offset }).update(new Uint8Array(100));
    useNative(false);
    expect(here).toEqual(createWeightCipher(KEY, { offset }).update(new Uint8Array(100)));
  });
  it('leaves the input and the key alone', () => {
    use();
    const data = new Uint8Array([1, 2, 3]);
    const key = KEY.slice();
    const { encrypted } = encryptWeights(data, key);
    expect([...data]).toEqual([1, 2, 3]);
    expect(key).toEqual(KEY);
    expect(encrypted.constructor).toBe(Uint8Array);
  });
  it('streams the same bytes as in memory, from any byte on', async () => {
    use();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 6 }),
        fc.nat(100),
        async (pieces, offset) => {
          const expected = createWeightCipher(KEY, { offset }).update(join(pieces));
          expect(await collect(encryptStream(pieces, KEY, { offset }))).toEqual(expected);
          expect(
            await collect(decryptStream(encryptStream(pieces, KEY, { offset }), toBase58(KEY), { offset })),
          ).toEqual(join(pieces));
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('the streams of the weight cipher', () => {
  it('read a ReadableStream and cancel it when the reader stops early', async () => {
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10)),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const piece of encryptStream(stream, KEY)) {
      expect(piece).toEqual(encryptWeights(new Uint8Array(10), KEY).encrypted);
      break;
    }
    expect(cancelled).toBe(true);
  });
  it('end with a typed error for a wrong key, a wrong offset, an aborted signal and pieces that are not bytes', async () => {
    const codes = await Promise.all(
      [
        encryptStream([], 'short'),
        encryptStream([], KEY, { offset: -1 }),
        encryptStream([new Uint8Array(1)], KEY, { signal: AbortSignal.abort() }),
        encryptStream(['text'] as never, KEY),
      ].map((stream) =>
        collect(stream).then(
          () => 'none',
          (error) => error.code,
        ),
      ),
    );
    expect(codes).toEqual(['INVALID_WEIGHT_KEY', 'INVALID_ARGUMENT', 'ABORTED', 'INVALID_ARGUMENT']);
  });
});
