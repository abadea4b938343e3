import type { AuthorityQuorumSignInfo, ExecutionDigests } from '@somakit/bcs';
import { CheckpointSummary } from '@somakit/bcs';
import { fromBase64, fromHex, parseDigest } from '@somakit/core';
import nodeDigests from '@somakit/vectors/node-digests.json';
import nodeMarket from '@somakit/vectors/node-market.json';
import type { CertifiedCheckpoint, TrustedCommittee } from '../../src/verify/index.js';
import { createCommittee } from '../../src/verify/index.js';

export interface RecordedCheckpoint {
  readonly sequence: number;
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly summary: CheckpointSummary;
  readonly checkpoint: CertifiedCheckpoint & {
    readonly data: Uint8Array;
    readonly authSignature: AuthorityQuorumSignInfo;
  };
}

/** The recorded checkpoints, with the certificates that the node gave. */
export const recorded: readonly RecordedCheckpoint[] = nodeDigests.checkpoints.map(
  (entry: { sequence: number; digest: string; summary_bcs: string; signature: string; signers: number[] }) => {
    const bytes = fromHex(entry.summary_bcs);
    const summary = CheckpointSummary.decode(bytes);
    return {
      sequence: entry.sequence,
      digest: entry.digest,
      bytes,
      summary,
      checkpoint: {
        data: bytes,
        authSignature: { epoch: summary.epoch, signature: fromHex(entry.signature), signersMap: entry.signers },
      },
    };
  },
);

/** The recorded chain's only validator, as the committee of an epoch. */
export const committeeAt = (epoch: bigint): TrustedCommittee =>
  createCommittee(epoch, [{ publicKey: fromHex(nodeDigests.authority.public_key), votingPower: 10_000n }]);

export const recordedAt = (sequence: number): RecordedCheckpoint =>
  recorded.find((entry) => entry.sequence === sequence)!;

/** The length-delimited fields `number` of a protobuf message, in order. */
const fieldsOf = (message: Uint8Array, number: number): Uint8Array[] => {
  const found: Uint8Array[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    if ((key & 7) === 0) {
      varint();
    } else if ((key & 7) === 2) {
      const length = varint();
      if (key >>> 3 === number) found.push(message.subarray(at, at + length));
      at += length;
    } else {
      at += (key & 7) === 1 ? 8 : 4;
    }
  }
  return found;
};

/** The pairs of digests in a recorded checkpoint, from the node's own answer. */
export const contentsOf = (sequence: number): { transactions: ExecutionDigests[] } => {
  const { reply } = nodeMarket.find((entry: { case: string }) => entry.case === `checkpoint ${sequence}`);
  const contents = fieldsOf(fieldsOf(fromBase64(reply), 1)[0]!, 5)[0]!;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    transactions: fieldsOf(contents, 3).map((pair) => ({
      transaction: parseDigest(text(fieldsOf(pair, 1)[0]!)),
      effects: parseDigest(text(fieldsOf(pair, 2)[0]!)),
    })),
  };
};
