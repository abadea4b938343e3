import { create, toBinary } from '@bufbuild/protobuf';
import { CheckpointSummary, SomaObject, SystemState, Target, TransactionData, TransactionEffects } from '@somakit/bcs';
import {
  checkpointContentsDigest,
  checkpointDigest,
  commitment,
  effectsDigest,
  objectDigest,
  transactionDigest,
} from '@somakit/crypto';
import { verifyCheckpoint, verifyCheckpointContents } from '@somakit/protocol';
import { committeeOfState } from '@somakit/protocol/verify';
import { describe, expect, it } from 'vitest';
import * as convert from '../../src/convert/index.js';
import {
  BalanceChangeSchema,
  type Checkpoint,
  CheckpointContentsSchema,
  CheckpointSummarySchema,
  type ExecutedTransaction,
  type GetCheckpointResponse,
  type GetEpochResponse,
  type GetObjectResponse,
  type GetTransactionResponse,
  type ListTargetsResponse,
  ObjectSchema,
  SystemStateSchema,
  TargetSchema,
  TransactionEffectsSchema,
  TransactionSchema,
  UserSignatureSchema,
  ValidatorAggregatedSignatureSchema,
  ValidatorCommitteeSchema,
} from '../../src/proto/index.js';
import { marketCalls, replyOf } from '../support/recordings.js';

const replies = <T>(method: string): { name: string; reply: T }[] =>
  marketCalls
    .filter(({ path, reply }) => path.endsWith(`/${method}`) && reply !== undefined)
    .map((each) => ({ name: each.case, reply: replyOf(each) as T }));

const checkpoints = replies<GetCheckpointResponse>('GetCheckpoint').map(({ name, reply }) => ({
  name,
  checkpoint: reply.checkpoint as Checkpoint,
}));
const transactions = replies<GetTransactionResponse>('GetTransaction').map(({ name, reply }) => ({
  name,
  transaction: reply.transaction as ExecutedTransaction,
}));
const epochs = replies<GetEpochResponse>('GetEpoch').filter(({ reply }) => reply.epoch?.systemState !== undefined);

/** What is written again must be what came, byte for byte. */
const sameBytes = <S extends Parameters<typeof toBinary>[0]>(schema: S, init: object, message: object) => {
  const ours = toBinary(schema, create(schema, init as never));
  const theirs = toBinary(schema, message as never);
  // Compared by hash: a difference of two long texts tells nobody anything.
  if (commitment(ours) !== commitment(theirs)) expect(create(schema, init as never)).toEqual(message);
  expect(commitment(ours)).toBe(commitment(theirs));
};

describe('recorded checkpoints', () => {
  it('are there', () => expect(checkpoints.length).toBeGreaterThan(40));

  it.each(checkpoints)('$name: its summary hashes to its digest and is written as it came', ({ checkpoint }) => {
    const summary = convert.summaryFromProto(checkpoint.summary!);
    expect(checkpointDigest(CheckpointSummary.encode(summary))).toBe(checkpoint.digest);
    sameBytes(CheckpointSummarySchema, convert.summaryToProto(summary), checkpoint.summary!);
  });

  it.each(checkpoints)(
    '$name: its contents hash to the digest in the summary and are written as they came',
    ({ checkpoint }) => {
      const contents = convert.contentsFromProto(checkpoint.contents!);
      expect(checkpointContentsDigest(contents.transactions)).toBe(checkpoint.summary!.contentDigest);
      sameBytes(CheckpointContentsSchema, convert.contentsToProto(contents), checkpoint.contents!);
    },
  );

  it.each(checkpoints)('$name: its transactions hash to the digests of its contents', ({ checkpoint }) => {
    const { transactions: listed } = convert.contentsFromProto(checkpoint.contents!);
    for (const [index, each] of checkpoint.transactions.entries()) {
      const data = convert.transactionFromProto(each.transaction!);
      expect(transactionDigest(TransactionData.encode(data))).toBe(listed[index]!.transaction);
      sameBytes(TransactionSchema, convert.transactionToProto(data, 'bare'), each.transaction!);
      for (const signature of each.signatures) {
        sameBytes(UserSignatureSchema, convert.signatureToProto(convert.signatureFromProto(signature)), signature);
      }
    }
  });

  it.each(checkpoints)('$name: its effects hash to the digests of its contents', ({ checkpoint }) => {
    const { transactions: listed } = convert.contentsFromProto(checkpoint.contents!);
    for (const [index, each] of checkpoint.transactions.entries()) {
      const effects = convert.effectsFromProto(each.effects!);
      expect(effectsDigest(TransactionEffects.encode(effects))).toBe(listed[index]!.effects);
      sameBytes(TransactionEffectsSchema, convert.effectsToProto(effects, { spelling: 'bare' }), each.effects!);
      for (const change of each.balanceChanges) {
        sameBytes(BalanceChangeSchema, convert.balanceChangeToProto(convert.balanceChangeFromProto(change)), change);
      }
    }
  });

  it.each(checkpoints)('$name: its objects hash to their digests and are written as they came', ({ checkpoint }) => {
    for (const message of checkpoint.objects?.objects ?? []) {
      const object = convert.objectFromProto(message);
      expect(objectDigest(SomaObject.encode(object))).toBe(message.digest);
      sameBytes(ObjectSchema, convert.objectToProto(object), message);
      expect(convert.readContents(message.objectType!, message.contents!).kind).toBe(message.objectType);
    }
  });

  it.each(checkpoints)('$name: a quorum of its epoch signed it', ({ checkpoint }) => {
    const summary = convert.summaryFromProto(checkpoint.summary!);
    const authSignature = convert.quorumSignatureFromProto(checkpoint.signature!);
    sameBytes(ValidatorAggregatedSignatureSchema, convert.quorumSignatureToProto(authSignature), checkpoint.signature!);
    const state = epochs.find(({ reply }) => reply.epoch?.epoch === 0n)!.reply.epoch!.systemState!;
    // One validator, whose key and power are those of genesis throughout.
    const committee = { ...committeeOfState(convert.systemStateFromProto(state)), epoch: summary.epoch };
    const verified = verifyCheckpoint({ data: summary, authSignature }, committee);
    expect(verified.digest).toBe(checkpoint.digest);
    verifyCheckpointContents(verified, convert.contentsFromProto(checkpoint.contents!));
  });
});

describe('recorded transactions', () => {
  it('are there', () => expect(transactions.length).toBeGreaterThan(18));

  it.each(transactions)(
    '$name: is rebuilt from protobuf and hashes to the digest in its effects',
    ({ transaction }) => {
      const data = convert.transactionFromProto(transaction.transaction!);
      const digest = transactionDigest(TransactionData.encode(data));
      expect(digest).toBe(transaction.effects!.transactionDigest);
      expect(digest).toBe(transaction.digest);
      const { kind } = transaction.transaction!.kind!;
      // The reference's digests of genesis objects are wrong here; those in the checkpoint are right.
      if (kind.case === 'genesis') {
        for (const each of kind.value.objects)
          each.digest = objectDigest(SomaObject.encode(convert.objectFromProto(each)));
      }
      // The reference writes a wrong digest inside; everything else is as ours.
      const written = convert.transactionToProto(data, 'prefixed', transaction.transaction!.digest as never);
      sameBytes(TransactionSchema, written, transaction.transaction!);
    },
  );

  it.each(transactions)('$name: its effects are written as they came', ({ transaction }) => {
    const effects = convert.effectsFromProto(transaction.effects!);
    const types = new Map(
      [...transaction.effects!.changedObjects, ...transaction.effects!.unchangedSharedObjects].map((each) => [
        each.objectId,
        each.objectType,
      ]),
    );
    const written = convert.effectsToProto(effects, { objectType: (id) => types.get(id) });
    sameBytes(TransactionEffectsSchema, written, transaction.effects!);
  });
});

describe('recorded state', () => {
  it.each(epochs)('$name: the system state survives both ways', ({ reply }) => {
    const message = reply.epoch!.systemState!;
    const state = convert.systemStateFromProto(message);
    expect(SystemState.decode(SystemState.encode(state))).toEqual(state);
    // Maps have no order on this wire: the messages are compared as values.
    expect(create(SystemStateSchema, convert.systemStateToProto(state))).toEqual(message);
  });

  it.each(epochs)('$name: the committee survives both ways', ({ reply }) => {
    const message = reply.epoch!.committee;
    if (message === undefined) return;
    sameBytes(ValidatorCommitteeSchema, convert.committeeToProto(convert.committeeFromProto(message)), message);
  });

  it('shows targets as their objects say', () => {
    const objects = replies<GetObjectResponse>('GetObject').map(({ reply }) => reply.object!);
    const lists = replies<ListTargetsResponse>('ListTargets').flatMap(({ reply }) => reply.targets);
    let compared = 0;
    for (const message of lists) {
      const object = objects.find(
        (each) => each.objectType === 'Target' && `0x${each.objectId?.replace(/^0+/, '')}` === message.id,
      );
      if (object === undefined) continue;
      const target = Target.decode(object.contents!);
      sameBytes(
        TargetSchema,
        convert.targetToProto(convert.objectFromProto(object).objectId, target, message.status),
        message,
      );
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(0);
  });
});
