import { toHex } from '@somakit/core';
import scalars from '@somakit/vectors/scoring/scalars.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressTail, tailBias, tailGroups } from '../src/core/compressed-tail.js';
import {
  batchesOf,
  buildModelGraph,
  cosineDistance,
  createRunningMean,
  createTargetIndex,
  nearestTargets,
  noiseSeed,
  parseSafetensorsHeader,
  pickWinner,
  resolveConfig,
  ropeTables,
  safetensorsHeaderLength,
  selectWeights,
  sequenceAt,
  sequenceCount,
  sigRegSum,
  sigRegTables,
  timescales,
  unitDirections,
  V1_CONFIG,
  weightTable,
  withinTolerance,
} from '../src/core/index.js';
import { quantiseColumns } from '../src/core/quantise.js';
import { brokenFrom } from './hostile.js';
import { configOf, scoringCases } from './vectors.js';

const number = (value: number | string): number => Number(value);
const sha256 = async (values: Iterable<number>): Promise<string> => {
  const bytes = new Uint8Array(Int32Array.from(values).buffer);
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
};

const ramp = (length: number, first: number, step: number): Uint8Array =>
  new Uint8Array(length).map((_, i) => first + step * i);
const dataOf: Readonly<Record<string, Uint8Array>> = {
  ramp4: ramp(4, 0, 1),
  ramp8: ramp(8, 0, 1),
  ramp16: ramp(16, 0, 1),
  ramp24: ramp(24, 0, 1),
  ramp31: ramp(31, 200, 1),
  ramp33: ramp(33, 1, 5),
};
const chunked = scoringCases.filter(({ data, error }) => data in dataOf && error === undefined);

/** A sound little weight file. */
const soundWeights = (): Uint8Array => {
  const config = resolveConfig('small');
  const header: Record<string, unknown> = {};
  let at = 0;
  for (const [key, shape] of weightTable(config)) {
    const length = shape.reduce((product, size) => product * size, 4);
    header[key] = { dtype: 'F32', shape, data_offsets: [at, at + length] };
    at += length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
};

const readWeights = (file: Uint8Array, config = resolveConfig('small')) => {
  const length = safetensorsHeaderLength(file.subarray(0, 8), file.length);
  return selectWeights(parseSafetensorsHeader(file.subarray(8, 8 + length), file.length), config);
};

describe('configurations', () => {
  it('describe the published model by 389 tensors and 1,209,684,232 parameters', () => {
    const table = weightTable(V1_CONFIG);
    expect(table.size).toBe(389);
    const total = [...table.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(total).toBe(1_209_684_232);
  });

  it.each([
    { numHeads: 3 },
    { embeddingDim: 0 },
    { numLayers: 1.5 },
    { vocabSize: 200 },
    { seqLen: 0 },
    { batchSize: -1 },
    { embeddingDim: Number.NaN },
  ])('are refused when they make no model: %o', (over) => {
    expect(() => resolveConfig({ ...resolveConfig('small'), ...over })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('cutting data', () => {
  it.each(chunked.map((each) => [each.name, each] as const))('gives the recorded batches of %s', async (_, each) => {
    const config = configOf(each.config, each.seq_len, each.batch_size);
    const resolved = resolveConfig(config);
    const data = dataOf[each.data]!;
    expect(sequenceCount(data.length, resolved)).toBe(each.num_sequences);
    const batches = batchesOf(data.length, resolved);
    expect(batches).toHaveLength(each.batches.length);
    for (const [i, batch] of batches.entries()) {
      const expected = each.batches[i];
      const rows = Array.from({ length: batch.count }, (_, row) => sequenceAt(data, batch.first + row, resolved));
      expect([batch.count, each.seq_len]).toEqual(expected.shape);
      expect(await sha256(rows.flatMap(({ tokens }) => [...tokens]))).toBe(expected.token_ids_sha256_i32le);
      expect(await sha256(rows.flatMap(({ positions }) => [...positions]))).toBe(expected.pos_ids_sha256_i32le);
      expect(await sha256(rows.flatMap(({ targets }) => [...targets]))).toBe(expected.targets_sha256_i32le);
      expect(noiseSeed(BigInt(each.seed), i).toString()).toBe(expected.noise_seed);
    }
  });

  it('puts every byte into exactly one place, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (data, seqLen) => {
        const seen: number[] = [];
        for (let i = 0; i < sequenceCount(data.length, { seqLen }); i++) {
          const { tokens, positions, dataLength } = sequenceAt(data, i, { seqLen });
          for (let j = 0; j < dataLength; j++) {
            expect(positions[j]).toBe(seen.length);
            seen.push(tokens[j]!);
          }
          expect(tokens[dataLength] ?? 257).toBe(257);
        }
        expect(seen).toEqual([...data]);
      }),
    );
  });
});

describe('the noise', () => {
  it('has columns of length one', () => {
    const directions = unitDirections(42n, 16);
    for (let k = 0; k < 256; k++) {
      let sum = 0;
      for (let d = 0; d < 16; d++) sum += directions[d * 256 + k]! ** 2;
      expect(sum).toBeCloseTo(1, 6);
    }
  });

  it('takes seeds over the end of 64 bits', () => {
    expect(noiseSeed(2n ** 64n - 1n, 1)).toBe(0n);
  });
});

describe('the regulariser', () => {
  it('has the recorded tables', () => {
    const { t, phi, weights } = sigRegTables();
    for (const [j, expected] of scalars.sig_reg_tables.t.entries()) {
      expect(t[j]).toBe(expected);
      expect(Math.abs(phi[j]! - scalars.sig_reg_tables.phi[j])).toBeLessThan(1e-7);
      expect(Math.abs(weights[j]! - scalars.sig_reg_tables.weights[j])).toBeLessThan(1e-7);
    }
  });

  it('is what the plain formula gives', () => {
    const projected = Float32Array.from({ length: 3 * 256 }, (_, i) => Math.sin(i * i) * 5);
    const { t, phi, weights } = sigRegTables();
    let expected = 0;
    for (let place = 0; place < 3; place++) {
      const x = projected.subarray(place * 256, (place + 1) * 256);
      for (let j = 0; j < 17; j++) {
        let [c, s] = [0, 0];
        for (const value of x) {
          c += Math.cos(value * t[j]!) / 256;
          s += Math.sin(value * t[j]!) / 256;
        }
        expected += 256 * weights[j]! * ((c - phi[j]!) ** 2 + s ** 2);
      }
    }
    expect(Math.abs(sigRegSum(projected) / expected - 1)).toBeLessThan(1e-9);
  });

  it('counts a place as often as it is told', () => {
    const projected = Float32Array.from({ length: 2 * 256 }, (_, i) => Math.sin(i * i) * 5);
    const [first, second] = [sigRegSum(projected.subarray(0, 256)), sigRegSum(projected.subarray(256))];
    expect(sigRegSum(projected, [3, 1])).toBeCloseTo(3 * first + second, 6);
  });

  it('lets a NaN through', () => {
    expect(sigRegSum(new Float32Array(256).fill(Number.NaN))).toBeNaN();
  });
});

describe('matrices in 8 bits', () => {
  it.each([127, 63])('are within half a step of the true ones, and reach %i', (limit) => {
    const matrix = Float32Array.from({ length: 30 }, (_, i) => Math.sin(i * i) * (1 + (i % 3)));
    const { values, scales } = quantiseColumns(matrix, 3, limit);
    expect(Math.max(...values.map(Math.abs))).toBe(limit);
    for (const [i, value] of matrix.entries()) {
      expect(Math.abs(values[i]! * scales[i % 3]! - value)).toBeLessThanOrEqual(scales[i % 3]! * 0.5001);
    }
  });
});

describe('a compressed tail', () => {
  it('stands for every PAD once, in groups that never shrink', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1023 }), fc.integer({ min: 1, max: 80 }), (pads, groups) => {
        const sizes = tailGroups(pads, groups);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(pads);
        expect(sizes.length).toBe(Math.min(pads, groups));
        // Rounding may take one back.
        for (const [i, size] of sizes.entries())
          expect(size).toBeGreaterThanOrEqual(Math.max(1, (sizes[i - 1] ?? 1) - 1));
      }),
    );
  });

  it('leaves data alone, and everything when it saves nothing', () => {
    const sequence = sequenceAt(new Uint8Array(20).fill(7), 0, { seqLen: 32 });
    expect(compressTail(sequence, 11)).toEqual({ ...sequence, counts: new Float32Array(32).fill(1) });
    const shorter = compressTail(sequence, 3);
    expect([...shorter.tokens]).toEqual([...new Array(20).fill(7), 257, 256, 256, 256]);
    expect([...shorter.targets]).toEqual([...new Array(19).fill(7), 257, 256, 256, 256, 256]);
    expect([...shorter.positions.slice(19)]).toEqual([19, 20, 20, 20, 20]);
    expect(shorter.counts.reduce((sum, count) => sum + count, 0)).toBe(32);
  });

  it('shows nobody what comes later, and counts a group as often as it has places', () => {
    expect([...tailBias(Float32Array.of(1, 3))]).toEqual([0, -1e9, 0, Math.fround(Math.log(2))]);
    expect([...tailBias(Float32Array.of(4, 1))][2]).toBe(Math.fround(Math.log(4)));
  });
});

describe('the rotation', () => {
  it('has the recorded timescales, angles, cosines and sines', () => {
    for (const { head_dim: headDim, timescale, rows } of scalars.rope) {
      expect([...timescales(headDim)]).toEqual(timescale);
      for (const { position, cos, sin } of rows) {
        const tables = ropeTables(Uint32Array.of(position), headDim);
        for (const [i, expected] of cos.entries()) expect(Math.abs(tables.cos[i]! - expected)).toBeLessThan(1e-7);
        for (const [i, expected] of sin.entries()) expect(Math.abs(tables.sin[i]! - expected)).toBeLessThan(1e-7);
      }
    }
  });
});

describe('winner, distance and tolerance', () => {
  it.each(scalars.winner as { losses: (number | string)[]; winner: number }[])(
    'of the losses $losses model $winner wins',
    ({ losses, winner }) => {
      expect(pickWinner(losses.map(number))).toBe(winner);
    },
  );

  it('have the recorded distances', () => {
    for (const { a, b, distance } of scalars.cosine_distance) {
      const ours = cosineDistance(Float32Array.from(a), Float32Array.from(b));
      if (distance === 'NaN') expect(ours).toBeNaN();
      else expect(Math.abs(ours - distance)).toBeLessThan(3e-7);
    }
  });

  it('have the recorded verdicts of an audit', () => {
    for (const { computed, claimed, accepted } of scalars.audit_tolerance) {
      expect(withinTolerance(number(computed), number(claimed))).toBe(accepted);
    }
  });

  it('average batches as equals, in f32', () => {
    const running = createRunningMean(1);
    for (const value of [1, 2, 6]) running.add([value]);
    expect(running.mean[0]).toBe(3);
  });
});

describe('nearest targets', () => {
  const vector = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 7, maxLength: 7 });
  it('are those of the exact distance, in its order', () => {
    fc.assert(
      fc.property(vector, fc.array(vector, { maxLength: 20 }), (embedding, list) => {
        const targets = list.map((each) => Float32Array.from(each));
        const found = nearestTargets(Float32Array.from(embedding), targets);
        for (const [i, { index, distance }] of found.entries()) {
          expect(Math.abs(distance - cosineDistance(Float32Array.from(embedding), targets[index]!))).toBeLessThan(1e-6);
          if (i > 0) expect(distance).toBeGreaterThanOrEqual(found[i - 1]!.distance);
        }
        const usable = targets.filter((each) => each.some((value) => value !== 0)).length;
        expect(found).toHaveLength(embedding.some((value) => value !== 0) ? usable : 0);
      }),
    );
  });

  it('need embeddings of one length', () => {
    expect(() => createTargetIndex([new Float32Array(2), new Float32Array(3)])).toThrow('targets[1]');
    expect(() => nearestTargets(new Float32Array(3), [new Float32Array(2)])).toThrow('embedding');
  });
});

describe('weight files', () => {
  it('are read by keys, ignoring what a model does not need', () => {
    expect(readWeights(soundWeights()).size).toBe(37);
  });

  it.each(brokenFrom(soundWeights()))('are refused with %s', (_, file) => {
    expect(() => readWeights(file)).toThrow(expect.objectContaining({ code: 'INVALID_WEIGHTS' }));
  });

  it('of another configuration list what does not fit, shapes before missing keys', () => {
    expect(() => readWeights(soundWeights(), resolveConfig({ ...resolveConfig('small'), embeddingDim: 24 }))).toThrow(
      expect.objectContaining({ context: expect.objectContaining({ reason: 'shape' }) }),
    );
    expect(() => readWeights(soundWeights(), resolveConfig({ ...resolveConfig('small'), numLayers: 3 }))).toThrow(
      expect.objectContaining({ context: expect.objectContaining({ reason: 'missing' }) }),
    );
  });

  it('never crash the reader, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(200), (header, extra) => {
        try {
          parseSafetensorsHeader(header, 8 + header.length + extra);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_WEIGHTS' });
        }
      }),
    );
  });

  it('become a graph of some kilobytes that holds no weight', () => {
    const graph = buildModelGraph({
      config: resolveConfig('small'),
      weights: readWeights(soundWeights()),
      location: 'model.safetensors',
    });
    expect(graph.length).toBeLessThan(100_000);
    expect(new TextDecoder('latin1').decode(graph)).toContain('model.safetensors');
  });
});
