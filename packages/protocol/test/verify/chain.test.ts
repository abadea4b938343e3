import type { CheckpointSummary } from '@somakit/bcs';
import { describe, expect, it } from 'vitest';
import { verifyCheckpoint, verifyCheckpointChain } from '../../src/verify/index.js';
import { committeeAt, recorded, recordedAt } from './recorded.js';
import { createValidators, nextSummary } from './synthetic.js';

const failure = (reason: string, sequenceNumber?: bigint) =>
  expect.objectContaining({
    code: 'VERIFICATION_FAILED',
    context: expect.objectContaining({ reason, ...(sequenceNumber === undefined ? {} : { sequenceNumber }) }),
  });

const ends = recorded.filter(({ summary }) => summary.endOfEpochData !== undefined);

describe('the recorded chain', () => {
  it('hands its committee over seven epochs, one signature each', () => {
    const { state, verified, signatures } = verifyCheckpointChain(
      { committee: committeeAt(0n) },
      ends.map(({ checkpoint }) => checkpoint),
    );
    expect(state.committee).toEqual(committeeAt(7n));
    expect(verified.map(({ digest }) => digest)).toEqual(ends.map(({ digest }) => digest));
    expect(signatures).toBe(7);
    expect(state.checkpoint?.summary.sequenceNumber).toBe(142n);
  });

  it('verifies whole, checkpoints between the ends and links between neighbours included', () => {
    const { state, verified, signatures } = verifyCheckpointChain(
      { committee: committeeAt(0n) },
      recorded.map(({ checkpoint }) => checkpoint),
    );
    expect(verified.length).toBe(42);
    expect(state.committee.epoch).toBe(7n);
    // Checkpoints 0, 1 and 2 are one run: its last signature proves all three.
    expect(signatures).toBe(40);
  }, 120_000);

  it('fails when the end of an epoch is left out', () => {
    expect(() =>
      verifyCheckpointChain(
        { committee: committeeAt(0n) },
        [ends[0]!, ends[2]!].map(({ checkpoint }) => checkpoint),
      ),
    ).toThrow(failure('epoch', 95n));
  });

  it('fails when checkpoints come twice or backwards', () => {
    const { checkpoint } = recordedAt(139);
    expect(() => verifyCheckpointChain({ committee: committeeAt(6n) }, [checkpoint, checkpoint])).toThrow(
      failure('sequence', 139n),
    );
    const proven = verifyCheckpoint(recordedAt(142).checkpoint, committeeAt(6n));
    expect(() => verifyCheckpointChain({ committee: committeeAt(6n), checkpoint: proven }, [checkpoint])).toThrow(
      failure('sequence', 139n),
    );
  });
});

describe('a chain of several validators', () => {
  const old = createValidators(1);
  const young = createValidators(50);
  const summaries: CheckpointSummary[] = [nextSummary(undefined)];
  const push = (over: Partial<CheckpointSummary> = {}) => summaries.push(nextSummary(summaries.at(-1), over));
  push();
  push();
  push({
    endOfEpochData: { nextEpochValidatorCommittee: young.bcs(1n), nextEpochProtocolVersion: 5n, epochCommitments: [] },
  });
  push();
  push();
  const unsigned = summaries.map((data) => ({ data }));
  const end = old.sign(summaries[3]!, [1, 2, 3]);
  const last = young.sign(summaries[5]!, [2, 3]);
  const chain = [...unsigned.slice(0, 3), end, unsigned[4]!, last];
  const start = { committee: old.committee(0n) };

  it('verifies with two signatures of a quorum, the rest by digests', () => {
    const { state, verified, signatures } = verifyCheckpointChain(start, chain);
    expect(signatures).toBe(2);
    expect(verified.map(({ summary }) => summary)).toEqual(summaries);
    expect(state.committee).toEqual(young.committee(1n));
  });

  it('goes on from where it ended', () => {
    const first = verifyCheckpointChain(start, chain.slice(0, 4));
    const second = verifyCheckpointChain(first.state, chain.slice(4));
    expect(second.state.checkpoint?.summary).toEqual(summaries[5]);
    expect(verifyCheckpointChain(second.state, [])).toEqual({ state: second.state, verified: [], signatures: 0 });
  });

  it('fails without the signature of an epoch end or of the last checkpoint', () => {
    expect(() => verifyCheckpointChain(start, [...unsigned.slice(0, 4), unsigned[4]!, last])).toThrow(
      failure('unsigned', 3n),
    );
    expect(() => verifyCheckpointChain(start, [...chain.slice(0, 5), unsigned[5]!])).toThrow(failure('unsigned', 5n));
    expect(() => verifyCheckpointChain(start, [unsigned[0]!, unsigned[2]!, end])).toThrow(failure('unsigned', 0n));
  });

  it('fails with signers below the quorum', () => {
    expect(() => verifyCheckpointChain(start, [...unsigned.slice(0, 3), old.sign(summaries[3]!, [0, 1, 2])])).toThrow(
      failure('quorum', 3n),
    );
  });

  it('fails with the old committee after the hand-over, and the new one before', () => {
    expect(() => verifyCheckpointChain(start, [...chain.slice(0, 5), old.sign(summaries[5]!, [1, 2, 3])])).toThrow(
      failure('signature', 5n),
    );
    expect(() => verifyCheckpointChain(start, [...unsigned.slice(0, 3), young.sign(summaries[3]!, [1, 2, 3])])).toThrow(
      failure('signature', 3n),
    );
  });

  it('fails when any unsigned checkpoint is changed', () => {
    const changes: Partial<CheckpointSummary>[] = [
      { timestampMs: summaries[1]!.timestampMs + 1n },
      { contentDigest: summaries[2]!.contentDigest },
      { networkTotalTransactions: 0n },
      { previousDigest: undefined },
    ];
    for (const change of changes) {
      const forged = [unsigned[0]!, { data: { ...summaries[1]!, ...change } }, unsigned[2]!, end];
      expect(() => verifyCheckpointChain(start, forged)).toThrow(
        expect.objectContaining({ code: 'VERIFICATION_FAILED' }),
      );
    }
  });

  it('fails when a signed successor contradicts its predecessor', () => {
    const before = { ...start, checkpoint: { summary: summaries[1]!, digest: summaries[2]!.previousDigest! } };
    const cases: [string, Partial<CheckpointSummary>][] = [
      ['previousDigest', { previousDigest: undefined }],
      ['transactionCount', { networkTotalTransactions: 1n }],
      ['timestamp', { timestampMs: 1n }],
      ['epoch', { epoch: 1n }],
    ];
    for (const [reason, change] of cases) {
      expect(() => verifyCheckpointChain(before, [old.sign({ ...summaries[2]!, ...change }, [1, 2, 3])])).toThrow(
        failure(reason, 2n),
      );
    }
  });

  it('fails when the committee handed over is of another epoch', () => {
    const data = {
      ...summaries[3]!,
      endOfEpochData: { ...summaries[3]!.endOfEpochData!, nextEpochValidatorCommittee: young.bcs(2n) },
    };
    expect(() => verifyCheckpointChain(start, [old.sign(data, [1, 2, 3])])).toThrow(failure('epoch', 3n));
  });
});
