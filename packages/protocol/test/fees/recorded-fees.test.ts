import type { TransactionData } from '@somakit/bcs';
import { TransactionData as TransactionDataCodec, TransactionEffects } from '@somakit/bcs';
import { fromHex } from '@somakit/core';
import nodeDigests from '@somakit/vectors/node-digests.json';
import { describe, expect, it } from 'vitest';
import type { FeeOperation } from '../../src/fees/index.js';
import { failureFee, successFee, writtenObjects } from '../../src/fees/index.js';
import { protocolParameters } from '../../src/parameters/index.js';
import { claimShares } from '../../src/targets/index.js';

/** The value fee rate of each recorded epoch, as the chain stated it. */
const rates = new Map<bigint, bigint>(
  nodeDigests.states
    .filter(({ unchanged }: { unchanged: boolean }) => !unchanged)
    .map(({ epoch, value_fee_bps }: { epoch: number; value_fee_bps: number }) => [
      BigInt(epoch),
      BigInt(value_fee_bps),
    ]),
);

const rewardOf = (target: string) =>
  BigInt(nodeDigests.targets.find(({ id }: { id: string }) => id === target)?.reward_pool ?? 12_685_185);

/** What a recorded, successful transaction did, read from itself and from the number of coins it made. */
const describeKind = (
  { kind, gasPayment }: TransactionData,
  created: number,
): { operation: FeeOperation; value: bigint } => {
  const isGas = (id: string) => gasPayment.some(({ objectId }) => objectId === id);
  switch (kind.kind) {
    case 'PayCoins':
      return {
        operation: {
          kind: 'PayCoins',
          recipients: kind.recipients.length,
          gasIsCoin: kind.coins.some(({ objectId }) => isGas(objectId)),
          whole: false,
        },
        value: kind.amounts?.reduce((sum, amount) => sum + amount, 0n) ?? 0n,
      };
    case 'CreateModel':
      return { operation: { kind: 'CreateModel' }, value: kind.stakeAmount };
    case 'AddStakeToModel':
      return {
        operation: { kind: 'AddStakeToModel', coinIsGas: isGas(kind.coinRef.objectId), whole: false },
        value: kind.amount ?? 0n,
      };
    case 'SubmitData':
      return {
        operation: {
          kind: 'SubmitData',
          bondIsGas: isGas(kind.bondCoin.objectId),
          exactBond: false,
          spawns: created > 0,
        },
        value: 0n,
      };
    case 'ClaimRewards':
      return { operation: { kind: 'ClaimRewards', coins: created }, value: rewardOf(kind.targetId) };
    default:
      return { operation: { kind: kind.kind } as FeeOperation, value: 0n };
  }
};

describe('the fees of recorded transactions', () => {
  const recorded: { kind: string; transaction: TransactionData; effects: TransactionEffects }[] =
    nodeDigests.transactions
      .filter(
        ({ bcs, signature }: { bcs?: string; signature?: string }) => bcs !== undefined && signature !== undefined,
      )
      .map(({ bcs, digest, kind }: { bcs: string; digest: string; kind: string }) => {
        const effects = nodeDigests.effects.find(
          (entry: { case: string; i: number; bcs?: string }) =>
            entry.bcs !== undefined && TransactionEffects.decode(fromHex(entry.bcs)).transactionDigest === digest,
        );
        return {
          kind,
          transaction: TransactionDataCodec.decode(fromHex(bcs)),
          effects: TransactionEffects.decode(fromHex(effects.bcs)),
        };
      });

  it('are base, operation and value, or the base alone on failure', () => {
    const kinds = new Set<string>();
    for (const { kind, transaction, effects } of recorded) {
      const parameters = { baseFee: 1_000n, writeObjectFee: 300n, valueFeeBps: rates.get(effects.executedEpoch)! };
      if (effects.status.kind === 'Failure') {
        expect([kind, effects.transactionFee]).toEqual([kind, failureFee(10n ** 9n, parameters)]);
        continue;
      }
      const created = effects.changedObjects.filter(
        ({ idOperation, outputState }) => idOperation.kind === 'Created' && outputState.kind === 'ObjectWrite',
      ).length;
      const { operation, value } = describeKind(transaction, created);
      expect([kind, effects.transactionFee]).toEqual([
        kind,
        successFee({ kind: operation.kind, value, written: writtenObjects(operation), parameters }),
      ]);
      kinds.add(kind);
    }
    expect(recorded.length).toBeGreaterThan(20);
    expect(kinds.size).toBeGreaterThan(6);
  });

  it('leave a claim shared as the recorded coins are', () => {
    const amounts = nodeDigests.created
      .filter(({ kind }: { kind: string }) => kind === 'claim_rewards')
      .map(({ amount }: { amount: string }) => BigInt(amount));
    const shares = claimShares(12_685_185n, protocolParameters())!;
    for (const share of [shares.submitter, shares.modelOwner, shares.claimer]) expect(amounts).toContain(share);
  });
});
