import {
  Coin,
  SomaObject,
  type Target,
  Target as TargetCodec,
  TransactionData,
  TransactionEffects,
} from '@somakit/bcs';
import { fromHex } from '@somakit/core';
import cases from '@somakit/vectors/execution-cases.json';
import node from '@somakit/vectors/node-digests.json';
import coinsTrace from '@somakit/vectors/traces/coins.json';
import stakingTrace from '@somakit/vectors/traces/staking.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addStake,
  addStakeToModel,
  type Cost,
  type CostParameters,
  claimRewards,
  createModel,
  estimateCost,
  maxSpendable,
  mergeCoins,
  payCoins,
  requiredToSpend,
  submitData,
  transferCoin,
  transferObjects,
} from '../src/index.js';
import { coins, feeParameters, transactions } from './support/arbitrary.js';

const PARAMETERS: CostParameters = {
  baseFee: 1000n,
  writeObjectFee: 300n,
  valueFeeBps: 10n,
  submissionBondPerByte: 65n,
  targetSubmitterRewardShareBps: 4975n,
  targetModelRewardShareBps: 4975n,
  targetClaimerIncentiveBps: 50n,
};

const coin = (n: number, balance: bigint) =>
  ({
    objectId: `0x${n.toString(16).padStart(64, '0')}`,
    version: 1n,
    digest: '1'.repeat(32),
    balance,
  }) as never;
const case_ = (id: string) => cases.find((each: { id: string }) => each.id === id);
const fee = (of: { base: number; operation: number; value: number; total: number }) => ({
  baseFee: BigInt(of.base),
  operationFee: BigInt(of.operation),
  valueFee: BigInt(of.value),
  totalFee: BigInt(of.total),
});

describe('the cost of a transaction', () => {
  it.each(['pay-three-recipients', 'pay-merged-coins', 'pay-all-one-coin', 'pay-insufficient-reserve'])(
    'is that of the case %s',
    (id) => {
      const { inputs, expected } = case_(id);
      const balances: number[] = inputs.coins ?? [inputs.coin];
      const own = balances.map((balance, i) => coin(i + 1, BigInt(balance)));
      const kind = payCoins({
        coins: own,
        recipients: (inputs.amounts ?? [0]).map(() => '0x1'),
        amounts: inputs.amounts?.map(BigInt),
      });
      const estimate = estimateCost({ kind, gasPayment: [own[0]] as never, coins: own, parameters: PARAMETERS });
      expect(estimate.exact).toBe(true);
      if (expected.status === 'Success') {
        expect(estimate.sufficient).toBe(true);
        expect(estimate.min).toMatchObject(fee(expected.fee));
        expect(estimate.min.remaining).toBe(BigInt(expected.coinAfter ?? 0));
      } else {
        expect(estimate.sufficient).toBe(false);
        expect(estimate.onFailure).toMatchObject(fee(expected.fee));
      }
    },
  );

  it('takes the whole of a gas coin that is below the base fee', () => {
    const { inputs, expected } = case_('gas-below-base');
    const own = coin(1, BigInt(inputs.coin));
    const kind = transferCoin({ coin: own, amount: BigInt(inputs.transfer), recipient: '0x1' });
    const estimate = estimateCost({ kind, gasPayment: [own], coins: [own], parameters: PARAMETERS });
    expect(estimate.sufficient).toBe(false);
    expect(estimate.onFailure).toEqual(fee(expected.fee));
  });

  it('has half the value fee for stakes', () => {
    const { inputs, expected } = case_('stake-half-value-fee');
    const own = coin(1, BigInt(inputs.coin));
    const kind = addStake({ coin: own, amount: BigInt(inputs.stake), validator: '0x1' });
    const { min } = estimateCost({ kind, gasPayment: [own], coins: [own], parameters: PARAMETERS });
    expect(min).toMatchObject(fee(expected.fee));
    expect(min.remaining).toBe(BigInt(expected.coinAfter));
  });

  it('is what a running node charged for every recorded success, and the base fee for every failure', () => {
    const feeBps = new Map<bigint, bigint>();
    for (const { epoch, value_fee_bps } of node.states)
      if (epoch !== undefined && !feeBps.has(BigInt(epoch))) feeBps.set(BigInt(epoch), BigInt(value_fee_bps));
    const objects: SomaObject[] = node.objects
      .filter(({ bcs }: { bcs?: string }) => bcs !== undefined)
      .map(({ bcs }: { bcs: string }) => SomaObject.decode(fromHex(bcs)));
    const target = (id: string): Target | undefined => {
      const found = objects.filter(({ objectId, objectType }) => objectId === id && objectType.kind === 'Target');
      const last = found.sort((a, b) => Number(b.version - a.version))[0];
      return last && TargetCodec.decode(last.contents);
    };
    const seen = new Set<string>();
    for (const each of node.effects) {
      if (each.bcs === undefined || ['genesis', 'consensus_commit_prologue', 'change_epoch'].includes(each.kind))
        continue;
      const effects = TransactionEffects.decode(fromHex(each.bcs));
      const recorded = node.transactions.find(
        (other: { case: string; i: number }) => other.case === each.case && other.i === each.i,
      );
      const { kind, gasPayment } = TransactionData.decode(fromHex(recorded.bcs));
      const created = effects.changedObjects.filter(({ idOperation }) => idOperation.kind === 'Created');
      const estimate = estimateCost({
        kind,
        gasPayment,
        parameters: { ...PARAMETERS, valueFeeBps: feeBps.get(effects.executedEpoch) as bigint },
        spawnsTarget: created.some(
          ({ outputState }) => outputState.kind === 'ObjectWrite' && outputState.owner.kind === 'Shared',
        ),
        target: kind.kind === 'ClaimRewards' ? target(kind.targetId) : undefined,
      });
      if (effects.status.kind === 'Success') {
        expect(estimate.exact, `${each.case} ${each.kind}`).toBe(true);
        expect(estimate.min).toMatchObject(effects.transactionFee);
        seen.add(kind.kind);
      } else expect(estimate.onFailure).toEqual(effects.transactionFee);
    }
    expect([...seen].sort()).toEqual([
      'AddStakeToModel',
      'ClaimRewards',
      'CommitModel',
      'CreateModel',
      'DeactivateModel',
      'PayCoins',
      'RevealModel',
      'SetModelCommissionRate',
      'SubmitData',
    ]);
  });

  it('explains the balances that a running node left', () => {
    // The recorded trace ran with 8 basis points from its second epoch on; these steps are of the first.
    const balances = (
      trace: readonly { step?: string; balances?: Record<string, number> }[],
      step: string,
      who: string,
    ) => {
      const at = trace.findIndex((each) => each.step === step);
      const of = (i: number) => BigInt(trace[i]?.balances?.[who] ?? 0);
      return { before: of(at - 1), after: of(at) };
    };
    const check = (
      trace: never,
      step: string,
      who: string,
      make: (own: never) => Parameters<typeof estimateCost>[0]['kind'],
    ) => {
      const { before, after } = balances(trace, step, who);
      const own = coin(1, before);
      const estimate = estimateCost({ kind: make(own), gasPayment: [own], coins: [own], parameters: PARAMETERS });
      expect(estimate.exact).toBe(true);
      expect(estimate.min.remaining, step).toBe(after);
    };
    const coinSteps = coinsTrace as never;
    check(coinSteps, 'transfer 0.5', 'alice', (own) =>
      transferCoin({ coin: own, amount: 500_000_000n, recipient: '0xb' }),
    );
    check(coinSteps, 'transfer 0.000000001', 'alice', (own) =>
      transferCoin({ coin: own, amount: 1n, recipient: '0xb' }),
    );
    check(coinSteps, 'transfer zero', 'alice', (own) => transferCoin({ coin: own, amount: 0n, recipient: '0xb' }));
    check(coinSteps, 'pay two', 'alice', (own) =>
      payCoins({ coins: [own], recipients: ['0xc', '0xf'], amounts: [125_000_000n, 250_000_000n] }),
    );
    check(stakingTrace as never, 'stake 0.3', 'dave', (own) =>
      addStake({ coin: own, amount: 300_000_000n, validator: '0x5' }),
    );
    // The whole coin handed over pays its own fee in the recipient's hands.
    const dora = coin(1, 2_000_000_000n);
    const gift = estimateCost({
      kind: transferObjects({ objects: [dora], recipient: '0xc' }),
      gasPayment: [dora],
      coins: [dora],
      parameters: PARAMETERS,
    });
    expect(gift.min).toMatchObject({ totalFee: 1300n, remaining: 1_999_998_700n });
  });

  it('knows the staking of a whole gas coin to a model only within bounds', () => {
    const own = coin(1, 2_000_000_000n);
    const kind = addStakeToModel({ coin: own, modelId: '0x1' });
    const estimate = estimateCost({
      kind,
      gasPayment: [own],
      coins: [own],
      parameters: { ...PARAMETERS, valueFeeBps: 8n },
    });
    expect(estimate.exact).toBe(false);
    expect(estimate.min.totalFee).toBe(1000n + 600n + 800_000n);
    expect(estimate.max.totalFee).toBe(1000n + 900n + 800_000n);
  });

  it('counts the bond and the coin that gives it', () => {
    const [gas, bond] = [coin(1, 10_000n), coin(2, 6_500n)];
    const kind = submitData({
      targetId: '0x7',
      modelId: '0x8',
      data: new Uint8Array(100),
      dataUrl: 'https://example.com/x',
      embedding: [1],
      distanceScore: 0.5,
      lossScore: [1],
      bondCoin: bond,
    });
    const known = { kind, parameters: PARAMETERS, coins: [gas, bond], gasPayment: [gas] };
    expect(estimateCost({ ...known, spawnsTarget: true })).toMatchObject({
      exact: true,
      sufficient: true,
      // The bond coin is used up exactly, so it is not written.
      min: { totalFee: 1000n + 4n * 300n, bond: 6500n, remaining: 10_000n - 2200n },
    });
    expect(estimateCost(known)).toMatchObject({
      exact: false,
      min: { operationFee: 900n },
      max: { operationFee: 1200n },
    });
    expect(estimateCost({ kind, parameters: PARAMETERS })).toMatchObject({
      exact: false,
      min: { operationFee: 900n },
      max: { operationFee: 1500n },
    });
  });

  it.each([
    ['an expired target: the incentive alone', { status: { kind: 'Open' } }, 3, 3],
    ['a filled target: submitter, model owner, claimer and bond', {}, 6, 6],
    ['a filled target without a bond', { bondAmount: 0n }, 5, 5],
    ['a reward too small to share: all goes to the submitter', { rewardPool: 1n }, 4, 4],
    ['a target without a reward', { status: { kind: 'Open' }, rewardPool: 0n }, 2, 2],
    [
      'a reported submission: up to all reporters share the bond',
      { submissionReports: ['0x1', '0x2', '0x3', '0x4', '0x5'] },
      3,
      8,
    ],
  ])('of a claim counts the coins of %s', (_, change, least, most) => {
    const target = {
      status: { kind: 'Filled', fillEpoch: 1n },
      rewardPool: 1_000_000n,
      bondAmount: 65n,
      submissionReports: [],
      ...change,
    } as never;
    const { min, max, exact } = estimateCost({
      kind: claimRewards({ targetId: '0x1' }),
      parameters: PARAMETERS,
      target,
    });
    expect([min.operationFee, max.operationFee]).toEqual([BigInt(least) * 300n, BigInt(most) * 300n]);
    expect(exact).toBe(least === most);
  });

  it('says whether coins apart from the gas coin suffice', () => {
    const [gas, own, other] = [coin(1, 10_000n), coin(2, 1_000_000n), coin(3, 5n)] as [never, never, never];
    const known = { gasPayment: [gas], coins: [gas, own, other], parameters: PARAMETERS };
    const send = (amount: bigint) =>
      estimateCost({ ...known, kind: transferCoin({ coin: own, amount, recipient: '0x1' }) });
    expect(send(1_000_000n)).toMatchObject({ sufficient: true, min: { operationFee: 600n } });
    expect(send(1_000_001n).sufficient).toBe(false);
    expect(send(500_000n)).toMatchObject({
      sufficient: true,
      min: { operationFee: 900n, remaining: 10_000n - 1900n - 500n },
    });
    const pay = (amounts: bigint[]) =>
      estimateCost({
        ...known,
        kind: payCoins({ coins: [own, other], recipients: amounts.map(() => '0x1'), amounts }),
      });
    // The chain wants the fees of a payment in the paying coins too, even when another coin pays them.
    expect(pay([998_406n]).sufficient).toBe(true);
    expect(pay([998_408n]).sufficient).toBe(false);
    expect(
      estimateCost({ ...known, coins: [gas], kind: transferCoin({ coin: own, amount: 1n, recipient: '0x1' }) })
        .sufficient,
    ).toBeUndefined();
    expect(estimateCost({ ...known, kind: addStake({ coin: gas, validator: '0x1' }) })).toMatchObject({
      sufficient: true,
      min: { value: 10_000n - 1905n, remaining: 0n },
    });
  });

  it('is refused for kinds that only validators send', () => {
    const kind = { kind: 'Genesis', objects: [] } as const;
    expect(() => estimateCost({ kind, parameters: PARAMETERS })).toThrow(
      expect.objectContaining({ code: 'SYSTEM_TRANSACTION' }),
    );
  });

  it('lies between the bounds of any estimate that knows less', () => {
    const parts = ['baseFee', 'operationFee', 'valueFee', 'totalFee', 'value', 'bond', 'remaining'] as const;
    const figures = (cost: Cost, part: (typeof parts)[number]) => cost[part];
    fc.assert(
      fc.property(
        transactions,
        feeParameters,
        fc.boolean(),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        (of, parameters, spawnsTarget, principal, drop) => {
          const { kind, gasPayment } = of;
          const inputs =
            'coins' in kind
              ? kind.coins
              : 'objects' in kind
                ? kind.objects
                : 'coin' in kind
                  ? [kind.coin]
                  : 'coinRef' in kind
                    ? [kind.coinRef]
                    : 'bondCoin' in kind
                      ? [kind.bondCoin]
                      : [];
          const known = [
            ...gasPayment,
            ...inputs.map((ref, i) => ({ ...ref, balance: BigInt(i) * 1_000_000n + 777n })),
          ];
          const balances = known.filter(
            ({ objectId }, i) => known.findIndex((other) => other.objectId === objectId) === i,
          );
          const target = {
            status: { kind: 'Filled', fillEpoch: 3n },
            rewardPool: principal,
            bondAmount: 5n,
            submissionReports: [],
          } as never;
          const all = {
            kind,
            gasPayment,
            coins: balances as never,
            parameters: { ...PARAMETERS, ...parameters },
            spawnsTarget,
            stakedSoma: { principal },
            target,
          };
          const exact = estimateCost(all);
          if (!('amount' in kind && kind.kind === 'AddStakeToModel' && kind.amount === undefined))
            expect(exact.exact).toBe(true);
          const [noGas, noCoins, noSpawn, noPosition, noTarget] = drop;
          const vague = estimateCost({
            ...all,
            ...(noGas ? { gasPayment: undefined } : {}),
            ...(noCoins ? { coins: undefined } : {}),
            ...(noSpawn ? { spawnsTarget: undefined } : {}),
            ...(noPosition ? { stakedSoma: undefined } : {}),
            ...(noTarget ? { target: undefined } : {}),
          });
          for (const part of parts) {
            const [low, value, high] = [figures(vague.min, part), figures(exact.min, part), figures(vague.max, part)];
            if (low === undefined || value === undefined || high === undefined) continue;
            expect(low <= value && value <= high, `${kind.kind}.${part}: ${low} <= ${value} <= ${high}`).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the most that can be spent', () => {
  it('is accepted by the chain to the last shannon, and one more is not', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('TransferCoin', 'PayCoins', 'AddStake', 'AddStakeToModel', 'CreateModel'),
        fc.bigInt({ min: 0n, max: 2n ** 60n }),
        fc.integer({ min: 1, max: 300 }),
        feeParameters,
        (kind, balance, recipients, parameters) => {
          const most = maxSpendable({ kind, balance, parameters, recipients });
          if (most === undefined) expect(requiredToSpend(kind, 0n, parameters, recipients)).toBeGreaterThan(balance);
          else {
            expect(requiredToSpend(kind, most, parameters, recipients)).toBeLessThanOrEqual(balance);
            expect(requiredToSpend(kind, most + 1n, parameters, recipients)).toBeGreaterThan(balance);
          }
        },
      ),
    );
  });

  it('leaves a gas coin that the estimate calls sufficient', () => {
    fc.assert(
      fc.property(coins, feeParameters, (own, parameters) => {
        const amount = maxSpendable({ kind: 'TransferCoin', balance: own.balance, parameters });
        if (amount === undefined) return;
        const at = (sent: bigint) =>
          estimateCost({
            kind: transferCoin({ coin: own, amount: sent, recipient: '0x1' }),
            gasPayment: [own],
            coins: [own],
            parameters,
          });
        expect(at(amount).sufficient).toBe(true);
        expect(at(amount + 1n).sufficient).toBe(false);
      }),
    );
  });

  it('says what merging, creating a model and claiming cost', () => {
    const own = [coin(1, 5n), coin(2, 2_000_000_000n), coin(3, 7_000n)];
    const plan = mergeCoins({ owner: '0xa', coins: own });
    expect(estimateCost({ ...plan, coins: own, parameters: PARAMETERS }).min).toMatchObject({
      totalFee: 1600n,
      valueFee: 0n,
    });
    const model = createModel({ stakeAmount: 1_000_000_000n, commissionRate: 0, architectureVersion: 1n });
    const gas = own[1] as never;
    expect(estimateCost({ kind: model, gasPayment: [gas], coins: own, parameters: PARAMETERS }).min).toMatchObject({
      totalFee: 501_900n,
      remaining: 999_498_100n,
    });
    expect(estimateCost({ kind: claimRewards({ targetId: '0x1' }), parameters: PARAMETERS }).exact).toBe(false);
    expect(Coin.encode({ balance: 1n })).toHaveLength(8);
  });
});
