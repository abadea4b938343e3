import { deriveObjectId } from '@somakit/crypto';
import cases from '@somakit/vectors/execution-cases.json';
import nodeDigests from '@somakit/vectors/node-digests.json';
import { describe, expect, it } from 'vitest';
import { protocolParameters } from '../../src/parameters/index.js';
import type { PoolFigures } from '../../src/staking/index.js';
import { addStake, processPendingStake, settleWithdrawals, slashPool } from '../../src/staking/index.js';
import { emptyPool } from './validator-set.js';

const caseOf = (id: string) => cases.find((entry: { id: string }) => entry.id === id);
const parameters = protocolParameters();

/** The pool of a new model: never active, its stake processed at once. */
const modelPool = (stake: bigint): PoolFigures => addStake(emptyPool(), stake, 0n).pool;

describe('slashed model pools', () => {
  it('keep half when a model was committed and never revealed', () => {
    const { inputs, expected } = caseOf('model-unrevealed-slash');
    const pool = processPendingStake(settleWithdrawals(modelPool(BigInt(inputs.stake))));
    expect(slashPool(pool, parameters.modelRevealSlashRateBps).pool.somaBalance).toBe(BigInt(expected.poolBalance));
  });

  it('keep a twentieth after a quorum of reports', () => {
    const { inputs, expected } = caseOf('model-tally-slash');
    const { pool, slashed } = slashPool(modelPool(BigInt(inputs.modelStake)), parameters.modelTallySlashRateBps);
    expect(pool.somaBalance).toBe(BigInt(expected.poolBalance));
    expect(pool.somaBalance + slashed).toBe(BigInt(inputs.modelStake));
  });
});

describe('recorded objects', () => {
  it('have ids by their transaction and number', () => {
    for (const { transaction, n, id } of nodeDigests.created) expect(deriveObjectId(transaction, BigInt(n))).toBe(id);
  });
});
