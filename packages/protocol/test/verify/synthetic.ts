import { CheckpointSummary, type Committee } from '@somakit/bcs';
import { parseDigest, toBase64 } from '@somakit/core';
import { checkpointDigest } from '@somakit/crypto';
import {
  aggregateBlsSignatures,
  authorityMessage,
  blsPublicKey,
  blsSign,
  generateBlsSecretKey,
} from '@somakit/crypto/bls';
import type { ChainCheckpoint, TrustedCommittee } from '../../src/verify/index.js';
import { createCommittee } from '../../src/verify/index.js';
import { recordedAt } from './recorded.js';

/** Validators with known secrets: powers 1000, 2000, 3000, 4000 in the order of their keys. */
export const createValidators = (first: number) => {
  const secrets = [0, 1, 2, 3]
    .map((i) => generateBlsSecretKey(new Uint8Array(32).fill(first + i)))
    .map((secret) => ({ secret, publicKey: blsPublicKey(secret) }))
    .sort((a, b) => (toBase64(a.publicKey) < toBase64(b.publicKey) ? -1 : 1));
  const members = secrets.map(({ publicKey }, i) => ({ publicKey, votingPower: BigInt(i + 1) * 1_000n }));
  const committee = (epoch: bigint): TrustedCommittee => createCommittee(epoch, members);
  const secretOf = (publicKey: Uint8Array) =>
    secrets.find((entry) => toBase64(entry.publicKey) === toBase64(publicKey))!.secret;
  return {
    committee,
    bcs: (epoch: bigint): Committee => {
      const sorted = committee(epoch).members.map((member) => ({
        ...member,
        authority: toBase64(member.publicKey) as never,
      }));
      return {
        epoch,
        votingRights: sorted.map(({ authority, votingPower }) => ({ authority, votingPower })),
        expandedKeys: new Map(sorted.map(({ authority, publicKey }) => [authority, publicKey])),
        indexMap: new Map(sorted.map(({ authority }, i) => [authority, BigInt(i)])),
        authorities: new Map(),
      };
    },
    sign: (data: CheckpointSummary, signers: readonly number[]): ChainCheckpoint => {
      const message = authorityMessage('CheckpointSummary', CheckpointSummary.encode(data), data.epoch);
      const { members: sorted } = committee(data.epoch);
      const signature = aggregateBlsSignatures(
        signers.map((index) => blsSign(message, secretOf(sorted[index]!.publicKey))),
      );
      return { data, authSignature: { epoch: data.epoch, signature, signersMap: signers } };
    },
  };
};

/** The successor of a summary, or a first one. */
export const nextSummary = (
  previous: CheckpointSummary | undefined,
  over: Partial<CheckpointSummary> = {},
): CheckpointSummary => ({
  ...recordedAt(139).summary,
  epoch: previous === undefined ? 0n : previous.epoch + (previous.endOfEpochData === undefined ? 0n : 1n),
  sequenceNumber: previous === undefined ? 0n : previous.sequenceNumber + 1n,
  networkTotalTransactions: (previous?.networkTotalTransactions ?? 0n) + 1n,
  contentDigest: parseDigest(new Uint8Array(32).fill(Number(previous?.sequenceNumber ?? 0n) + 1)),
  previousDigest: previous === undefined ? undefined : checkpointDigest(CheckpointSummary.encode(previous)),
  timestampMs: (previous?.timestampMs ?? 0n) + 200n,
  endOfEpochData: undefined,
  ...over,
});
