import { toHex } from '@somakit/core';
import { checkpointDigest, effectsDigest, objectDigest, transactionDigest } from '@somakit/crypto';
import vectors from '@somakit/vectors/node-digests.json';
import { describe, expect, it } from 'vitest';
import {
  CheckpointSummary,
  Coin,
  Committee,
  SomaObject,
  StakedSoma,
  SystemState,
  Target,
  TransactionData,
  TransactionEffects,
} from '../src/index.js';
import { expectSame, hex } from './support.js';

type Vector = (typeof vectors)['objects'][number];
const by = (list: readonly Vector[], name: (each: Vector, i: number) => string) =>
  list.map((each, i) => [name(each, i), each] as const);
const withBytes = (list: readonly Vector[]) => list.filter(({ bcs }) => bcs !== undefined);
const contents = { Coin, StakedSoma, Target, SystemState };

describe('what a running node reported', () => {
  it.each(by(withBytes(vectors.objects), (each) => `${each.object_type} ${each.object_id} ${each.version}`))(
    'object %s has the same bytes and digest, contents included',
    (_, each) => {
      const object = expectSame(SomaObject, hex(each.bcs));
      expect(object.objectId).toBe(each.object_id);
      expect(object.version).toBe(BigInt(each.version));
      expect(object.objectType).toEqual({ kind: each.object_type });
      expect(objectDigest(hex(each.bcs))).toBe(each.digest);
      const codec = contents[object.objectType.kind];
      const value = expectSame<unknown>(codec, object.contents);
      expect(codec.fromJson(JSON.parse(JSON.stringify(codec.toJson(value as never))))).toEqual(value);
    },
  );

  it.each(by(withBytes(vectors.transactions), (each) => `${each.case} ${each.i} ${each.kind}`))(
    'transaction %s has the same bytes and digest',
    (_, each) => {
      const { kind } = expectSame(TransactionData, hex(each.bcs));
      const snake = kind.kind.replace(/V1$/, '').replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`);
      expect(snake.toLowerCase()).toBe(each.kind);
      expect(transactionDigest(hex(each.bcs))).toBe(each.digest);
    },
  );

  it.each(by(withBytes(vectors.effects), (each) => `${each.case} ${each.i} ${each.kind}`))(
    'effects %s have the same bytes, digest and status',
    (_, each) => {
      const effects = expectSame(TransactionEffects, hex(each.bcs));
      const { status } = effects;
      expect(status.kind === 'Failure' ? status.error.kind : status.kind).toBe(each.status);
      expect(effectsDigest(hex(each.bcs))).toBe(each.digest);
      expect(TransactionEffects.fromJson(TransactionEffects.toJson(effects))).toEqual(effects);
    },
  );

  it.each(by(vectors.checkpoints, (each) => each.case))('%s has the same summary and digest', (_, each) => {
    const summary = expectSame(CheckpointSummary, hex(each.summary_bcs));
    expect(summary.sequenceNumber).toBe(BigInt(each.sequence));
    expect(summary.contentDigest).toBe(each.contents.digest);
    expect(checkpointDigest(hex(each.summary_bcs))).toBe(each.digest);
    expect(CheckpointSummary.fromJson(CheckpointSummary.toJson(summary))).toEqual(summary);
  });

  it.each(by(vectors.epoch_ends, (each) => each.case))('the epoch end of %s has the same committee', (_, each) => {
    const committee = expectSame(Committee, hex(each.next_committee_bcs));
    const { summary_bcs } = vectors.checkpoints.find((other: Vector) => other.case === each.case);
    const { endOfEpochData } = CheckpointSummary.decode(hex(summary_bcs));
    expect(endOfEpochData?.nextEpochValidatorCommittee).toEqual(committee);
    expect(endOfEpochData?.nextEpochProtocolVersion).toBe(BigInt(each.next_protocol_version));
    expect(endOfEpochData?.epochCommitments).toEqual([
      { kind: 'ECMHLiveObjectSetDigest', digest: each.live_object_set },
    ]);
    const [authority] = committee.votingRights;
    expect(toHex(committee.expandedKeys.get(authority?.authority as never) as Uint8Array)).toBe(
      vectors.authority.public_key,
    );
  });
});
