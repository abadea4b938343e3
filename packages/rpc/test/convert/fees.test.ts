import type { SystemState, TransactionData, TransactionEffects } from '@somakit/bcs';
import { type FeeOperation, failureFee, successFee, writtenObjects } from '@somakit/protocol/fees';
import { describe, expect, it } from 'vitest';
import {
  effectsFromProto,
  objectFromProto,
  readContents,
  systemStateFromProto,
  transactionFromProto,
} from '../../src/convert/index.js';
import type { GetCheckpointResponse, GetEpochResponse } from '../../src/proto/index.js';
import { marketCalls, replyOf } from '../support/recordings.js';

const replies = <T>(method: string): T[] =>
  marketCalls
    .filter(({ path, reply }) => path.endsWith(method) && reply !== undefined)
    .map((each) => replyOf(each) as T);

const checkpoints = replies<GetCheckpointResponse>('/GetCheckpoint').map(({ checkpoint }) => checkpoint!);

/** The parameters of every epoch: as recorded, or as the change of the epoch left them. */
const states = new Map<bigint, SystemState>();
for (const { epoch } of replies<GetEpochResponse>('/GetEpoch')) {
  if (epoch?.systemState !== undefined) states.set(epoch.systemState.epoch!, systemStateFromProto(epoch.systemState));
}
const rewards = new Map<string, bigint>();
for (const { objects } of checkpoints) {
  for (const message of objects?.objects ?? []) {
    const contents = readContents(message.objectType!, message.contents!);
    if (contents.kind === 'SystemState') states.set(contents.epoch, contents);
    if (contents.kind === 'Target') rewards.set(objectFromProto(message).objectId, contents.rewardPool);
  }
}

/** What a successful transaction wrote and moved, read from itself and from the number of objects it made. */
const operationOf = (
  { kind, gasPayment }: TransactionData,
  created: number,
): { operation: FeeOperation; value: bigint } => {
  const isGas = (id: string) => gasPayment.some(({ objectId }) => objectId === id);
  switch (kind.kind) {
    case 'PayCoins': {
      const gasIsCoin = kind.coins.some(({ objectId }) => isGas(objectId));
      const value = kind.amounts?.reduce((sum, amount) => sum + amount, 0n) ?? 0n;
      return { operation: { kind: 'PayCoins', recipients: kind.recipients.length, gasIsCoin, whole: false }, value };
    }
    case 'CreateModel':
      return { operation: { kind: 'CreateModel' }, value: kind.stakeAmount };
    case 'AddStakeToModel': {
      const coinIsGas = isGas(kind.coinRef.objectId);
      return { operation: { kind: 'AddStakeToModel', coinIsGas, whole: false }, value: kind.amount ?? 0n };
    }
    case 'SubmitData': {
      const bondIsGas = isGas(kind.bondCoin.objectId);
      return { operation: { kind: 'SubmitData', bondIsGas, exactBond: false, spawns: created > 0 }, value: 0n };
    }
    case 'ClaimRewards':
      return { operation: { kind: 'ClaimRewards', coins: created }, value: rewards.get(kind.targetId) ?? 0n };
    default:
      return { operation: { kind: kind.kind } as FeeOperation, value: 0n };
  }
};

const paid: { name: string; data: TransactionData; effects: TransactionEffects }[] = checkpoints.flatMap((checkpoint) =>
  checkpoint.transactions
    .map((each) => ({
      name: `${each.transaction?.kind?.kind.case} in checkpoint ${checkpoint.sequenceNumber}`,
      data: transactionFromProto(each.transaction!),
      effects: effectsFromProto(each.effects!),
    }))
    .filter(({ data }) => data.gasPayment.length > 0),
);

describe('the fees of recorded transactions', () => {
  it('are there', () => expect(paid.length).toBeGreaterThan(25));

  it.each(paid)('of $name are those of the protocol rules', ({ data, effects }) => {
    const parameters = states.get(effects.executedEpoch)!.parameters;
    if (effects.status.kind === 'Failure') {
      expect(effects.transactionFee).toEqual(failureFee(10n ** 12n, parameters));
      return;
    }
    const created = effects.changedObjects.filter(({ inputState }) => inputState.kind === 'NotExist').length;
    const { operation, value } = operationOf(data, created);
    const written = writtenObjects(operation);
    expect(effects.transactionFee).toEqual(successFee({ kind: data.kind.kind, value, written, parameters }));
  });
});
