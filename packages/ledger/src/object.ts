import { Coin, type ObjectType, type Owner, type SomaObject, StakedSoma, SystemState, Target } from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';
import { digestOfObject } from './encode/object.js';
import { encodeState } from './encode/state.js';

/** What an object is. */
export type ObjectKind = ObjectType['kind'];

/** A live version of an object: the chain's own value and its digest. */
export interface LedgerObject extends SomaObject {
  readonly digest: Digest;
}

/** The digest that stands for genesis as the origin of an object: 32 zero bytes. */
export const ZERO_DIGEST = '1'.repeat(32) as Digest;
/** The sender of system transactions: 32 zero bytes. */
export const ZERO_ADDRESS = `0x${'0'.repeat(64)}` as Address;

/** Object types as values, one each: objects by the ten thousand share them. */
const OBJECT_TYPES: Readonly<Record<ObjectKind, ObjectType>> = /* @__PURE__ */ Object.freeze({
  SystemState: { kind: 'SystemState' },
  Coin: { kind: 'Coin' },
  StakedSoma: { kind: 'StakedSoma' },
  Target: { kind: 'Target' },
});

/** The owner of every target, and of the SystemState after genesis. */
export const SHARED_FROM_ONE: Owner = /* @__PURE__ */ Object.freeze({ kind: 'Shared', initialSharedVersion: 1n });

/** An object with its digest, from the chain's value. Source: types/src/object.rs `Object::digest`. */
export const toLedgerObject = (object: SomaObject): LedgerObject =>
  withDigest(
    object.objectId,
    object.objectType.kind,
    object.version,
    object.contents,
    object.owner,
    object.previousTransaction,
  );

/** As {@link toLedgerObject}, from the parts in the chain's order. */
export const withDigest = (
  objectId: ObjectId,
  kind: ObjectKind,
  version: bigint,
  contents: Uint8Array,
  owner: Owner,
  previousTransaction: Digest,
): LedgerObject => {
  const objectType = OBJECT_TYPES[kind];
  // Filled in at once: the digest is that of the rest.
  const object = { objectId, objectType, version, contents, owner, previousTransaction, digest: ZERO_DIGEST };
  object.digest = digestOfObject(object);
  return object;
};

// Accounts get many coins in a row: the owners that were made last are shared. An account has one place here.
const OWNER_PLACES = 256;
let owners: (Extract<Owner, { kind: 'AddressOwner' }> | undefined)[] | undefined;

/** An address as an owner. */
export const ownedBy = (address: Address): Owner => {
  owners ??= new Array<undefined>(OWNER_PLACES).fill(undefined);
  const place = (address.charCodeAt(64) * 31 + address.charCodeAt(65)) & (OWNER_PLACES - 1);
  const known = owners[place];
  if (known?.address === address) return known;
  const owner = { kind: 'AddressOwner', address } as const;
  owners[place] = owner;
  return owner;
};

/** The address that owns an object; undefined for shared ones. */
export const ownerAddress = (owner: Owner): Address | undefined =>
  owner.kind === 'AddressOwner' ? owner.address : undefined;

// Coins share buffers: one of its own would take 200 bytes for each of them. Small ones, because the last coin of a
// buffer keeps it.
const COINS = 64;
let coins: DataView | undefined;
let coinsUsed = 0;

/** The contents of a coin: its balance as u64. */
export const coinContents = (balance: bigint): Uint8Array => {
  if (coins === undefined || coinsUsed === COINS) {
    coins = new DataView(new ArrayBuffer(8 * COINS));
    coinsUsed = 0;
  }
  const at = 8 * coinsUsed++;
  coins.setBigUint64(at, balance, true);
  return new Uint8Array(coins.buffer, at, 8);
};

const eight = /* @__PURE__ */ new Uint8Array(8);
const eightView = /* @__PURE__ */ new DataView(eight.buffer);

/** The balance of a coin, in shannons. */
export const coinBalance = (object: {
  readonly contents: Uint8Array;
  readonly balance?: bigint | undefined;
}): bigint => {
  const { contents, balance } = object;
  if (balance !== undefined) return balance;
  if (contents.length !== 8) return Coin.decode(contents).balance;
  for (let i = 0; i < 8; i++) eight[i] = contents[i]!;
  return eightView.getBigUint64(0, true);
};

/** A stake's receipt. */
export const stakedSoma = (object: { readonly contents: Uint8Array }): StakedSoma => StakedSoma.decode(object.contents);

const targets = /* @__PURE__ */ new WeakMap<Uint8Array, Target>();
/** A target; decoded once for each contents. */
export const targetOf = (object: { readonly contents: Uint8Array }): Target => {
  const known = targets.get(object.contents);
  if (known !== undefined) return known;
  const target = Target.decode(object.contents);
  targets.set(object.contents, target);
  return target;
};

const states = /* @__PURE__ */ new WeakMap<Uint8Array, SystemState>();
/** The state that was asked for last, mostly asked for again: each transaction reads it. */
let latest: { readonly contents: Uint8Array; readonly state: SystemState } | undefined;
/** The network's state; decoded once for each contents. */
export const systemStateOf = (object: { readonly contents: Uint8Array }): SystemState => {
  const { contents } = object;
  if (latest?.contents === contents) return latest.state;
  const state = states.get(contents) ?? SystemState.decode(contents);
  states.set(contents, state);
  latest = { contents, state };
  return state;
};

/** The contents of a state, which {@link systemStateOf} then knows without decoding. */
export const systemStateContents = (state: SystemState): Uint8Array => {
  const contents = encodeState(state);
  states.set(contents, state);
  return contents;
};

/** The contents of a target, which {@link targetOf} then knows without decoding. */
export const targetContents = (target: Target): Uint8Array => {
  const contents = Target.encode(target);
  targets.set(contents, target);
  return contents;
};
