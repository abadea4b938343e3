import { SomaObject, SystemParameters, SystemState } from '@somakit/bcs';
import { fromHex } from '@somakit/core';
import nodeDigests from '@somakit/vectors/node-digests.json';
import { describe, expect, it } from 'vitest';
import { protocolParameters, systemParameters } from '../../src/parameters/index.js';

describe('protocol parameters', () => {
  it('are refused for unknown versions and numbers', () => {
    for (const version of [0n, 6n, -1n, 5, '5', null]) {
      expect(() => protocolParameters(version as bigint)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
  });

  it('changed with the versions as recorded', () => {
    const of = (pick: (parameters: ReturnType<typeof protocolParameters>) => unknown) =>
      [1n, 2n, 3n, 4n, 5n].map((version) => pick(protocolParameters(version)));
    const f = Math.fround;
    expect(of((p) => p.targetInitialDistanceThreshold)).toEqual([2, 2, f(0.978), f(0.978), f(1.05)]);
    expect(of((p) => p.targetHitsPerEpoch)).toEqual([16n, 16n, 86_400n, 86_400n, 86_400n]);
    expect(of((p) => p.targetHitsEmaDecayBps)).toEqual([7_000n, 7_000n, 9_000n, 9_000n, 9_000n]);
    expect(of((p) => p.targetDifficultyAdjustmentRateBps)).toEqual([1_000n, 1_000n, 200n, 10_000n, 10_000n]);
    expect(of((p) => p.targetMinDistanceThreshold)).toEqual([f(0.1), f(0.1), f(0.95), f(0.95), f(0.95)]);
    expect(of((p) => p.targetInitialTargetsPerEpoch)).toEqual([20n, 20n, 20n, 20n, 100n]);
    expect(of((p) => p.submissionBondPerByte)).toEqual([10n, 10n, 65n, 65n, 65n]);
    expect(of((p) => p.executionVersion)).toEqual([0n, 1n, 2n, 2n, 2n]);
  });

  it('are the newest ones by default', () => {
    expect(protocolParameters()).toBe(protocolParameters(5n));
  });
});

describe('system parameters', () => {
  it('equal those of the recorded genesis, byte for byte', () => {
    const { bcs } = nodeDigests.objects.find(
      (entry: { object_type: string; case: string }) =>
        entry.object_type === 'SystemState' && entry.case === 'checkpoint 0',
    );
    const { parameters } = SystemState.decode(SomaObject.decode(fromHex(bcs)).contents);
    const { epochDurationMs, targetEmbeddingDim } = parameters;
    const expected = systemParameters(5n, { epochDurationMs, targetEmbeddingDim });
    expect(expected).toEqual(parameters);
    expect(SystemParameters.encode(expected)).toEqual(SystemParameters.encode(parameters));
  });
});
