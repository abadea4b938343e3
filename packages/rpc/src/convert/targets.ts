import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Target } from '@somakit/bcs';
import type { Address, ObjectId } from '@somakit/core';
import type { TargetSchema } from '../gen/soma/rpc/system_state_pb.js';
import { onlyNumber, spellShort } from './scalar.js';

/**
 * `open`, `filled` and `claimed` are stored; `claimable` is what lists say of a target whose reward may be claimed now.
 * A newer server may say more.
 */
export type TargetStatusName = 'open' | 'filled' | 'claimed' | 'claimable' | (string & {});

/** A target as GetTarget and ListTargets show it. */
export interface TargetFields {
  readonly id: ObjectId;
  readonly embedding: Float32Array;
  readonly modelIds: readonly ObjectId[];
  readonly distanceThreshold: number;
  /** Shannons. */
  readonly rewardPool: bigint;
  readonly generationEpoch: bigint;
  readonly status: TargetStatusName;
  /** Only while it is filled. */
  readonly fillEpoch?: bigint;
  readonly submitter?: Address;
  readonly winningModelId?: ObjectId;
  readonly winningModelOwner?: Address;
  /** Shannons. */
  readonly bondAmount: bigint;
  /** Where the winning data is. Its checksum and size are in the target object (`getObject`). */
  readonly dataUrl?: string;
}

const STATUS = { Open: 'open', Filled: 'filled', Claimed: 'claimed' } as const;

/** The message of a target; `status` where the list shows another one than is stored. */
export const targetToProto = (
  id: ObjectId,
  target: Target,
  status: TargetStatusName = STATUS[target.status.kind],
): MessageInitShape<typeof TargetSchema> => ({
  id: spellShort(id),
  embedding: Array.from(target.embedding.data),
  modelIds: target.modelIds.map(spellShort),
  distanceThreshold: onlyNumber(target.distanceThreshold),
  rewardPool: target.rewardPool,
  generationEpoch: target.generationEpoch,
  status,
  fillEpoch: target.status.kind === 'Filled' ? target.status.fillEpoch : undefined,
  submitter: target.submitter?.slice(2),
  winningModelId: target.winningModelId === undefined ? undefined : spellShort(target.winningModelId),
  winningModelOwner: target.winningModelOwner?.slice(2),
  bondAmount: target.bondAmount,
  dataUrl: target.winningDataManifest?.url,
});
