import { blake2b } from '@noble/hashes/blake2.js';
import { isError } from '@somakit/core';
import vectors from '@somakit/vectors/crypto.json';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { blake2bModule } from '../../src/hash/blake2b.js';
import { loadBlake2bModule } from '../../src/hash/blake2b-wasm.js';
import { hashEngines } from '../../src/hash/hasher.js';
import {
  blake2b256,
  blake2b256Into,
  commitment,
  createHashBuffer,
  createHasher,
  hashBytes,
} from '../../src/hash/index.js';

const noble = (bytes: Uint8Array) => blake2b(bytes, { dkLen: 32 });
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const fromHex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const filled = (length: number, seed = 1) => {
  const bytes = new Uint8Array(length);
  let x = seed;
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
};
// Around one block, around the module's input area, around the size from which the native addon takes over.
const EDGES = [
  0, 1, 63, 64, 127, 128, 129, 255, 256, 257, 1023, 16383, 16384, 16385, 130815, 130816, 130817, 130943, 130944, 130945,
  131072, 261888, 300000,
];

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the WebAssembly module', () => {
  it('is left out where WebAssembly is missing or forbidden', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(loadBlake2bModule()).toBeUndefined();
    vi.stubGlobal('WebAssembly', {
      Module: class {
        constructor() {
          throw new Error('refused by the content security policy');
        }
      },
    });
    expect(loadBlake2bModule()).toBeUndefined();
  });
});

describe('blake2b256Into', () => {
  it('writes the hash into its place and nothing else', () => {
    for (const length of EDGES) {
      const target = filled(80, 5);
      blake2b256Into(filled(length), target, 20);
      const expected = filled(80, 5);
      expected.set(noble(filled(length)), 20);
      expect(hex(target)).toBe(hex(expected));
    }
  });
  it('hashes the beginning of a buffer and nothing behind it', () => {
    for (const size of [300, 2048, 2049, 20_000, 140_000]) {
      const bytes = filled(size);
      const target = new Uint8Array(32);
      for (const length of EDGES.filter((each) => each <= size)) {
        blake2b256Into(bytes, target, 0, length);
        expect(hex(target)).toBe(hex(noble(bytes.subarray(0, length))));
      }
    }
  });
  it('refuses what is not bytes', () => {
    expect(() => blake2b256Into('text' as never, new Uint8Array(32), 0)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('a hash buffer', () => {
  const check = () => {
    const buffer = createHashBuffer();
    const other = createHashBuffer();
    const size = buffer.bytes.length;
    expect(size).toBe(130_944);
    for (const length of [...EDGES, 130, 129, 1].filter((each) => each <= size)) {
      buffer.bytes.set(filled(length));
      blake2b256(filled(500, 3));
      other.bytes.set(filled(300, 4));
      other.hash(300);
      buffer.hash(length);
      expect(hex(buffer.digest)).toBe(hex(noble(filled(length))));
      expect(buffer.digestView.getUint8(31)).toBe(buffer.digest[31]);
      expect(hex(buffer.bytes.subarray(0, length))).toBe(hex(filled(length)));
    }
    for (const length of [-1, size + 1, Number.NaN]) {
      expect(() => buffer.hash(length)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  };
  it('hashes its beginning where it lies, whatever is hashed elsewhere', check);
  it('does so without WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined);
    check();
  });
});

describe('blake2b256', () => {
  it('refuses what is not bytes, without quoting it', () => {
    for (const wrong of ['a secret text', undefined, null, 7, [1, 2], new ArrayBuffer(4)]) {
      const attempt = () => blake2b256(wrong as never);
      expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      expect(attempt).not.toThrow(/a secret text/);
    }
  });
  it('hashes nothing as the reference does', () => {
    expect(hex(blake2b256(new Uint8Array()))).toBe('0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8');
  });
  it('is not a shortened BLAKE2b-512', () => {
    const bytes = filled(40_000);
    expect(hex(blake2b256(bytes))).not.toBe(hex(blake2b(bytes, { dkLen: 64 }).slice(0, 32)));
  });
  it('runs in WebAssembly wherever these tests run', () => {
    expect(blake2bModule()).not.toBeNull();
  });
  it.each(EDGES)('equals noble for %i bytes', (length) => {
    const bytes = filled(length);
    expect(hex(blake2b256(bytes))).toBe(hex(noble(bytes)));
  });
  it('equals noble for any bytes, at any offset of their buffer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(200), (bytes, offset) => {
        const view = bytes.subarray(Math.min(offset, bytes.length));
        expect(hex(blake2b256(view))).toBe(hex(noble(view)));
      }),
    );
  });
  it('gives a digest of its own each time, and leaves its input alone', () => {
    const bytes = filled(100);
    const first = blake2b256(bytes);
    blake2b256(filled(100, 2));
    expect(hex(first)).toBe(hex(noble(filled(100))));
    expect(bytes).toEqual(filled(100));
    expect(first.buffer.byteLength).toBe(32);
  });
  it('leaves nothing of what it hashed in the memory of the module', () => {
    for (const length of [32, 128, 1000, 16000]) {
      blake2b256(new Uint8Array(length).fill(0xa5));
      expect(blake2bModule()?.memory.subarray(128).includes(0xa5)).toBe(false);
    }
  });
});

describe('commitment', () => {
  const cases: { data_hex: string; commitment: string }[] = vectors.commitments;
  it.each(cases.map((each) => ({ ...each, size: each.data_hex.length / 2 })))(
    'is what the official client gives for $size bytes',
    ({ data_hex, commitment: expected }) => {
      expect(commitment(fromHex(data_hex))).toBe(expected);
    },
  );
});

describe('createHasher', () => {
  it('refuses to go on after its digest', () => {
    const hasher = createHasher();
    hasher.digest();
    expect(() => hasher.digest()).toThrow(expect.objectContaining({ code: 'HASHER_FINISHED' }));
    expect(() => hasher.update(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'HASHER_FINISHED' }));
  });
  it('refuses pieces that are not bytes', () => {
    expect(() => createHasher().update('text' as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  const module = blake2bModule();
  const engines = [
    ['the default engine', () => createHasher()],
    ['WebAssembly', () => hashEngines.wasm(module!)],
    ['noble', hashEngines.noble],
    ...(hashEngines.native() === undefined ? [] : [['the native addon', () => hashEngines.native()!] as const]),
  ] as const;
  it.each(engines)('in %s does not depend on how the input is cut', (_, start) => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(300), fc.constantFrom(0, 127, 128, 129, 256, 130816, 130944, 131072)), {
          maxLength: 12,
        }),
        (cuts) => {
          const bytes = filled(cuts.reduce((sum, cut) => sum + cut, 0));
          const engine = start();
          let at = 0;
          for (const cut of cuts) {
            engine.update(bytes.subarray(at, at + cut));
            at += cut;
          }
          expect(hex(engine.digest())).toBe(hex(noble(bytes)));
        },
      ),
      { numRuns: 40 },
    );
  });
  it('keeps hashers apart that run at the same time', () => {
    const [a, b] = [hashEngines.wasm(module!), hashEngines.wasm(module!)];
    const [one, two] = [filled(500, 1), filled(500, 2)];
    for (let at = 0; at < 500; at += 50) {
      a.update(one.subarray(at, at + 50));
      b.update(two.subarray(at, at + 50));
      blake2b256(filled(10));
    }
    expect(hex(a.digest())).toBe(hex(noble(one)));
    expect(hex(b.digest())).toBe(hex(noble(two)));
  });
  it('does not look at a piece again after update has returned', () => {
    const piece = filled(60);
    const hasher = createHasher().update(piece);
    piece.fill(0);
    expect(hex(hasher.digest())).toBe(hex(noble(filled(60))));
  });
});

describe('hashBytes', () => {
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('refuses sources that give no bytes', async () => {
    for (const wrong of [7, 'text', null, undefined, {}, ['text'], new Map([[1, 2]])]) {
      expect(isError(await failure(hashBytes(wrong as never)), 'INVALID_ARGUMENT')).toBe(true);
    }
  });
  it('does not start when the signal is aborted already', async () => {
    const signal = AbortSignal.abort();
    expect(isError(await failure(hashBytes(new Uint8Array(3), { signal })), 'ABORTED')).toBe(true);
    expect(isError(await failure(hashBytes([new Uint8Array(3)], { signal })), 'ABORTED')).toBe(true);
  });
  it('ends a read that hangs, and cancels the stream', async () => {
    const controller = new AbortController();
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => setTimeout(() => controller.abort(), 1)),
      cancel: () => {
        cancelled = true;
      },
    });
    expect(isError(await failure(hashBytes(stream, { signal: controller.signal })), 'ABORTED')).toBe(true);
    expect(cancelled).toBe(true);
  });
  it('ends in the middle of an array', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ done }: { done: number }) => {
      seen.push(done);
      controller.abort();
    };
    expect(
      isError(await failure(hashBytes(new Uint8Array(20 << 20), { signal: controller.signal, onProgress })), 'ABORTED'),
    ).toBe(true);
    expect(seen).toEqual([8 << 20]);
  });
  it('hands on the error of its source', async () => {
    const broken = async function* () {
      yield new Uint8Array(5);
      throw new RangeError('cut');
    };
    expect(await failure(hashBytes(broken()))).toBeInstanceOf(RangeError);
  });
  it('hashes arrays, streams and iterables alike and says how far it is', async () => {
    const bytes = filled(9 << 20);
    const expected = hex(blake2b256(bytes));
    const progress: unknown[] = [];
    expect(hex(await hashBytes(bytes, { onProgress: (each) => progress.push(each) }))).toBe(expected);
    expect(progress).toEqual([
      { done: 8 << 20, total: 9 << 20 },
      { done: 9 << 20, total: 9 << 20 },
    ]);
    const pieces = [bytes.subarray(0, 1000), bytes.subarray(1000, 1000), bytes.subarray(1000)];
    expect(hex(await hashBytes(pieces))).toBe(expected);
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    const last: number[] = [];
    expect(hex(await hashBytes(stream, { onProgress: ({ done }) => last.push(done) }))).toBe(expected);
    expect(last.at(-1)).toBe(bytes.length);
  });
});
