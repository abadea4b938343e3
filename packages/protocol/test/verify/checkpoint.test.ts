import {
  AuthorityQuorumSignInfo,
  CertifiedCheckpointSummary,
  CheckpointSummary,
  RoaringBitmap,
  SomaObject,
  SystemState,
} from '@somakit/bcs';
import { fromHex, isError, toBase64 } from '@somakit/core';
import nodeDigests from '@somakit/vectors/node-digests.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { committeeFromBcs, committeeOfState, createCommittee, verifyCheckpoint } from '../../src/verify/index.js';
import { committeeAt, recorded, recordedAt } from './recorded.js';

const failure = (reason: string) =>
  expect.objectContaining({ code: 'VERIFICATION_FAILED', context: expect.objectContaining({ reason }) });

/** Whether the checkpoint is refused, and with nothing but the typed error. */
const isRefused = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    if (isError(error, 'VERIFICATION_FAILED')) return true;
    throw error;
  }
};

describe('recorded checkpoints', () => {
  it('verify, every one, with the committee of their epoch', () => {
    expect(recorded.length).toBe(42);
    for (const { checkpoint, digest, summary } of recorded) {
      expect(verifyCheckpoint(checkpoint, committeeAt(summary.epoch)).digest).toBe(digest);
    }
  }, 120_000);

  it('verify as decoded values and as certified bytes, signers as a bitmap', () => {
    const { summary, checkpoint, digest } = recordedAt(139);
    const certified = CertifiedCheckpointSummary.decode(
      CertifiedCheckpointSummary.encode({ data: summary, authSignature: checkpoint.authSignature }),
    );
    expect(verifyCheckpoint(certified, committeeAt(6n)).digest).toBe(digest);
    const signersMap = RoaringBitmap.encode([0]);
    expect(
      verifyCheckpoint({ data: summary, authSignature: { ...checkpoint.authSignature, signersMap } }, committeeAt(6n))
        .digest,
    ).toBe(digest);
  });

  it('fail with the committee of another epoch', () => {
    expect(() => verifyCheckpoint(recordedAt(139).checkpoint, committeeAt(5n))).toThrow(failure('epoch'));
  });

  it('fail with another validator', () => {
    const other = createCommittee(6n, [
      { publicKey: fromHex(nodeDigests.authority.public_key).fill(7, 95), votingPower: 10_000n },
    ]);
    expect(() => verifyCheckpoint(recordedAt(139).checkpoint, other)).toThrow(failure('signature'));
  });

  it('fail when any field is changed', () => {
    const { summary, checkpoint } = recordedAt(142);
    const fees = summary.epochRollingTransactionFees;
    const end = summary.endOfEpochData!;
    const other = recordedAt(139).summary;
    const committee = end.nextEpochValidatorCommittee;
    const changed: Record<string, CheckpointSummary> = {
      epoch: { ...summary, epoch: 7n },
      sequenceNumber: { ...summary, sequenceNumber: 143n },
      networkTotalTransactions: { ...summary, networkTotalTransactions: summary.networkTotalTransactions + 1n },
      contentDigest: { ...summary, contentDigest: other.contentDigest },
      previousDigest: { ...summary, previousDigest: other.previousDigest },
      'previousDigest left out': { ...summary, previousDigest: undefined },
      baseFee: { ...summary, epochRollingTransactionFees: { ...fees, baseFee: fees.baseFee + 1n } },
      operationFee: { ...summary, epochRollingTransactionFees: { ...fees, operationFee: fees.operationFee + 1n } },
      valueFee: { ...summary, epochRollingTransactionFees: { ...fees, valueFee: fees.valueFee + 1n } },
      totalFee: { ...summary, epochRollingTransactionFees: { ...fees, totalFee: fees.totalFee + 1n } },
      timestampMs: { ...summary, timestampMs: summary.timestampMs + 1n },
      checkpointCommitments: { ...summary, checkpointCommitments: other.checkpointCommitments },
      'checkpointCommitments left out': { ...summary, checkpointCommitments: [] },
      endOfEpochData: { ...summary, endOfEpochData: undefined },
      nextEpochProtocolVersion: { ...summary, endOfEpochData: { ...end, nextEpochProtocolVersion: 6n } },
      epochCommitments: { ...summary, endOfEpochData: { ...end, epochCommitments: [] } },
      nextEpoch: { ...summary, endOfEpochData: { ...end, nextEpochValidatorCommittee: { ...committee, epoch: 8n } } },
      votingPower: {
        ...summary,
        endOfEpochData: {
          ...end,
          nextEpochValidatorCommittee: {
            ...committee,
            votingRights: committee.votingRights.map((right) => ({ ...right, votingPower: 9_999n })),
          },
        },
      },
      authorities: {
        ...summary,
        endOfEpochData: { ...end, nextEpochValidatorCommittee: { ...committee, authorities: new Map() } },
      },
      versionSpecificData: { ...summary, versionSpecificData: Uint8Array.of(0) },
    };
    expect(isRefused(() => verifyCheckpoint({ ...checkpoint, data: summary }, committeeAt(6n)))).toBe(false);
    for (const [name, data] of Object.entries(changed)) {
      expect([name, isRefused(() => verifyCheckpoint({ ...checkpoint, data }, committeeAt(6n)))]).toEqual([name, true]);
    }
  }, 120_000);

  it('fail when any of 200 random bits of summary or signature is flipped', () => {
    const { bytes, checkpoint } = recordedAt(142);
    const length = bytes.length + 48;
    fc.assert(
      fc.property(fc.nat(length * 8 - 1), (bit) => {
        const whole = new Uint8Array(length);
        whole.set(bytes);
        whole.set(checkpoint.authSignature.signature, bytes.length);
        whole[bit >> 3] = whole[bit >> 3]! ^ (1 << (bit & 7));
        const altered = {
          data: whole.subarray(0, bytes.length),
          authSignature: { ...checkpoint.authSignature, signature: whole.subarray(bytes.length) },
        };
        expect(isRefused(() => verifyCheckpoint(altered, committeeAt(6n)))).toBe(true);
      }),
      { numRuns: 200 },
    );
  }, 120_000);

  it('fail with other signers, repeated ones, none, and broken bitmaps', () => {
    const { checkpoint } = recordedAt(139);
    const withSigners = (signersMap: readonly number[] | Uint8Array) => () =>
      verifyCheckpoint({ ...checkpoint, authSignature: { ...checkpoint.authSignature, signersMap } }, committeeAt(6n));
    expect(withSigners([1])).toThrow(failure('unknownSigner'));
    expect(withSigners([-1])).toThrow(failure('unknownSigner'));
    expect(withSigners([0.5])).toThrow(failure('unknownSigner'));
    expect(withSigners([0, 0])).toThrow(failure('repeatedSigner'));
    expect(withSigners([])).toThrow(failure('quorum'));
    expect(withSigners(Uint8Array.of(1, 2, 3))).toThrow(failure('malformed'));
  });

  it('fail with signatures that are no point, of another length, or infinity', () => {
    const { checkpoint } = recordedAt(139);
    const infinity = new Uint8Array(48);
    infinity[0] = 0xc0;
    for (const signature of [
      new Uint8Array(48),
      new Uint8Array(47),
      new Uint8Array(0),
      infinity,
      recordedAt(142).checkpoint.authSignature.signature,
    ]) {
      expect(() =>
        verifyCheckpoint({ ...checkpoint, authSignature: { ...checkpoint.authSignature, signature } }, committeeAt(6n)),
      ).toThrow(failure('signature'));
    }
  });

  it('fail when the certificate names another epoch', () => {
    const { checkpoint } = recordedAt(139);
    expect(() =>
      verifyCheckpoint({ ...checkpoint, authSignature: { ...checkpoint.authSignature, epoch: 5n } }, committeeAt(6n)),
    ).toThrow(failure('epoch'));
  });

  it('fail without a certificate', () => {
    const data = recordedAt(139).summary;
    expect(() => verifyCheckpoint({ data } as never, committeeAt(6n))).toThrow(failure('unsigned'));
    expect(() => verifyCheckpoint(recordedAt(139).checkpoint, null as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('fail as bytes that are no summary', () => {
    const { checkpoint, bytes } = recordedAt(139);
    expect(() => verifyCheckpoint({ ...checkpoint, data: bytes.subarray(1) }, committeeAt(6n))).toThrow(
      failure('malformed'),
    );
  });
});

describe('committees', () => {
  const key = (byte: number) => new Uint8Array(96).fill(byte);

  it('are put in the order of their keys', () => {
    const { members } = createCommittee(0n, [
      { publicKey: key(2), votingPower: 4_000n },
      { publicKey: key(1), votingPower: 6_000n },
    ]);
    expect(members.map(({ votingPower }) => votingPower)).toEqual([6_000n, 4_000n]);
  });

  it('are refused with repeated keys, short keys and powers that do not sum to 10000', () => {
    expect(() =>
      createCommittee(0n, [
        { publicKey: key(1), votingPower: 5_000n },
        { publicKey: key(1), votingPower: 5_000n },
      ]),
    ).toThrow(failure('repeatedSigner'));
    expect(() => createCommittee(0n, [{ publicKey: new Uint8Array(95), votingPower: 10_000n }])).toThrow(
      failure('malformed'),
    );
    expect(() => createCommittee(0n, [{ publicKey: key(1), votingPower: 9_999n }])).toThrow(failure('votingPower'));
    expect(() =>
      createCommittee(0n, [
        { publicKey: key(1), votingPower: 10_001n },
        { publicKey: key(2), votingPower: -1n },
      ]),
    ).toThrow(failure('votingPower'));
    expect(() => createCommittee(0n, [])).toThrow(failure('votingPower'));
  });

  it('of the chain are checked for consistency', () => {
    const committee = recordedAt(142).summary.endOfEpochData!.nextEpochValidatorCommittee;
    expect(committeeFromBcs(committee)).toEqual(committeeAt(7n));
    const [name] = committee.votingRights.map(({ authority }) => authority);
    expect(() => committeeFromBcs({ ...committee, expandedKeys: new Map() })).toThrow(failure('malformed'));
    expect(() => committeeFromBcs({ ...committee, indexMap: new Map([[name!, 1n]]) })).toThrow(failure('malformed'));
    expect(() => committeeFromBcs({ ...committee, expandedKeys: new Map([[name!, key(1)]]) })).toThrow(
      failure('malformed'),
    );
    const rights = [2, 1].map((byte) => ({ authority: toBase64(key(byte)) as never, votingPower: 5_000n }));
    expect(() => committeeFromBcs({ ...committee, votingRights: rights })).toThrow(failure('order'));
  });

  it('follow from the recorded SystemState', () => {
    const { bcs } = nodeDigests.objects.find((entry: { object_type: string }) => entry.object_type === 'SystemState');
    const state = SystemState.decode(SomaObject.decode(fromHex(bcs)).contents);
    expect(committeeOfState(state)).toEqual(committeeAt(state.epoch));
  });

  it('hold certificates in the chain form', () => {
    const { authSignature } = recordedAt(139).checkpoint;
    expect(AuthorityQuorumSignInfo.decode(AuthorityQuorumSignInfo.encode(authSignature))).toEqual(authSignature);
    expect(CheckpointSummary.encode(recordedAt(139).summary)).toEqual(recordedAt(139).bytes);
  });
});
