import type { MessageInitShape } from '@bufbuild/protobuf';
import type { BalanceChange, TransactionData, TransactionEffects } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import type { LedgerObject } from '@somakit/ledger';
import { isSystemKind } from '@somakit/protocol';
import {
  balanceChangeToProto,
  effectsToProto,
  objectToProto,
  type Spelling,
  signatureToProto,
  timestamp,
  transactionToProto,
} from '@somakit/rpc/convert';
import { ExecutedTransactionSchema } from '@somakit/rpc/proto';
import { below, type Mask, masked } from './mask.js';

/** What a reply about a transaction can be made of; the costly parts are asked for only when they are selected. */
export interface ExecutedParts {
  readonly digest?: Digest | undefined;
  /** The digest inside `transaction`. The reference hashes another form there; ours is the chain's. */
  readonly transactionDigest: Digest;
  readonly data: () => TransactionData;
  readonly signatures?: readonly Uint8Array[] | undefined;
  readonly effects: () => TransactionEffects;
  readonly objectType?: ((id: ObjectId) => string | undefined) | undefined;
  readonly checkpoint?: bigint | undefined;
  readonly timestampMs?: bigint | undefined;
  readonly balanceChanges?: (() => readonly BalanceChange[]) | undefined;
  readonly objects?: (() => readonly LedgerObject[]) | undefined;
  readonly spelling: Spelling;
  /** How the objects are spelled; as the rest when left out. */
  readonly objectSpelling?: Spelling | undefined;
}

/** What stands for the signature of a system transaction. The chain keeps none for genesis and epoch changes, replies show it. */
const PLACEHOLDER = new Uint8Array(97);

const signaturesOf = ({ signatures = [], data }: ExecutedParts): readonly Uint8Array[] =>
  signatures.length === 0 && isSystemKind(data().kind.kind) ? [PLACEHOLDER] : signatures;

/**
 * The message of an executed (or simulated) transaction. Of `objects` the mask must select the inner list or everything,
 * as the reference has it.
 */
export const executedMessage = (
  parts: ExecutedParts,
  mask: Mask,
): MessageInitShape<typeof ExecutedTransactionSchema> => {
  const { spelling, checkpoint, timestampMs } = parts;
  const objects = below(mask, 'objects');
  const wantsObjects = parts.objects !== undefined && (mask === true || (objects !== undefined && objects !== true));
  return masked(
    ExecutedTransactionSchema,
    {
      digest: parts.digest,
      transaction:
        below(mask, 'transaction') === undefined
          ? undefined
          : transactionToProto(parts.data(), spelling, parts.transactionDigest),
      signatures: below(mask, 'signatures') === undefined ? [] : signaturesOf(parts).map(signatureToProto),
      effects:
        below(mask, 'effects') === undefined
          ? undefined
          : effectsToProto(parts.effects(), { spelling, objectType: parts.objectType }),
      checkpoint,
      timestamp: timestampMs === undefined ? undefined : timestamp(timestampMs),
      balanceChanges:
        below(mask, 'balance_changes') === undefined ? [] : (parts.balanceChanges?.() ?? []).map(balanceChangeToProto),
      objects: wantsObjects
        ? {
            objects: (parts.objects?.() ?? []).map((each) =>
              objectToProto(each, parts.objectSpelling ?? spelling, each.digest),
            ),
          }
        : undefined,
    },
    mask,
  );
};
