import cases from '@somakit/vectors/execution-cases.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeeOperation } from '../../src/fees/index.js';
import {
  addFees,
  failureFee,
  leastBalance,
  reservedWrites,
  successFee,
  transactionFee,
  valueFee,
  valueFeeRate,
  writtenObjects,
} from '../../src/fees/index.js';
import { submissionBond } from '../../src/targets/index.js';

const parameters = { baseFee: 1_000n, writeObjectFee: 300n, valueFeeBps: 10n };
const caseOf = (id: string) => cases.find((entry: { id: string }) => entry.id === id);
const expectedFee = (id: string) => {
  const { base, operation, value, total } = caseOf(id).expected.fee;
  return { baseFee: BigInt(base), operationFee: BigInt(operation), valueFee: BigInt(value), totalFee: BigInt(total) };
};

describe('amounts', () => {
  it('are refused as numbers, below 0 and over 64 bits', () => {
    for (const amount of [5, -1n, 2n ** 64n, '5', undefined]) {
      const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
      expect(() => valueFee('PayCoins', amount as bigint, parameters)).toThrow(refused);
      expect(() => failureFee(amount as bigint, parameters)).toThrow(refused);
      expect(() => submissionBond(amount as bigint, { submissionBondPerByte: 65n })).toThrow(refused);
    }
  });
});

describe('fees', () => {
  it('of the recorded payments follow', () => {
    const pay = (recipients: number, gasIsCoin: boolean, whole: boolean) =>
      writtenObjects({ kind: 'PayCoins', recipients, gasIsCoin, whole });
    expect(successFee({ kind: 'PayCoins', value: 600n, written: pay(3, true, false), parameters })).toEqual(
      expectedFee('pay-three-recipients'),
    );
    expect(successFee({ kind: 'PayCoins', value: 100n, written: pay(1, true, false), parameters })).toEqual(
      expectedFee('pay-merged-coins'),
    );
    expect(successFee({ kind: 'PayCoins', value: 3_000_000n, written: pay(1, true, true), parameters })).toEqual(
      expectedFee('pay-all-one-coin'),
    );
    expect(
      successFee({
        kind: 'AddStake',
        value: 10_000_000n,
        written: writtenObjects({ kind: 'AddStake', coinIsGas: true, whole: false }),
        parameters,
      }),
    ).toEqual(expectedFee('stake-half-value-fee'));
    expect(
      successFee({
        kind: 'CreateModel',
        value: 1_000_000_000n,
        written: writtenObjects({ kind: 'CreateModel' }),
        parameters,
      }).totalFee,
    ).toBe(501_900n);
    expect(failureFee(2_000n, parameters)).toEqual(expectedFee('pay-insufficient-reserve'));
    expect(failureFee(500n, parameters)).toEqual(expectedFee('gas-below-base'));
  });

  it('take half the value rate, rounded down, from stakes, models and claims', () => {
    for (const kind of ['AddStake', 'AddStakeToModel', 'WithdrawStake', 'CreateModel', 'ClaimRewards']) {
      expect(valueFeeRate(kind, { valueFeeBps: 9n })).toBe(4n);
    }
    for (const kind of ['SubmitData', 'TransferObjects', 'CommitModel', 'Genesis'])
      expect(valueFee(kind, 10n ** 18n, parameters)).toBe(0n);
    expect(valueFee('TransferCoin', 2n ** 64n - 1n, { valueFeeBps: 10_000n })).toBe(2n ** 64n - 1n);
  });

  it('saturate', () => {
    const most = 2n ** 64n - 1n;
    expect(transactionFee(most, 1n, 1n).totalFee).toBe(most);
    expect(addFees(transactionFee(1n, 2n, 3n), transactionFee(10n, 20n, 30n))).toEqual({
      baseFee: 11n,
      operationFee: 22n,
      valueFee: 33n,
      totalFee: 66n,
    });
  });

  it('grow with the value and never exceed it for valid rates', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 63n }),
        fc.bigInt({ min: 0n, max: 2n ** 63n }),
        fc.bigInt({ min: 1n, max: 50n }),
        (a, b, valueFeeBps) => {
          const [low, high] = a < b ? [a, b] : [b, a];
          expect(valueFee('PayCoins', low, { valueFeeBps })).toBeLessThanOrEqual(
            valueFee('PayCoins', high, { valueFeeBps }),
          );
          expect(valueFee('PayCoins', high, { valueFeeBps })).toBeLessThanOrEqual(high);
        },
      ),
    );
  });
});

describe('the least balance', () => {
  const least = (operation: FeeOperation, amount: bigint, value = 0n) =>
    leastBalance({ operation, amount, valueFee: value, parameters });

  it('lets the recorded payments through or not', () => {
    const { inputs } = caseOf('pay-insufficient-reserve');
    const pay: FeeOperation = { kind: 'PayCoins', gasIsCoin: true, recipients: 2, whole: false };
    expect(BigInt(inputs.coin) - 1_000n < least(pay, 200n)).toBe(true);
    expect(least(pay, 8_000n, 8n) > 6_207n - 1_000n + 3_000n).toBe(true);
    expect(least({ kind: 'TransferCoin', coinIsGas: true, whole: false }, 4_500n, 4n) > 4_000n).toBe(true);
    expect(least({ kind: 'AddStake', coinIsGas: true, whole: true }, 0n) > 100n).toBe(true);
    expect(least({ kind: 'CreateModel' }, 1_000_000_000n, 500_000n)).toBe(1_000_500_900n);
  });

  it('asks a coin that pays no gas for the amount alone', () => {
    expect(least({ kind: 'TransferCoin', coinIsGas: false, whole: false }, 7n, 99n)).toBe(7n);
    expect(least({ kind: 'AddStake', coinIsGas: false, whole: true }, 7n, 99n)).toBe(0n);
    expect(least({ kind: 'PayCoins', gasIsCoin: false, recipients: 1, whole: false }, 7n, 1n)).toBe(608n);
    expect(least({ kind: 'PayCoins', gasIsCoin: true, recipients: 1, whole: true }, 7n, 1n)).toBe(602n);
  });
});

describe('written objects', () => {
  it('follow the rules of each kind', () => {
    expect(writtenObjects({ kind: 'TransferCoin', coinIsGas: false, whole: false })).toBe(3);
    expect(writtenObjects({ kind: 'TransferCoin', coinIsGas: false, whole: true })).toBe(2);
    expect(writtenObjects({ kind: 'TransferCoin', coinIsGas: true, whole: true })).toBe(2);
    expect(writtenObjects({ kind: 'PayCoins', recipients: 2, gasIsCoin: false, whole: false })).toBe(4);
    expect(writtenObjects({ kind: 'TransferObjects', objects: 3, gasIsObject: false })).toBe(4);
    expect(writtenObjects({ kind: 'TransferObjects', objects: 3, gasIsObject: true })).toBe(3);
    expect(writtenObjects({ kind: 'AddStake', coinIsGas: false, whole: false })).toBe(4);
    expect(writtenObjects({ kind: 'AddStake', coinIsGas: false, whole: true })).toBe(3);
    expect(writtenObjects({ kind: 'SubmitData', bondIsGas: true, exactBond: false, spawns: false })).toBe(3);
    expect(writtenObjects({ kind: 'SubmitData', bondIsGas: false, exactBond: false, spawns: true })).toBe(5);
    expect(writtenObjects({ kind: 'ClaimRewards', coins: 4 })).toBe(6);
    expect(writtenObjects({ kind: 'WithdrawStake' })).toBe(3);
    expect(writtenObjects({ kind: 'ReportSubmission' })).toBe(2);
  });

  it('are put aside by the kinds that work on the gas coin', () => {
    expect(reservedWrites({ kind: 'TransferCoin', coinIsGas: true, whole: false })).toBe(2);
    expect(reservedWrites({ kind: 'TransferCoin', coinIsGas: false, whole: false })).toBe(0);
    expect(reservedWrites({ kind: 'PayCoins', recipients: 3, gasIsCoin: false, whole: false })).toBe(4);
    expect(reservedWrites({ kind: 'PayCoins', recipients: 1, gasIsCoin: true, whole: true })).toBe(2);
    expect(reservedWrites({ kind: 'PayCoins', recipients: 1, gasIsCoin: false, whole: true })).toBe(0);
    expect(reservedWrites({ kind: 'AddStake', coinIsGas: true, whole: true })).toBe(3);
    expect(reservedWrites({ kind: 'AddStakeToModel', coinIsGas: true, whole: false })).toBe(2);
    expect(reservedWrites({ kind: 'AddStakeToModel', coinIsGas: true, whole: true })).toBe(1);
    expect(reservedWrites({ kind: 'CreateModel' })).toBe(3);
    expect(reservedWrites({ kind: 'ClaimRewards', coins: 4 })).toBe(0);
  });
});
