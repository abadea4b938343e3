import type { MessageInitShape } from '@bufbuild/protobuf';
import type { LedgerObject } from '@somakit/ledger';
import { contentsToProto, objectToProto, quorumSignatureToProto, summaryToProto } from '@somakit/rpc/convert';
import { CheckpointSchema } from '@somakit/rpc/proto';
import type { Chain, CheckpointView } from '../chain/types.js';
import { executedMessage } from './executed.js';
import { below, type Mask, masked } from './mask.js';

/** The message of a checkpoint; what is not selected is not read either. */
export const checkpointMessage = (
  chain: Chain,
  { record, summary, signature }: CheckpointView,
  mask: Mask,
): MessageInitShape<typeof CheckpointSchema> => {
  const wants = (name: string): boolean => below(mask, name) !== undefined;
  const transactionMask = below(mask, 'transactions');
  /** Only the digests of its transactions are wanted: what everybody who waits for one asks for. */
  const digestsOnly =
    transactionMask instanceof Map && transactionMask.size === 1 && transactionMask.get('digest') === true;
  const needsViews = wants('contents') || wants('objects') || (transactionMask !== undefined && !digestsOnly);
  const views = needsViews
    ? record.transactions.flatMap(({ transaction }) => chain.transaction(transaction) ?? [])
    : [];
  const objects = new Map<string, LedgerObject>();
  if (wants('objects')) {
    for (const { effects } of views) {
      for (const each of chain.touched(effects))
        objects.set(`${each.objectId}:${String(each.version).padStart(20, '0')}`, each);
    }
  }
  const signed = wants('signature') ? signature() : undefined;
  return masked(
    CheckpointSchema,
    {
      sequenceNumber: record.sequenceNumber,
      digest: record.digest,
      summary: wants('summary') ? summaryToProto(summary, record.digest) : undefined,
      signature: signed === undefined ? undefined : quorumSignatureToProto(signed),
      contents: wants('contents')
        ? contentsToProto(
            {
              transactions: record.transactions,
              userSignatures: views.map(({ signatures }) => signatures),
            },
            summary.contentDigest,
          )
        : undefined,
      transactions:
        transactionMask === undefined
          ? []
          : digestsOnly
            ? record.transactions.map(({ transaction }) => ({ digest: transaction }))
            : views.map((view) =>
                executedMessage(
                  {
                    digest: view.digest,
                    transactionDigest: view.digest,
                    data: () => view.data,
                    signatures: view.signatures,
                    effects: () => view.effects,
                    checkpoint: record.sequenceNumber,
                    timestampMs: summary.timestampMs,
                    balanceChanges: () => chain.balanceChanges(view.effects),
                    spelling: 'bare',
                  },
                  transactionMask,
                ),
              ),
      objects: wants('objects')
        ? {
            objects: [...objects]
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([, each]) => objectToProto(each, 'bare', each.digest)),
          }
        : undefined,
    },
    mask,
  );
};
