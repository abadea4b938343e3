import { fromHex, parseObjectId, toHex } from '@somakit/core';
import { blake2b256, deriveObjectId } from '@somakit/crypto';
import embedding from '@somakit/vectors/embedding.json';
import cases from '@somakit/vectors/execution-cases.json';
import nodeDigests from '@somakit/vectors/node-digests.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protocolParameters } from '../../src/parameters/index.js';
import {
  adjustDifficulty,
  claimShares,
  createModelSelector,
  expiredShares,
  genesisModelEmbedding,
  genesisRewardPerTarget,
  mayCreateTarget,
  modelVotingPowers,
  rewardPerTarget,
  selectModels,
  splitBond,
  submissionBond,
  targetBudget,
  targetEmbedding,
  targetSeed,
  updateHitsEma,
} from '../../src/targets/index.js';

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const f32Hex = (value: number) => toHex(bytesOf(Float32Array.of(value)));
const bits = (values: Float32Array) =>
  Array.from(new Uint32Array(values.buffer), (word) => word.toString(16).padStart(8, '0'));
const sha256 = async (parts: Uint8Array[]) =>
  toHex(
    new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(parts.flatMap((part) => Array.from(part))))),
  );
const caseOf = (id: string) => cases.find((entry: { id: string }) => entry.id === id);
const parameters = protocolParameters();

describe('target embeddings', () => {
  it('refuse dimensions that are no length', () => {
    for (const dim of [-1, 2n ** 40n, 1.5])
      expect(() => targetEmbedding(1n, dim)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('of 2048 values equal the golden hashes', () => {
    for (const entry of embedding.normal_long) {
      const values = targetEmbedding(BigInt(entry.seed), entry.dim);
      expect(toHex(blake2b256(bytesOf(values)))).toBe(entry.blake2b256_of_le_bytes);
      expect(bits(values.slice(0, 4))).toEqual(entry.first4_f32_bits);
      expect(bits(values.slice(-4))).toEqual(entry.last4_f32_bits);
    }
  });

  it('follow from the transaction and the creation number', () => {
    for (const entry of embedding.target_seeds) {
      const seed = targetSeed(entry.transaction_digest, BigInt(entry.creation_num));
      expect(seed).toBe(BigInt(entry.seed));
      expect(bits(targetEmbedding(seed, 4))).toEqual(entry.embedding_dim4_f32_bits);
    }
    const zero = caseOf('target-seed');
    expect(targetSeed('1'.repeat(32) as never, 0n)).toBe(BigInt(zero.expected.seed));
    expect(targetSeed('1'.repeat(32) as never, 1n)).toBe(445000614441370954n);
    const first = targetEmbedding(BigInt(zero.expected.seed), 4);
    [0.647866964, -0.435069144, -0.363527745, -0.32058093].forEach((value, i) => {
      expect(first[i]).toBeCloseTo(value, 8);
    });
  });

  it('are the first samples of the reference test', () => {
    const { inputs, expected } = caseOf('normal-samples-42');
    expect(Array.from(targetEmbedding(BigInt(inputs.seed), inputs.count))).toEqual(expected.values);
  });

  it('equal those of recorded targets', () => {
    for (const target of nodeDigests.targets) {
      expect(targetSeed(target.transaction, BigInt(target.seed_n))).toBe(BigInt(target.seed));
      expect(deriveObjectId(target.transaction, BigInt(target.id_n))).toBe(target.id);
      expect(toHex(bytesOf(targetEmbedding(BigInt(target.seed), 16)))).toBe(target.embedding_f32le);
    }
  });

  it('equal those of whole recorded batches', async () => {
    for (const batch of nodeDigests.target_batches) {
      const numbers = Array.from({ length: batch.count }, (_, i) => BigInt(batch.first_n + i));
      const ids = numbers.map((n) => fromHex(deriveObjectId(batch.transaction, n)));
      const embeddings = numbers.map((n) => bytesOf(targetEmbedding(targetSeed(batch.transaction, n), 16)));
      expect(await sha256(ids)).toBe(batch.ids_sha256);
      expect(await sha256(embeddings)).toBe(batch.embeddings_sha256);
    }
  });
});

describe('genesis model embeddings', () => {
  it('are thousandths from -0.5 on, and differ between models', () => {
    const id = parseObjectId('0x7');
    const values = genesisModelEmbedding(id, 32);
    for (const value of values)
      expect(Math.abs((value + 0.5) * 1000 - Math.round((value + 0.5) * 1000))).toBeLessThan(1e-3);
    expect(genesisModelEmbedding(parseObjectId('0x8'), 32)).not.toEqual(values);
    // Neighbours are one multiplier apart, modulo 1000 wherever the 64-bit product does not wrap in between.
    expect(genesisModelEmbedding(id, 8)).toEqual(values.slice(0, 8));
  });
});

describe('model selection', () => {
  const model = (n: number, values: number[], stake = 1n) => ({
    modelId: parseObjectId(`0x${n}`),
    embedding: Float32Array.from(values),
    stake,
  });

  it('gives nothing without models or for a count of 0', () => {
    expect(selectModels({ target: Float32Array.of(1), models: [], count: 3 })).toEqual([]);
    expect(selectModels({ target: Float32Array.of(1), models: [model(1, [1])], count: 0n })).toEqual([]);
  });

  it('refuses embeddings of differing length', () => {
    expect(() => createModelSelector([model(1, [1]), model(2, [1, 2])])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(() => selectModels({ target: Float32Array.of(1, 2), models: [model(1, [1])], count: 1 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('divides power by the roots of the stakes', () => {
    expect(Array.from(modelVotingPowers([100n, 400n, 900n]))).toEqual([1 / 6, 1 / 3, 1 / 2].map(Math.fround));
    expect(Array.from(modelVotingPowers([0n, 0n]))).toEqual([0.5, 0.5]);
  });

  it('gives ties to the lower id, whatever the order of the list', () => {
    const models = [3, 1, 2].map((n) => model(n, [1, 1]));
    expect(selectModels({ target: Float32Array.of(1, 0), models, count: 3 }).map(({ modelId }) => modelId)).toEqual(
      [1, 2, 3].map((n) => parseObjectId(`0x${n}`)),
    );
  });

  it('prefers stake at equal distance and nearness at equal stake', () => {
    const near = model(2, [1, 0]);
    const far = model(1, [-1, 0]);
    expect(selectModels({ target: Float32Array.of(1, 0), models: [near, far], count: 1 })[0]?.modelId).toBe(
      near.modelId,
    );
    const rich = model(9, [0, 1], 100n);
    expect(
      selectModels({ target: Float32Array.of(1, 0), models: [model(1, [0, 1]), rich], count: 1 })[0]?.modelId,
    ).toBe(rich.modelId);
  });

  it('survives zero embeddings and puts NaN last', () => {
    const models = [model(1, [Number.NaN, 0]), model(2, [0, 0]), model(3, [1, 0])];
    const chosen = selectModels({ target: Float32Array.of(1, 0), models, count: 3 });
    expect(chosen.map(({ modelId }) => Number(modelId))).toEqual([3, 2, 1]);
    expect(chosen[1]).toMatchObject({ distance: 1 });
  });

  it('sums in eight lanes', () => {
    // 1e8 + 1 is lost in one lane, kept when the ones go to other lanes and meet first.
    const values = new Float32Array(17).fill(1);
    values[0] = 2 ** 24;
    const target = new Float32Array(17).fill(1);
    const [match] = selectModels({
      target,
      models: [{ modelId: parseObjectId('0x1'), embedding: values, stake: 1n }],
      count: 1,
    });
    const { fround } = Math;
    const lane0 = fround(2 ** 24 + 1);
    const dotProduct = [fround(lane0 + 2), 4, 4, 4, 1].reduce((sum, part) => fround(sum + part), 0);
    const norm = fround(
      Math.sqrt([fround(fround(2 ** 48 + 1) + 2), 4, 4, 4, 1].reduce((sum, part) => fround(sum + part), 0)),
    );
    expect(match?.distance).toBe(fround(1 - fround(dotProduct / fround(fround(Math.sqrt(17)) * norm))));
  });

  it('orders any candidates by score', () => {
    const candidate = fc.record({
      values: fc.array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 9, maxLength: 9 }),
      stake: fc.bigInt({ min: 0n, max: 10n ** 16n }),
    });
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 1, maxLength: 12 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (candidates, seed) => {
          const models = candidates.map(({ values, stake }, i) => model(i + 1, values, stake));
          const chosen = selectModels({ target: targetEmbedding(seed, 9), models, count: 3 });
          expect(chosen.length).toBe(Math.min(3, models.length));
          chosen.slice(1).forEach((match, i) => {
            expect(match.weightedScore).toBeGreaterThanOrEqual(chosen[i]!.weightedScore);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('rewards and bonds', () => {
  it('follow the recorded rewards per target', () => {
    const { inputs, expected } = caseOf('reward-per-target');
    expect(inputs.targetHitsPerEpoch).toBe(Number(parameters.targetHitsPerEpoch));
    expect(rewardPerTarget(parameters, BigInt(inputs.emissionPerEpoch))).toBe(BigInt(expected.rewardPerTarget));
    expect(rewardPerTarget({ ...parameters, targetHitsPerEpoch: 100n }, 10n ** 15n)).toBe(8n * 10n ** 12n);
    expect(genesisRewardPerTarget(parameters)).toBe(5_480_000_000n);
    expect(rewardPerTarget({ ...parameters, targetHitsPerEpoch: 0n })).toBe(targetBudget(parameters));
    expect(rewardPerTarget(parameters, undefined, 2n)).toBe(targetBudget(parameters) / 100n);
  });

  it('keep the budget for exactly the recorded number of targets', () => {
    const { expected } = caseOf('target-budget');
    expect(targetBudget(parameters)).toBe(BigInt(expected.budget));
    const may = (targetsGenerated: bigint, protocolVersion = 5n) =>
      mayCreateTarget({
        poolBalance: 10n ** 15n,
        rewardPerTarget: 12_685_185n,
        targetsGenerated,
        parameters,
        emissionPerEpoch: 1_370_000_000_000n,
        protocolVersion,
      });
    expect(may(BigInt(expected.fits) - 1n)).toBe(true);
    expect(may(BigInt(expected.doesNotFit) - 1n)).toBe(false);
    expect(may(BigInt(expected.doesNotFit), 2n)).toBe(true);
    expect(
      mayCreateTarget({
        poolBalance: 1n,
        rewardPerTarget: 2n,
        targetsGenerated: 0n,
        parameters,
        emissionPerEpoch: 1n,
        protocolVersion: 2n,
      }),
    ).toBe(false);
  });

  it('ask a bond per byte and say when it is over 64 bits', () => {
    expect([1024n, 1_000_000n, 0n].map((size) => submissionBond(size, { submissionBondPerByte: 10n }))).toEqual([
      10_240n,
      10_000_000n,
      0n,
    ]);
    expect(submissionBond(2n ** 63n, { submissionBondPerByte: 2n })).toBeUndefined();
  });

  it('split a bond so that the first reporter gets the rest', () => {
    expect(splitBond(100n, 3)).toEqual([34n, 33n, 33n]);
    expect(splitBond(100n, 0)).toEqual([]);
  });

  it('give everything out, to the shannon', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer({ min: 1, max: 30 }), (amount, reporters) => {
        const shares = claimShares(amount, parameters)!;
        expect(shares.submitter + shares.modelOwner + shares.claimer).toBe(amount);
        const expired = expiredShares(amount, parameters);
        expect(expired.claimer + expired.returned).toBe(amount);
        expect(splitBond(amount, reporters).reduce((sum, part) => sum + part, 0n)).toBe(amount);
      }),
    );
  });

  it('say when the shares are over the whole', () => {
    expect(claimShares(10_000n, { ...parameters, targetModelRewardShareBps: 9_000n })).toBeUndefined();
  });
});

describe('difficulty', () => {
  const adjust = (threshold: number, hits: number, ema = 0, over = {}, protocolVersion = 5n) =>
    adjustDifficulty({
      distanceThreshold: threshold,
      hitsThisEpoch: BigInt(hits),
      hitsEma: BigInt(ema),
      parameters: { ...parameters, ...over },
      protocolVersion,
    });

  it('follows the recorded steps', () => {
    for (const id of ['difficulty-v5-step', 'difficulty-clamp-hard']) {
      const { inputs, expected } = caseOf(id);
      const { distanceThreshold } = adjust(inputs.threshold, inputs.hits, inputs.emaBefore, {
        targetDifficultyAdjustmentRateBps: BigInt(inputs.adjustmentRateBps),
        targetHitsPerEpoch: BigInt(inputs.targetHits),
        targetMinDistanceThreshold: inputs.min,
        targetMaxDistanceThreshold: inputs.max,
      });
      expect(f32Hex(distanceThreshold)).toBe(expected.thresholdF32Hex);
    }
  });

  it('keeps the running mean of hits', () => {
    for (const id of ['ema-update', 'ema-bootstrap']) {
      const { inputs, expected } = caseOf(id);
      expect(updateHitsEma(BigInt(inputs.ema), BigInt(inputs.hits), BigInt(inputs.decayBps))).toBe(
        BigInt(expected.ema),
      );
    }
  });

  it('stays while nobody ever hit', () => {
    expect(adjust(1.05, 0)).toEqual({ distanceThreshold: Math.fround(1.05), hitsEma: 0n });
  });

  it('eases with few hits as far as the maximum', () => {
    let state = { distanceThreshold: Math.fround(1.05), hitsEma: 5n };
    const seen = Array.from({ length: 6 }, () => {
      state = adjust(state.distanceThreshold, 5, Number(state.hitsEma));
      return state.distanceThreshold;
    });
    [1.0999999, 1.1999998, 1.3999996, 1.7999992, 2, 2].forEach((value, i) => {
      expect(seen[i]).toBeCloseTo(value, 6);
    });
  });

  it('takes the smaller least step of versions 3 and 4, and the factor of the versions before', () => {
    expect(adjust(1, 1, 0, { targetDifficultyAdjustmentRateBps: 200n }, 4n).distanceThreshold).toBe(
      Math.fround(1 - Math.fround(Math.fround(0.022) * -Math.fround(0.1))),
    );
    expect(adjust(1, 1, 0, protocolParameters(1n), 1n).distanceThreshold).toBe(Math.fround(1.1));
    expect(adjust(1, 100, 0, protocolParameters(1n), 1n).distanceThreshold).toBe(Math.fround(0.9));
    expect(adjust(1, 16, 0, protocolParameters(1n), 1n).distanceThreshold).toBe(1);
  });

  it('goes through the recorded epochs', () => {
    const states = nodeDigests.states.filter(({ unchanged }: { unchanged: boolean }) => !unchanged);
    const changes = states.filter(({ kind }: { kind: string }) => kind === 'change_epoch');
    expect(changes.length).toBe(7);
    for (const after of changes) {
      const before = states[states.indexOf(after) - 1];
      const threshold = new DataView(fromHex(before.distance_threshold_f32le).buffer).getFloat32(0, true);
      const next = adjust(threshold, before.hits, before.hits_ema);
      expect(f32Hex(next.distanceThreshold)).toBe(after.distance_threshold_f32le);
      expect(next.hitsEma).toBe(BigInt(after.hits_ema));
      expect(rewardPerTarget(parameters)).toBe(BigInt(after.reward_per_target));
    }
  });
});
