import type { ObjectRef, TransactionData, TransactionKind } from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';
import { namePrefix } from '@somakit/crypto';
import { readDigest, readId } from './known.js';
import { closeDigest, open, putBytes } from './scratch.js';

const TRANSACTION = /* @__PURE__ */ namePrefix('TransactionData');

/** The digest of a transaction, from its bytes. */
export const digestOfTransaction = (bytes: Uint8Array): Digest => {
  open(TRANSACTION);
  putBytes(bytes);
  return closeDigest();
};

// The kinds that move coins are read here by hand, because they are most of what a ledger executes, and the ids and
// digests in them mostly known. Anything that is not plainly one of them is left to the codec, which says what is wrong
// with it: a test holds the two against each other.

/** What is read: where, and up to where. */
interface Source {
  bytes: Uint8Array;
  view: DataView;
  at: number;
  end: number;
}

/** What is not read here. */
const LEFT = undefined;
/** A reference: 32 bytes of id, 8 of version, the length of the digest and its 32 bytes. */
const REF = 73;
// Longer lists have a length of two bytes.
const MOST = 127;

const fits = (from: Source, size: number): boolean => from.end - from.at >= size;

const takeId = (from: Source): string => {
  const text = readId(from.bytes, from.view, from.at);
  from.at += 32;
  return text;
};

const takeRef = (from: Source): ObjectRef | undefined => {
  const { at, bytes, view } = from;
  if (!fits(from, REF) || bytes[at + 40] !== 32) return LEFT;
  from.at = at + REF;
  return {
    objectId: readId(bytes, view, at) as ObjectId,
    version: view.getBigUint64(at + 32, true),
    digest: readDigest(bytes, view, at + 41),
  };
};

const takeLength = (from: Source): number | undefined => {
  if (!fits(from, 1) || from.bytes[from.at]! > MOST) return LEFT;
  return from.bytes[from.at++];
};

const takeRefs = (from: Source): ObjectRef[] | undefined => {
  const length = takeLength(from);
  if (length === undefined || !fits(from, REF * length)) return LEFT;
  const refs: ObjectRef[] = [];
  for (let i = 0; i < length; i++) {
    const ref = takeRef(from);
    if (ref === undefined) return LEFT;
    refs.push(ref);
  }
  return refs;
};

const takeU64 = (from: Source): bigint => {
  from.at += 8;
  return from.view.getBigUint64(from.at - 8, true);
};

const takeTransferCoin = (from: Source): TransactionKind | undefined => {
  const coin = takeRef(from);
  if (coin === undefined || !fits(from, 1 + 32)) return LEFT;
  const option = from.bytes[from.at++];
  if (option === 0) return { kind: 'TransferCoin', coin, amount: undefined, recipient: takeId(from) as Address };
  if (option !== 1 || !fits(from, 8 + 32)) return LEFT;
  return { kind: 'TransferCoin', coin, amount: takeU64(from), recipient: takeId(from) as Address };
};

const takePayCoins = (from: Source): TransactionKind | undefined => {
  const coins = takeRefs(from);
  if (coins === undefined || !fits(from, 1)) return LEFT;
  const option = from.bytes[from.at++];
  if (option !== 0 && option !== 1) return LEFT;
  let amounts: bigint[] | undefined;
  if (option === 1) {
    const count = takeLength(from);
    if (count === undefined || !fits(from, 8 * count)) return LEFT;
    amounts = [];
    for (let i = 0; i < count; i++) amounts.push(takeU64(from));
  }
  const count = takeLength(from);
  if (count === undefined || !fits(from, 32 * count)) return LEFT;
  const recipients: Address[] = [];
  for (let i = 0; i < count; i++) recipients.push(takeId(from) as Address);
  return { kind: 'PayCoins', coins, amounts, recipients };
};

const takeTransferObjects = (from: Source): TransactionKind | undefined => {
  const objects = takeRefs(from);
  if (objects === undefined || !fits(from, 32)) return LEFT;
  return { kind: 'TransferObjects', objects, recipient: takeId(from) as Address };
};

const KINDS: { readonly [variant: number]: ((from: Source) => TransactionKind | undefined) | undefined } = {
  9: takeTransferCoin,
  10: takePayCoins,
  11: takeTransferObjects,
};

let source: Source | undefined;

/**
 * A transaction and its digest, from its bytes, when it is one of those that are read here; undefined otherwise.
 *
 * Source: types/src/transaction.rs, TransactionData, TransactionKind.
 */
export const readTransaction = (
  bytes: Uint8Array,
): { readonly data: TransactionData; readonly digest: Digest } | undefined => {
  const { length } = bytes;
  // A version of one byte, 0, and the variant of the kind; the longest that is read here is far below the buffer.
  if (length < 2 || length > 1 << 16 || bytes[0] !== 0) return LEFT;
  const take = KINDS[bytes[1]!];
  if (take === undefined) return LEFT;
  // Read where it will be hashed: there is a view over that memory already.
  const out = open(TRANSACTION);
  putBytes(bytes);
  source ??= { bytes: out.bytes, view: out.view, at: 0, end: 0 };
  const from = source;
  from.bytes = out.bytes;
  from.view = out.view;
  from.at = TRANSACTION.length + 2;
  from.end = out.at;
  const kind = take(from);
  if (kind === undefined || !fits(from, 32)) return LEFT;
  const sender = takeId(from) as Address;
  const gasPayment = takeRefs(from);
  if (gasPayment === undefined || from.at !== from.end) return LEFT;
  return { data: { kind, sender, gasPayment }, digest: closeDigest() };
};
