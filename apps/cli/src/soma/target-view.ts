import type { Manifest, Target } from '@somakit/bcs';
import type { Address, ObjectId } from '@somakit/core';
import { claimWindow, type EpochClock, expiredClaimWindow } from '@somakit/protocol/epochs';
import type { TargetView } from '@somakit/sdk';
import { windowJson } from './windows.js';

/** What commands show of a target, from a list or from the object. */
export interface TargetRow {
  readonly targetId: ObjectId;
  /** `expired`: open, but of an epoch that is over. */
  readonly status: 'open' | 'expired' | 'filled' | 'claimed' | (string & {});
  readonly generationEpoch: bigint;
  readonly fillEpoch: bigint | undefined;
  readonly modelIds: readonly ObjectId[];
  readonly distanceThreshold: number;
  readonly rewardPool: bigint;
  readonly bond: bigint;
  readonly submitter: Address | undefined;
  readonly winningModelId: ObjectId | undefined;
  readonly winningModelOwner: Address | undefined;
  readonly dataUrl: string | undefined;
  readonly embedding: Float32Array | undefined;
}

const statusOf = (stored: string, fillEpoch: bigint | undefined, generationEpoch: bigint, epoch: bigint): string => {
  // Lists call both kinds so that may be claimed now.
  const plain = stored === 'claimable' ? (fillEpoch === undefined ? 'open' : 'filled') : stored;
  return plain === 'open' && generationEpoch < epoch ? 'expired' : plain;
};

export const rowOfView = (view: Partial<TargetView> & Pick<TargetView, 'id'>, epoch: bigint): TargetRow => {
  const { status = 'open', fillEpoch, generationEpoch = 0n } = view;
  return {
    targetId: view.id,
    status: statusOf(status, fillEpoch, generationEpoch, epoch),
    generationEpoch,
    fillEpoch,
    modelIds: view.modelIds ?? [],
    distanceThreshold: view.distanceThreshold ?? Number.NaN,
    rewardPool: view.rewardPool ?? 0n,
    bond: view.bondAmount ?? 0n,
    submitter: view.submitter,
    winningModelId: view.winningModelId,
    winningModelOwner: view.winningModelOwner,
    dataUrl: view.dataUrl,
    embedding: view.embedding,
  };
};

export const rowOfObject = (targetId: ObjectId, target: Target, epoch: bigint): TargetRow => {
  const fillEpoch = target.status.kind === 'Filled' ? target.status.fillEpoch : undefined;
  return {
    targetId,
    status: statusOf(target.status.kind.toLowerCase(), fillEpoch, target.generationEpoch, epoch),
    generationEpoch: target.generationEpoch,
    fillEpoch,
    modelIds: target.modelIds,
    distanceThreshold: target.distanceThreshold.data[0] ?? Number.NaN,
    rewardPool: target.rewardPool,
    bond: target.bondAmount,
    submitter: target.submitter,
    winningModelId: target.winningModelId,
    winningModelOwner: target.winningModelOwner,
    dataUrl: target.winningDataManifest?.url,
    embedding: target.embedding.data,
  };
};

/** When a target may be claimed; undefined for one that is gone. */
export const claimOf = ({ status, fillEpoch, generationEpoch }: TargetRow) => {
  if (status === 'claimed') return undefined;
  return fillEpoch === undefined ? expiredClaimWindow(generationEpoch) : claimWindow(fillEpoch);
};

export const isClaimable = (row: TargetRow, epoch: bigint): boolean => {
  const window = claimOf(row);
  return window !== undefined && epoch >= window.first;
};

/** f32 as the number that its few digits name: 0.97, not 0.9700000286102295. */
export const plainFloat = (value: number): number => {
  if (!Number.isFinite(value)) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
};

const finite = (value: number): number | null => (Number.isFinite(value) ? plainFloat(value) : null);

export const targetJson = (row: TargetRow, clock: EpochClock): object => {
  const window = claimOf(row);
  return {
    target_id: row.targetId,
    status: row.status,
    claimable: isClaimable(row, clock.epoch),
    generation_epoch: row.generationEpoch,
    fill_epoch: row.fillEpoch ?? null,
    model_ids: row.modelIds,
    distance_threshold: finite(row.distanceThreshold),
    reward_pool: row.rewardPool,
    bond: row.bond,
    submitter: row.submitter ?? null,
    winning_model_id: row.winningModelId ?? null,
    winning_model_owner: row.winningModelOwner ?? null,
    data_url: row.dataUrl ?? null,
    claim: window === undefined ? null : windowJson(clock, window),
  };
};

export const manifestJson = (manifest: Manifest | undefined): object | null =>
  manifest === undefined ? null : { url: manifest.url, checksum: manifest.checksum, size: manifest.size };
