import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commitment, encryptWeights } from '@somakit/crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createScorer,
  type ModelSource,
  nearestTargets,
  rankCorrelation,
  type ScoreParameters,
  type Scorer,
} from '../../src/index.js';
import { configOf } from '../vectors.js';
import { type BlobServer, startBlobServer } from './blob-server.js';
import { dataBytes, modelBytes, modelPath, temporaryFolder } from './files.js';

// Short sequences, so that many runs are quick.
const config = configOf('small', 32, 4);
const folder = temporaryFolder();
const options = { config, device: 'cpu', cacheDir: folder.path, urlPolicy: { allowPrivate: true } } as const;
const target = Float32Array.from({ length: 16 }, (_, i) => Math.cos(i));
const models: ModelSource[] = ['small-a', 'small-b', 'small-c'].map((name) => ({ path: modelPath(name) }));
let scorer: Scorer;
let blobs: BlobServer;

beforeAll(async () => {
  blobs = await startBlobServer();
  scorer = await createScorer(options);
});
afterAll(async () => {
  await scorer.close();
  await blobs.stop();
  folder.remove();
});

const item = (over: Partial<ScoreParameters> = {}): ScoreParameters => ({
  data: dataBytes('rand129'),
  models,
  targetEmbedding: target,
  ...over,
});

/** The tensors of a weight file in another element type. */
const converted = (
  file: Uint8Array,
  dtype: string,
  bytes: number,
  write: (view: DataView, at: number, value: number) => void,
) => {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const values = new Float32Array(file.slice(8 + length).buffer);
  for (const info of Object.values(header) as { dtype: string; data_offsets: number[] }[]) {
    if (info.dtype === undefined) continue;
    info.dtype = dtype;
    info.data_offsets = info.data_offsets.map((at) => (at / 4) * bytes);
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + text.length + values.length * bytes);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  for (const [i, value] of values.entries()) write(view, 8 + text.length + i * bytes, value);
  return out;
};

const bf16 = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
const truncated = (value: number): number => new Float32Array(Uint32Array.of(bf16(value) << 16).buffer)[0]!;

describe('a scorer', () => {
  it.each([
    ['a seed that is a number', { seed: 1 as unknown as bigint }, 'seed'],
    ['a negative seed', { seed: -1n }, 'seed'],
    ['a seed of 65 bits', { seed: 2n ** 64n }, 'seed'],
    ['no models', { models: [] }, 'models'],
    ['a short target', { targetEmbedding: [1, 2] }, 'targetEmbedding'],
    ['an empty target', { targetEmbedding: [] }, 'targetEmbedding'],
    ['data that is a text', { data: 'hello' as unknown as Uint8Array }, 'data'],
    ['a model that is nothing', { models: [{} as ModelSource] }, 'models[0]'],
    ['a missing data file', { data: { path: '/nowhere/data' } }, 'data'],
    ['a missing weight file', { models: [{ path: '/nowhere/model' }] }, 'models'],
    [
      'a size that is a number',
      {
        models: [
          {
            url: 'https://example.com/',
            checksum: commitment(new Uint8Array(0)) as string,
            size: 1 as unknown as bigint,
          },
        ],
      },
      'models[0].size',
    ],
    [
      'a short key',
      { models: [{ path: modelPath('small-a'), decryptionKey: new Uint8Array(31) }] },
      'models[0].decryptionKey',
    ],
  ] as [string, Partial<ScoreParameters>, string][])('refuses %s', async (_, over, argument) => {
    await expect(scorer.score(item(over))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', context: { argument } });
  });

  it('never shows a key in an error', async () => {
    const key = 'notakey0notakey0notakey0notakey0';
    const error = await scorer
      .score(item({ models: [{ path: modelPath('small-a'), decryptionKey: key }] }))
      .catch(String);
    expect(error).not.toContain('notakey');
  });

  it('gives one result for one content: file, bytes, encrypted bytes, encrypted file on the web', async () => {
    const plain = await scorer.score(item({ models: [{ path: modelPath('small-b') }] }));
    const { encrypted, key } = encryptWeights(modelBytes('small-b'));
    const checksum = commitment(encrypted) as string;
    const url = blobs.put('/small-b', encrypted);
    const sources: ModelSource[] = [
      { bytes: modelBytes('small-b') },
      { bytes: encrypted, checksum, decryptionKey: key },
      { url, checksum, size: BigInt(encrypted.length), decryptionKey: key },
      { manifest: { url, checksum, size: BigInt(encrypted.length) }, decryptionKey: key },
    ];
    for (const source of sources) {
      const result = await scorer.score(item({ models: [source] }));
      expect(result.embedding).toEqual(plain.embedding);
      expect(result.lossScore).toEqual(plain.lossScore);
    }
  });

  it('refuses local weights that are not those of the checksum', async () => {
    const checksum = commitment(new Uint8Array([1])) as string;
    for (const source of [{ path: modelPath('small-a') }, { bytes: modelBytes('small-a') }]) {
      await expect(scorer.score(item({ models: [{ ...source, checksum }] }))).rejects.toMatchObject({
        code: 'CONTENT_MISMATCH',
      });
    }
  });

  it('reads weights of other element types as the f32 values they are', async () => {
    const file = modelBytes('small-b');
    const f32 = await scorer.score(item({ models: [{ bytes: file }] }));
    const f64 = converted(file, 'F64', 8, (view, at, value) => view.setFloat64(at, value, true));
    const wide = await scorer.score(item({ models: [{ bytes: f64 }] }));
    expect(Math.abs(wide.lossScore[0]! / f32.lossScore[0]! - 1)).toBeLessThan(1e-6);
    const half = converted(file, 'BF16', 2, (view, at, value) => view.setUint16(at, bf16(value), true));
    const cut = converted(file, 'F32', 4, (view, at, value) => view.setFloat32(at, truncated(value), true));
    const [a, b] = (await scorer.score(item({ models: [{ bytes: half }, { bytes: cut }] }))).models;
    expect(Math.abs(a!.loss / b!.loss - 1)).toBeLessThan(1e-6);
    const integers = converted(file, 'I8', 1, (view, at, value) => view.setInt8(at, Math.round(value)));
    await expect(scorer.score(item({ models: [{ bytes: integers }] }))).resolves.toHaveProperty('winner', 0);
  });

  it('lets NaN weights flow into the result, as the reference does', async () => {
    const bytes = modelBytes('small-a');
    new DataView(bytes.buffer).setFloat32(bytes.length - 4, Number.NaN, true);
    const { models: scores, winner } = await scorer.score(item({ models: [models[1]!, { bytes }] }));
    expect(scores[1]!.loss).toBeNaN();
    expect(winner).toBe(0);
  });

  it('gives the embedding alone', async () => {
    const { models: scores } = await scorer.score(item());
    const embedding = await scorer.embed({ data: dataBytes('rand129'), model: models[1]! });
    expect(embedding).toEqual(scores[1]!.embedding);
  });

  it('tells how far it is', async () => {
    const seen: string[] = [];
    await scorer.score(
      item({ models: models.slice(0, 2), onProgress: ({ done, total }) => seen.push(`${done}/${total}`) }),
    );
    expect(seen).toHaveLength(10);
    expect(seen.at(-1)).toBe('10/10');
  });

  it('stops between sequences when it is told to, and works on', async () => {
    const controller = new AbortController();
    const scoring = scorer.score(
      item({
        data: dataBytes('rand16384'),
        signal: controller.signal,
        onProgress: ({ done }) => done === 3 && controller.abort(),
      }),
    );
    await expect(scoring).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(scorer.score(item({ timeoutMs: 0.001 }))).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(scorer.score(item())).resolves.toHaveProperty('winner');
  });

  it('takes no more than its limits allow', async () => {
    const strict = await createScorer({ ...options, limits: { maxDataBytes: 10, maxModels: 2, maxWeightBytes: 100 } });
    await expect(strict.score(item({ data: new Uint8Array(11) }))).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await expect(strict.score(item({ data: new Uint8Array(1) }))).rejects.toMatchObject({
      context: { what: 'models' },
    });
    await strict.close();
    await expect(strict.score(item())).rejects.toMatchObject({ code: 'SCORER_CLOSED' });
  });

  it('keeps open what fits into its memory, and what was used last', async () => {
    const thrifty = await createScorer({ ...options, memoryBudgetBytes: 1 });
    const generous = await createScorer(options);
    const expected = await generous.score(item());
    expect(await thrifty.score(item())).toEqual(expected);
    expect(thrifty.stats().openModels).toBe(0);
    expect(generous.stats().openModels).toBe(3);
    await thrifty.close();
    await generous.close();
    expect(generous.stats().openModels).toBe(0);
  });

  it('keeps on disk what fits into the budget, and fetches the rest again', async () => {
    const cacheDir = join(folder.path, 'tight');
    const tight = await createScorer({ ...options, cacheDir, cacheBudgetBytes: 60_000 });
    const manifest = (name: string) => {
      const bytes = modelBytes(name);
      return {
        url: blobs.put(`/${name}.tight`, bytes),
        checksum: commitment(bytes) as string,
        size: BigInt(bytes.length),
      };
    };
    const [a, b] = [manifest('small-a'), manifest('small-b')];
    const first = await tight.score(item({ models: [a] }));
    await tight.score(item({ models: [b] }));
    expect(readdirSync(join(cacheDir, 'weights'))).toEqual([b.checksum]);
    expect(await tight.score(item({ models: [a] }))).toEqual(first);
    expect(blobs.hits('/small-a.tight')).toBe(2);
    await tight.close();
  });

  it('fetches a blob once for all who ask at once', async () => {
    const bytes = modelBytes('small-c');
    bytes[bytes.length - 1] = 1;
    const manifest = {
      url: blobs.put('/shared', bytes),
      checksum: commitment(bytes) as string,
      size: BigInt(bytes.length),
    };
    const results = await Promise.all(Array.from({ length: 5 }, () => scorer.score(item({ models: [manifest] }))));
    for (const result of results) expect(result).toEqual(results[0]);
    expect(blobs.hits('/shared')).toBe(1);
  });

  it('says which device it cannot use', async () => {
    const reasons = await createScorer({ ...options, device: 'cuda' }).then(
      async (other) => [other.device, await other.close()],
      (error: unknown) => [(error as { code: string }).code],
    );
    expect(['cuda', 'DEVICE_UNAVAILABLE']).toContain(reasons[0]);
    await expect(createScorer({ ...options, device: 'npu' as 'cpu' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('results', () => {
  it('do not depend on threads, cache, order or neighbours', async () => {
    const other = await createScorer({ ...options, threads: 2, repack: false, memoryBudgetBytes: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
        async (data, seed, order) => {
          const chosen = order.map((i) => models[i]!);
          const [one, , two, again] = await Promise.all([
            scorer.score(item({ data, seed, models: chosen })),
            scorer.score(item({ data, seed: 1n })),
            other.score(item({ data, seed, models: chosen })),
            scorer.score(item({ data, seed, models: chosen })),
          ]);
          expect(again).toEqual(one);
          for (const [i, { loss, embedding }] of one.models.entries()) {
            expect(Math.abs(loss / two.models[i]!.loss - 1)).toBeLessThan(1e-5);
            for (const [d, value] of embedding.entries())
              expect(Math.abs(value - two.models[i]!.embedding[d]!)).toBeLessThan(1e-5);
          }
          const losses = one.models.map(({ loss }) => loss).sort((a, b) => a - b);
          if (losses.length < 2 || losses[1]! / losses[0]! - 1 > 1e-5) expect(one.winner).toBe(two.winner);
        },
      ),
      { numRuns: 15 },
    );
    await other.close();
  });

  it('for many targets are those of each target by itself', async () => {
    const lists = [
      [0, 1],
      [2, 0],
      [1, 2, 0],
      [1, 1],
    ];
    const targets = lists.map((list, t) => ({
      targetEmbedding: target.map((value, i) => value + t * i),
      models: list.map((i) => models[i]!),
    }));
    const together = await scorer.scoreTargets({ data: dataBytes('rand128'), targets, seed: 3n });
    for (const [i, each] of targets.entries()) {
      expect(together[i]).toEqual(await scorer.score({ data: dataBytes('rand128'), ...each, seed: 3n }));
    }
    const near = nearestTargets(
      together[0]!.embedding,
      targets.map(({ targetEmbedding }) => targetEmbedding),
      1,
    );
    expect(near).toHaveLength(1);
  });
});

describe('a stream of items', () => {
  const lengths = [5, 40, 0, 3, 100];
  it('gives every outcome in order, failures among them, and reads no further ahead than it may', async () => {
    let taken = 0;
    let given = 0;
    async function* source() {
      for (const length of lengths) {
        taken += 1;
        yield item({ data: new Uint8Array(length).fill(length) });
      }
    }
    const outcomes: string[] = [];
    for await (const { index, status } of scorer.scoreMany(source(), { concurrency: 2 })) {
      outcomes.push(`${index} ${status}`);
      expect(taken - given).toBeLessThanOrEqual(2);
      given += 1;
    }
    expect(outcomes).toEqual(['0 scored', '1 scored', '2 failed', '3 scored', '4 scored']);
  });

  it('gives outcomes as they are ready when asked to', async () => {
    const seen = new Set<number>();
    const items = lengths.map((length) => item({ data: new Uint8Array(length).fill(1) }));
    for await (const { index } of scorer.scoreMany(items, { ordered: false, concurrency: 3 })) seen.add(index);
    expect(seen.size).toBe(lengths.length);
  });

  it('cleans up when it is left early', async () => {
    let closed = false;
    function* source() {
      try {
        while (true) yield item({ data: new Uint8Array(8) });
      } finally {
        closed = true;
      }
    }
    for await (const outcome of scorer.scoreMany(source())) if (outcome.index === 1) break;
    expect(closed).toBe(true);
    const controller = new AbortController();
    const stopped = (async () => {
      for await (const _ of scorer.scoreMany(source(), { signal: controller.signal })) controller.abort();
    })();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('screening', () => {
  const candidates = Array.from({ length: 24 }, (_, i) => new Uint8Array(20 + i).map((_, j) => (i * 37 + j * j) % 251));
  const targets = [
    { targetEmbedding: target, models },
    { targetEmbedding: target.map((value) => -value), models: models.slice(1) },
  ];

  it('keeps the best, with exact results, and shows how far the approximation may be off', async () => {
    const { kept, estimates, error } = await scorer.screen(candidates, targets, { keep: 0.25, sample: 6 });
    expect(error.candidates).toBe(6);
    expect(error.embedding).toBeLessThan(1e-3);
    expect(error.speedUp).toBeGreaterThan(0);
    expect(kept.length).toBeGreaterThanOrEqual(6);
    expect(estimates).toHaveLength(24);
    const all: number[] = [];
    for (const data of candidates) {
      const results = await scorer.scoreTargets({ data, targets });
      all.push(Math.min(...results.map(({ distance }) => distance[0]!)));
    }
    for (const { index, results, distance } of kept) {
      expect(results).toEqual(await scorer.scoreTargets({ data: candidates[index]!, targets }));
      expect(distance).toBe(all[index]);
    }
    expect(rankCorrelation(all, estimates)).toBeGreaterThan(0.9);
    expect(kept[0]!.distance).toBe(Math.min(...all));
  });

  it('does not approximate unless it was asked to', async () => {
    const fresh = await createScorer(options);
    const exact = await fresh.score(item());
    await fresh.screen(candidates.slice(0, 2), targets, { keep: 1, sample: 2 });
    expect(await fresh.score(item())).toEqual(exact);
    await fresh.close();
  });

  it('without approximations is the exact score, whatever the length', async () => {
    const plain = await createScorer({ ...options, config: configOf('small', 1024, 16) });
    const list = [1, 300, 1024, 1100].map((length) => Uint8Array.from({ length }, (_, i) => (i * i) % 253));
    const { error } = await plain.screen(list, targets, { int8: false, tail: 'exact', sample: 4 });
    expect(error).toMatchObject({ candidates: 4, winners: 1 });
    expect(error.distance).toBeLessThan(1e-6);
    expect(error.embedding).toBeLessThan(1e-6);
    await plain.close();
  });

  it('comes near with a few places for the PADs, and nearer with more', async () => {
    const plain = await createScorer({ ...options, config: configOf('small', 1024, 16) });
    const list = [100, 101, 700].map((length) => Uint8Array.from({ length }, (_, i) => (i * i) % 253));
    const errors: number[] = [];
    for (const tail of [1, 8, 64]) {
      const { error } = await plain.screen(list, targets, { int8: false, tail, sample: 3 });
      errors.push(error.distance);
    }
    expect(errors[0]).toBeGreaterThan(errors[1]!);
    expect(errors[1]).toBeGreaterThan(errors[2]!);
    expect(errors[2]).toBeLessThan(1e-4);
    await plain.close();
  });

  it('reads a stream no further than it is, and keeps so many of it', async () => {
    let read = 0;
    let closed = false;
    async function* stream() {
      try {
        for (const data of [new Uint8Array(0), ...candidates, new Uint8Array(1_048_577)]) {
          read += 1;
          yield data;
        }
      } finally {
        closed = true;
      }
    }
    const told: number[] = [];
    const { kept, estimates, error } = await scorer.screen(stream(), targets, {
      count: 2,
      sample: 4,
      onKept: ({ index }) => told.push(index),
    });
    expect([read, closed]).toEqual([26, true]);
    expect(kept.length).toBeGreaterThanOrEqual(2);
    expect([...told].sort()).toEqual(kept.map(({ index }) => index).sort());
    for (const { index, data } of kept) expect(data).toBe(candidates[index - 1]);
    // What nobody scores is no reason to end.
    expect([estimates[0], estimates[25]]).toEqual([Number.NaN, Number.NaN]);
    expect(error.candidates).toBe(4);
    const failing = (async function* () {
      yield candidates[0]!;
      throw new TypeError('no more');
    })();
    await expect(scorer.screen(failing, targets)).rejects.toThrow('no more');
  });

  it('keeps all that is near enough, as soon as it is found', async () => {
    const all = await Promise.all(
      candidates.map(async (data) => {
        const results = await scorer.scoreTargets({ data, targets });
        return Math.min(...results.map(({ distance }) => distance[0]!));
      }),
    );
    const maxDistance = [...all].sort((a, b) => a - b)[5]!;
    const { kept } = await scorer.screen(candidates, targets, { maxDistance, sample: 4 });
    const near = all.flatMap((distance, i) => (distance <= maxDistance ? [i] : []));
    expect(kept.map(({ index }) => index).sort()).toEqual(near.sort());
    const controller = new AbortController();
    const stopped = scorer.screen(candidates, targets, {
      maxDistance: 2,
      signal: controller.signal,
      onKept: () => controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each([
    { keep: 0 },
    { keep: 2 },
    { sample: 1 },
    { count: 0 },
    { count: 1.5 },
    { maxDistance: Number.NaN },
    { keep: 0.5, count: 3 },
    { tail: 0 },
  ])('refuses %o', async (over) => {
    await expect(scorer.screen(candidates, targets, over)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
