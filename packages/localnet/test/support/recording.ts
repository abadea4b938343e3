// Recorded calls of a reference node, and the chain that they come from.
import { fromBinary } from '@bufbuild/protobuf';
import { fromBase64 } from '@somakit/core';
import type { RecordedCheckpoint } from '@somakit/ledger';
import { objectFromProto, signatureFromProto, summaryFromProto, transactionFromProto } from '@somakit/rpc/convert';
import { type Checkpoint, GetCheckpointResponseSchema } from '@somakit/rpc/proto';
import market from '@somakit/vectors/node-market.json';

/** A call as it was recorded; without a reply it was refused. */
export interface RecordedCall {
  readonly case: string;
  readonly path: string;
  readonly request: string;
  readonly reply?: string | null;
  readonly code?: string;
  readonly message?: string;
  readonly trailers?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export const calls: readonly RecordedCall[] = (market as readonly RecordedCall[]).filter(
  ({ path }) => path !== undefined,
);

const readCheckpoint = (reply: string): Checkpoint | undefined =>
  fromBinary(GetCheckpointResponseSchema, fromBase64(reply)).checkpoint;

const checkpoints = calls
  .filter(({ path, reply }) => path.endsWith('/GetCheckpoint') && typeof reply === 'string')
  .flatMap(({ reply }) => readCheckpoint(reply!) ?? [])
  .filter(({ transactions }) => transactions.length > 0)
  .sort((a, b) => Number(a.sequenceNumber! - b.sequenceNumber!))
  .filter(({ sequenceNumber }, i, all) => sequenceNumber !== all[i - 1]?.sequenceNumber);

/** The objects of the recorded genesis. */
export const genesisObjects = () => {
  const kind = checkpoints[0]!.transactions[0]!.transaction!.kind!.kind;
  if (kind.case !== 'genesis') throw new TypeError('the recording has no genesis');
  return kind.value.objects.map(objectFromProto);
};

/** The recorded checkpoints after genesis. */
export const recordedCheckpoints: readonly RecordedCheckpoint[] = checkpoints.slice(1).map((checkpoint) => {
  const summary = summaryFromProto(checkpoint.summary!);
  return {
    sequenceNumber: summary.sequenceNumber,
    previousDigest: summary.previousDigest,
    networkTotalTransactions: summary.networkTotalTransactions,
    timestampMs: summary.timestampMs,
    transactions: checkpoint.transactions.map(({ transaction, signatures }) => ({
      data: transactionFromProto(transaction!),
      signatures: signatures.map(signatureFromProto),
    })),
  };
});
