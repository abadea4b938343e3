import type { ObjectRef } from '@somakit/bcs';
import { invalidArgument, type ObjectId } from '@somakit/core';
import { isSystemKind } from '@somakit/protocol/checks';
import { type BuiltTransaction, decodeSignedTransaction, ownedInputs, readTransaction } from '../transaction.js';
import { type DescriptionPart, describeKind, formatPart } from './parts.js';

const ZERO_ADDRESS = `0x${'0'.repeat(64)}`;

/** What a transaction would do, for the eyes of whoever is to sign it. */
export interface ParsedTransaction extends BuiltTransaction {
  /** One sentence: "Transfer 1.5 SOMA to 0x...". */
  readonly summary: string;
  /** The details, in a fixed order; the sender and the gas coins are not among them. */
  readonly parts: readonly DescriptionPart[];
  /** Why it is bound to fail, or may not do what it seems to. */
  readonly warnings: readonly string[];
  /** The owned objects that it takes, gas coins last, each once. */
  readonly inputs: readonly ObjectRef[];
  /** The serialised user signatures; none for an unsigned transaction. Not verified here. */
  readonly signatures: readonly Uint8Array[];
}

/**
 * Reads the bytes of a transaction, unsigned (`TransactionData`) or signed (as it is sent), for people.
 *
 * Everything shown comes from the bytes alone and ids are never shortened, so what is read is what is signed.
 *
 * @throws BCS_TRUNCATED BCS_NOT_CANONICAL BCS_INVALID_VALUE BCS_LIMIT INVALID_ARGUMENT
 * @example
 * import { formatTransaction, parseTransaction } from '@somakit/tx-builders';
 * declare const bytes: Uint8Array;
 * const parsed = parseTransaction(bytes);
 * console.log(parsed.summary); // Transfer 1.5 SOMA to 0x...
 * console.log(formatTransaction(parsed));
 */
export const parseTransaction = (bytes: Uint8Array): ParsedTransaction => {
  if (!(bytes instanceof Uint8Array)) throw invalidArgument('bytes', 'a Uint8Array', bytes);
  // TransactionData begins with its version, 0; a signed transaction with the count 1.
  const transaction = bytes[0] === 1 ? decodeSignedTransaction(bytes) : readTransaction(bytes);
  return describeTransaction(transaction);
};

/** As {@link parseTransaction}, for a transaction that is there already. */
export const describeTransaction = (
  transaction: BuiltTransaction & { readonly signatures?: readonly Uint8Array[] | undefined },
): ParsedTransaction => {
  const { bytes, digest, sender, data, signatures = [] } = transaction;
  const { summary, parts, warnings } = describeKind(data.kind);
  const inputs = new Map<ObjectId, ObjectRef>();
  let repeated = false;
  for (const ref of ownedInputs(data.kind)) {
    repeated ||= inputs.has(ref.objectId);
    inputs.set(ref.objectId, ref);
  }
  const own = new Set(inputs.keys());
  for (const ref of data.gasPayment) {
    repeated ||= inputs.has(ref.objectId) && !own.has(ref.objectId);
    if (!own.has(ref.objectId)) inputs.set(ref.objectId, ref);
  }
  const system = isSystemKind(data.kind.kind);
  return {
    bytes,
    digest,
    sender,
    data,
    signatures,
    summary,
    parts,
    inputs: [...inputs.values()],
    warnings: [
      ...(system ? ['Only validators make this kind of transaction: never sign it.'] : []),
      ...warnings,
      ...(parts.some(({ type, value }) => type === 'address' && value === ZERO_ADDRESS) && !system
        ? ['It names the zero address, which nobody has the key of: what is sent there is lost.']
        : []),
      ...(repeated ? ['An object is there twice: nodes will refuse it.'] : []),
      ...(data.kind.kind !== 'PayCoins' && data.gasPayment.slice(1).some(({ objectId }) => own.has(objectId))
        ? ['It uses a coin that is merged into the first gas coin before.']
        : []),
      ...(!system && data.gasPayment.length === 0 ? ['No gas coin is given: it can only be simulated.'] : []),
    ],
  };
};

/** A parsed transaction as text of several lines. */
export const formatTransaction = (parsed: ParsedTransaction): string =>
  [
    parsed.summary,
    `  From: ${parsed.sender}`,
    ...parsed.parts.map((part) => `  ${part.label}: ${formatPart(part)}`),
    ...parsed.data.gasPayment.map(
      (ref, i) => `  Gas coin ${i + 1}: ${formatPart({ label: '', type: 'object', value: ref })}`,
    ),
    `  Digest: ${parsed.digest}`,
    ...parsed.warnings.map((warning) => `  Warning: ${warning}`),
  ].join('\n');
