import { fromBase64, isError, toBase64 } from '@somakit/core';
import { type Codec, define, type Infer, named } from './codec/codec.js';
import { vector } from './codec/containers.js';
import { enumeration } from './codec/enum.js';
import { Fault, wrongValue } from './codec/errors.js';
import { raw, u8, u16 } from './codec/primitives.js';
import { createReader, take, takeByte, takeLength } from './codec/reader.js';
import { fieldList, newtype, struct } from './codec/struct.js';
import { putByte, putBytes, putUleb } from './codec/writer.js';

const base64 = (name: string, length: number): Codec<Uint8Array> => named(name, raw(length, toBase64, fromBase64));

/** A validator's BLS key as a key: 96 bytes. Source: types/src/crypto.rs, AuthorityPublicKey. */
export const AuthorityPublicKey = /* @__PURE__ */ base64('AuthorityPublicKey', 96);
/** A BLS signature or a sum of them: 48 bytes. Source: types/src/crypto.rs, AuthoritySignature, AggregateAuthoritySignature. */
export const AuthoritySignature = /* @__PURE__ */ base64('AuthoritySignature', 48);
/** An Ed25519 key of a validator's network identity. Source: types/src/crypto.rs, NetworkPublicKey. */
export const NetworkPublicKey = /* @__PURE__ */ base64('NetworkPublicKey', 32);
/** An Ed25519 key of a validator's worker. Source: types/src/crypto.rs, ProtocolPublicKey. */
export const ProtocolPublicKey = /* @__PURE__ */ base64('ProtocolPublicKey', 32);
/** A peer: its network key. Source: types/src/peer_id.rs, PeerId. */
export const PeerId = /* @__PURE__ */ named('PeerId', /* @__PURE__ */ raw(32));
export type AuthorityPublicKey = Uint8Array;
export type AuthoritySignature = Uint8Array;
export type NetworkPublicKey = Uint8Array;
export type ProtocolPublicKey = Uint8Array;
export type PeerId = Uint8Array;

declare const brand: unique symbol;
/** A validator's BLS key as its name in committees: Base64 of the 96 bytes. */
export type AuthorityName = string & { readonly [brand]: 'AuthorityName' };

const NAME = 'an authority name (Base64 of 96 bytes)';
const nameBytes = (value: unknown): Uint8Array => {
  try {
    // 96 bytes are 128 characters.
    const decoded = typeof value === 'string' && value.length === 128 ? fromBase64(value) : value;
    if (decoded instanceof Uint8Array && decoded.length === 96) return decoded;
  } catch (error) {
    if (!isError(error, 'INVALID_ENCODING')) throw error;
  }
  throw wrongValue(NAME, value);
};

/**
 * A validator's BLS key as a name: a length byte 96 and the 96 bytes; Base64 text, so that it can be a key of a Map.
 * Source: types/src/crypto.rs, AuthorityName, AuthorityPublicKeyBytes.
 */
export const AuthorityName: Codec<AuthorityName> = /* @__PURE__ */ define<AuthorityName>({
  name: 'AuthorityName',
  shape: { type: 'text', form: 'authorityName' },
  minSize: 97,
  read: (reader) => {
    const length = takeByte(reader);
    if (length !== 96) {
      throw new Fault('BCS_INVALID_VALUE', 'the length byte of an authority name, 96', length, reader.offset - 1);
    }
    const start = take(reader, 96);
    return toBase64(reader.bytes.subarray(start, start + 96)) as AuthorityName;
  },
  write: (writer, value) => {
    const key = nameBytes(value);
    putByte(writer, 96);
    putBytes(writer, key);
  },
  writeJson: (value) => toBase64(nameBytes(value)),
  readJson: (json) => toBase64(nameBytes(json)) as AuthorityName,
});

/** An account's public key. Source: types/src/crypto.rs, PublicKey. */
export const PublicKey = /* @__PURE__ */ enumeration('PublicKey', {
  Ed25519: /* @__PURE__ */ newtype('bytes', /* @__PURE__ */ base64('Ed25519PublicKey', 32)),
});
export type PublicKey = Infer<typeof PublicKey>;

/** A member's signature in a multisig. Source: types/src/crypto.rs, CompressedSignature. */
export const CompressedSignature = /* @__PURE__ */ enumeration('CompressedSignature', {
  Ed25519: /* @__PURE__ */ newtype('bytes', /* @__PURE__ */ base64('Ed25519Signature', 64)),
});
export type CompressedSignature = Infer<typeof CompressedSignature>;

/** One member of a multisig: an entry of pk_map. Source: types/src/multisig.rs, (PublicKey, WeightUnit). */
export const MultiSigMember = /* @__PURE__ */ struct(
  'MultiSigMember',
  {
    publicKey: PublicKey,
    weight: u8,
  },
  { onChain: 'tuple' },
);
export type MultiSigMember = Infer<typeof MultiSigMember>;

/** Source: types/src/multisig.rs, MultiSigPublicKey. */
export const MultiSigPublicKey = /* @__PURE__ */ struct('MultiSigPublicKey', {
  pkMap: /* @__PURE__ */ vector(MultiSigMember),
  threshold: u16,
});
export type MultiSigPublicKey = Infer<typeof MultiSigPublicKey>;

/** Source: types/src/multisig.rs, MultiSig. */
export const MultiSig = /* @__PURE__ */ struct('MultiSig', {
  sigs: /* @__PURE__ */ vector(CompressedSignature),
  bitmap: u16,
  multisigPk: MultiSigPublicKey,
});
export type MultiSig = Infer<typeof MultiSig>;

const single = {
  signature: /* @__PURE__ */ base64('Ed25519Signature', 64),
  publicKey: /* @__PURE__ */ base64('Ed25519PublicKey', 32),
} as const;

const flagged = /* @__PURE__ */ enumeration('UserSignature', { Ed25519: single, MultiSig });
const singleList = /* @__PURE__ */ fieldList(single, 'Ed25519');
const multiList = /* @__PURE__ */ fieldList(MultiSig.fields, 'MultiSig');

/**
 * The parts of a serialised user signature: the flag 0, signature and key of an Ed25519 account, or the flag 2 and a
 * multisig. Source: types/src/crypto.rs, Signature and GenericSignature.
 *
 * @example
 * import { UserSignature } from '@somakit/bcs';
 * const parts = UserSignature.decode(new Uint8Array(97)); // what system transactions carry
 * if (parts.kind === 'MultiSig') console.log(parts.bitmap);
 */
export const UserSignature: Codec<Infer<typeof flagged>> = /* @__PURE__ */ define<Infer<typeof flagged>>({
  ...flagged,
  read: (reader) => {
    const flag = takeByte(reader);
    if (flag === 0) return singleList.read(reader) as Infer<typeof flagged>;
    if (flag === 2) return multiList.read(reader) as Infer<typeof flagged>;
    throw new Fault(
      'BCS_INVALID_VALUE',
      'the flag of a user signature, 0 (Ed25519) or 2 (MultiSig)',
      flag,
      reader.offset - 1,
    );
  },
  write: (writer, value) => {
    // The enum's own index byte is written first and then made the flag.
    const start = writer.offset;
    flagged.write(writer, value);
    if (value.kind === 'MultiSig') writer.bytes[start] = 2;
  },
});
export type UserSignature = Infer<typeof UserSignature>;

const checkSignature = (value: unknown): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw wrongValue('a serialised user signature (a Uint8Array)', value);
  const reader = createReader(value);
  try {
    UserSignature.read(reader);
  } catch (error) {
    if (error instanceof Fault) {
      throw new Fault(
        error.code,
        `a serialised user signature, and in it ${error.expected}`,
        error.received ?? value,
        error.offset,
      );
    }
    throw error;
  }
  if (reader.offset < value.length) {
    const extra = `${value.length - reader.offset} more bytes`;
    throw new Fault('BCS_NOT_CANONICAL', 'the end of the signature', extra, reader.offset);
  }
  return value;
};

const signatureFromJson = (json: unknown): Uint8Array => {
  if (typeof json !== 'string') throw wrongValue('the Base64 of a user signature', json);
  try {
    return checkSignature(fromBase64(json));
  } catch (error) {
    if (!isError(error, 'INVALID_ENCODING')) throw error;
    throw wrongValue('the Base64 of a user signature', json);
  }
};

/**
 * A serialised user signature in one piece, as signers give it: 97 bytes, or a flag 2 and a multisig.
 * {@link UserSignature} takes it apart. Source: types/src/crypto.rs, GenericSignature.
 */
export const GenericSignature: Codec<Uint8Array> = /* @__PURE__ */ define<Uint8Array>({
  name: 'GenericSignature',
  shape: { type: 'signature' },
  minSize: 1,
  read: (reader) => {
    const length = takeLength(reader, 1);
    const start = take(reader, length);
    const signature = new Uint8Array(length);
    signature.set(reader.bytes.subarray(start, start + length));
    try {
      return checkSignature(signature);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      throw new Fault(error.code, error.expected, error.received, start + (error.offset ?? 0));
    }
  },
  write: (writer, value) => {
    checkSignature(value);
    putUleb(writer, value.length);
    putBytes(writer, value);
  },
  writeJson: (value) => toBase64(checkSignature(value)),
  readJson: signatureFromJson,
});
export type GenericSignature = Uint8Array;

const atMost = (name: string, max: number): Codec<number> => {
  const expected = max === 0 ? 'the byte 0' : `a byte from 0 to ${max}`;
  const check = (value: number, offset?: number): number => {
    if (value > max) throw new Fault('BCS_INVALID_VALUE', expected, value, offset);
    return value;
  };
  return define<number>({
    ...u8,
    name,
    read: (reader) => check(takeByte(reader), reader.offset - 1),
    write: (writer, value) => u8.write(writer, typeof value === 'number' ? check(value) : value),
    readJson: (json) => check(u8.readJson(json)),
  });
};

/** Which of the chain's messages a signature is for; a byte each. Source: types/src/intent.rs, Intent. */
export const Intent = /* @__PURE__ */ struct('Intent', {
  scope: /* @__PURE__ */ atMost('IntentScope', 8),
  version: /* @__PURE__ */ atMost('IntentVersion', 0),
  app: /* @__PURE__ */ atMost('AppId', 1),
});
export type Intent = Infer<typeof Intent>;

/** The intent of an account's signature on a transaction: bytes 0, 0, 1. */
export const TRANSACTION_INTENT: Intent = { scope: 0, version: 0, app: 1 };
