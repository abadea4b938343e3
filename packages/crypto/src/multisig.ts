import { type Address, equalBytes, expectBytes, kindOf, SomaKitError } from '@somakit/core';
import { addressOf, SCHEME_FLAGS } from './address.js';
import type { MultiSigRule } from './errors.js';
import './errors.js';
import { concat } from './internal/bytes.js';
import { parsePublicKey } from './key-text.js';

/** A member of a multisig account. */
export interface MultiSigMember {
  /** The 32 bytes of the Ed25519 key. */
  readonly publicKey: Uint8Array;
  /** What its signature counts: 1 to 255. */
  readonly weight: number;
}

/** A multisig account: its members in the order that its address depends on. Made by {@link createMultiSig}. */
export interface MultiSig {
  readonly address: Address;
  readonly members: readonly MultiSigMember[];
  /** The weight that the signing members must reach together: 1 to 65535. */
  readonly threshold: number;
}

/** A serialised multisig signature, taken apart. */
export interface MultiSigSignature {
  readonly multiSig: MultiSig;
  /** The signatures with the index of the member that each belongs to, ascending. */
  readonly signatures: readonly { readonly member: number; readonly signature: Uint8Array }[];
  /** Bit i stands for member i. */
  readonly bitmap: number;
  /** Whether there are as many signatures as bits. The chain ignores whichever are too many; verification here does not. */
  readonly isExact: boolean;
}

/** The most members that a multisig account can have. */
export const MAX_MULTISIG_MEMBERS = 10;

const MAX_BITMAP = 0b1111111111;

const invalid = (rule: MultiSigRule, sentence: string, expected: string, received?: unknown) =>
  new SomaKitError('INVALID_MULTISIG', `${sentence}: expected ${expected}.`, {
    context: { rule, expected, ...(received === undefined ? {} : { received }) },
  });

const key = (publicKey: Uint8Array | string): Uint8Array =>
  typeof publicKey === 'string' ? parsePublicKey(publicKey) : Uint8Array.from(expectBytes('publicKey', publicKey, 32));

const encodeMembers = (members: readonly MultiSigMember[]): Uint8Array => {
  const bytes = new Uint8Array(members.length * 34);
  members.forEach(({ publicKey, weight }, index) => {
    // The byte in front of the key is the flag in the address and the enum's index in BCS: 0 in both.
    bytes.set(publicKey, index * 34 + 1);
    bytes[index * 34 + 33] = weight;
  });
  return bytes;
};

const u16 = (value: number) => Uint8Array.of(value & 0xff, value >> 8);

/**
 * A multisig account of 1 to 10 Ed25519 keys. The order of the members belongs to the address.
 *
 * Source: `types/src/multisig.rs`, `MultiSigPublicKey::new` and `validate`.
 * @throws INVALID_MULTISIG with the rule that is broken: member count, duplicate member, weight, threshold.
 * @throws INVALID_KEY_ENCODING INVALID_KEY_LENGTH UNKNOWN_KEY_FLAG for key texts that are none.
 * @example
 * import { createMultiSig, Keypair } from '@somakit/crypto';
 * const [a, b, c] = [Keypair.generate(), Keypair.generate(), Keypair.generate()];
 * const twoOfThree = createMultiSig({
 *   members: [a, b, c].map(({ publicKey }) => ({ publicKey, weight: 1 })),
 *   threshold: 2,
 * });
 * twoOfThree.address;
 */
export const createMultiSig = (parameters: {
  /** Each key as 32 bytes or as text (Base64 of flag and key). */
  readonly members: readonly { readonly publicKey: Uint8Array | string; readonly weight: number }[];
  readonly threshold: number;
}): MultiSig => {
  const { threshold } = parameters;
  if (!Array.isArray(parameters.members)) {
    throw invalid('member count', 'The members are no array', 'an array of members', kindOf(parameters.members));
  }
  const members = parameters.members.map(({ publicKey, weight }) => ({ publicKey: key(publicKey), weight }));
  if (members.length < 1 || members.length > MAX_MULTISIG_MEMBERS) {
    throw invalid('member count', `A multisig cannot have ${members.length} members`, '1 to 10', members.length);
  }
  let total = 0;
  members.forEach(({ publicKey, weight }, index) => {
    if (!Number.isInteger(weight) || weight < 1 || weight > 255) {
      throw invalid('weight', `Member ${index} has a wrong weight`, 'an integer of 1 to 255', weight);
    }
    if (members.findIndex((other) => equalBytes(other.publicKey, publicKey)) !== index) {
      throw invalid('duplicate member', `Member ${index} is there twice`, 'different keys', index);
    }
    total += weight;
  });
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > 65535) {
    throw invalid('threshold', 'The threshold is out of range', 'an integer of 1 to 65535', threshold);
  }
  if (threshold > total) {
    throw invalid(
      'threshold',
      `The threshold ${threshold} can never be reached`,
      `at most the weights' sum, ${total}`,
      threshold,
    );
  }
  const address = addressOf(SCHEME_FLAGS.multisig, concat(u16(threshold), encodeMembers(members)));
  return { address, members, threshold };
};

/**
 * One serialised multisig signature from the signatures of its members, given as the 97 bytes that each member's
 * `signTransaction` returns, in any order. They are not verified here: `verifyTransactionSignature` does that.
 *
 * Source: `types/src/multisig.rs`, `MultiSig::combine`; it leaves the sorting to its caller.
 * @throws INVALID_SIGNATURE_LENGTH UNKNOWN_SIGNATURE_FLAG for anything but signatures of Ed25519 keys.
 * @throws INVALID_MULTISIG for signatures of strangers or twice of one member, and for none.
 * @throws MULTISIG_THRESHOLD_NOT_REACHED
 */
export const combineMultiSig = (parameters: {
  readonly multiSig: MultiSig;
  readonly signatures: readonly Uint8Array[];
}): Uint8Array => {
  const { multiSig } = parameters;
  const { members, threshold } = multiSig;
  const byMember: (Uint8Array | undefined)[] = members.map(() => undefined);
  for (const signature of parameters.signatures) {
    const { publicKey, raw } = splitEd25519(signature);
    const index = members.findIndex((member) => equalBytes(member.publicKey, publicKey));
    if (index < 0) throw invalid('unknown signer', 'A signature is not by a member', 'signatures of members');
    if (byMember[index] !== undefined) {
      throw invalid('duplicate signer', `Member ${index} signed twice`, 'one signature of each', index);
    }
    byMember[index] = raw;
  }
  const signed = byMember.flatMap((signature, member) => (signature === undefined ? [] : [{ member, signature }]));
  if (signed.length === 0) throw invalid('signature count', 'There is no signature', 'at least one', 0);
  checkWeight(multiSig, signed);
  const bitmap = signed.reduce((bits, { member }) => bits | (1 << member), 0);
  return concat(
    Uint8Array.of(SCHEME_FLAGS.multisig, signed.length),
    ...signed.map(({ signature }) => concat(Uint8Array.of(0), signature)),
    u16(bitmap),
    Uint8Array.of(members.length),
    encodeMembers(members),
    u16(threshold),
  );
};

/** @throws MULTISIG_THRESHOLD_NOT_REACHED */
export const checkWeight = (multiSig: MultiSig, signed: readonly { readonly member: number }[]): void => {
  const { members, threshold } = multiSig;
  const weight = signed.reduce((sum, { member }) => sum + members[member]!.weight, 0);
  if (weight >= threshold) return;
  throw new SomaKitError('MULTISIG_THRESHOLD_NOT_REACHED', `The signers weigh ${weight}, not ${threshold} or more.`, {
    context: { threshold, weight },
    hint: 'Let more members sign.',
  });
};

/**
 * The two parts of a 97-byte Ed25519 signature.
 * @throws INVALID_SIGNATURE_LENGTH UNKNOWN_SIGNATURE_FLAG
 */
export const splitEd25519 = (signature: Uint8Array): { readonly raw: Uint8Array; readonly publicKey: Uint8Array } => {
  const flag = expectBytes('signature', signature)[0];
  if (flag !== undefined && flag !== SCHEME_FLAGS.ed25519) throw unknownFlag(flag, '0 (Ed25519)');
  if (signature.length !== 97) {
    throw new SomaKitError('INVALID_SIGNATURE_LENGTH', `An Ed25519 signature has 97 bytes, not ${signature.length}.`, {
      context: { scheme: 'ed25519', expected: '97 bytes: flag, signature, public key', received: signature.length },
    });
  }
  return { raw: Uint8Array.from(signature.subarray(1, 65)), publicKey: Uint8Array.from(signature.subarray(65)) };
};

export const unknownFlag = (received: number, expected: string) =>
  new SomaKitError('UNKNOWN_SIGNATURE_FLAG', `The signature has the flag ${received}, not ${expected}.`, {
    context: { expected, received },
  });

/**
 * Takes a serialised multisig signature apart and checks every rule but the signatures and their weight.
 *
 * Source: `types/src/multisig.rs`, `MultiSig` and `validate`.
 * @throws UNKNOWN_SIGNATURE_FLAG INVALID_SIGNATURE_LENGTH
 * @throws INVALID_MULTISIG with the rule that is broken.
 */
export const parseMultiSig = (bytes: Uint8Array): MultiSigSignature => {
  const flag = expectBytes('bytes', bytes)[0];
  if (flag !== undefined && flag !== SCHEME_FLAGS.multisig) throw unknownFlag(flag, '2 (MultiSig)');
  let at = 1;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw wrongLength(bytes, 'more bytes');
    at += length;
    // A copy, and not slice(): that of a Buffer shares its memory.
    return Uint8Array.from(bytes.subarray(at - length, at));
  };
  const enumIndex = (what: string) => {
    const index = take(1)[0]!;
    if (index !== 0) throw invalid('layout', `${what} is not of Ed25519`, 'variant 0', index);
  };

  // More than one byte of length would be over ten in any case.
  const count = take(1)[0]!;
  if (count < 1 || count > MAX_MULTISIG_MEMBERS) {
    throw invalid('signature count', `There cannot be ${count} signatures`, '1 to 10', count);
  }
  const raw = Array.from({ length: count }, (_, index) => {
    enumIndex(`Signature ${index}`);
    return take(64);
  });
  const [low, high] = take(2);
  const bitmap = low! | (high! << 8);
  const memberCount = take(1)[0]!;
  if (memberCount < 1 || memberCount > MAX_MULTISIG_MEMBERS) {
    throw invalid('member count', `A multisig cannot have ${memberCount} members`, '1 to 10', memberCount);
  }
  const members = Array.from({ length: memberCount }, (_, index) => {
    enumIndex(`Member ${index}`);
    const publicKey = take(32);
    return { publicKey, weight: take(1)[0]! };
  });
  const [thresholdLow, thresholdHigh] = take(2);
  if (at !== bytes.length) throw wrongLength(bytes, `${at} bytes`);

  const multiSig = createMultiSig({ members, threshold: thresholdLow! | (thresholdHigh! << 8) });
  if (count > memberCount)
    throw invalid(
      'signature count',
      `${memberCount} members cannot give ${count} signatures`,
      `1 to ${memberCount}`,
      count,
    );
  if (bitmap > MAX_BITMAP)
    throw invalid('bitmap', `The bitmap ${bitmap} is too large`, `at most ${MAX_BITMAP}`, bitmap);
  const signers = Array.from({ length: MAX_MULTISIG_MEMBERS }, (_, bit) => bit).filter((bit) => bitmap & (1 << bit));
  // The chain pairs signatures with set bits and stops where either ends; only what is paired must be a member.
  const signatures = raw.slice(0, signers.length).map((signature, index) => ({ member: signers[index]!, signature }));
  const stranger = signatures.find(({ member }) => member >= memberCount);
  if (stranger !== undefined) {
    throw invalid('bitmap', `The bitmap names member ${stranger.member}`, `bits 0 to ${memberCount - 1}`, bitmap);
  }
  return { multiSig, bitmap, signatures, isExact: signers.length === count };
};

const wrongLength = (bytes: Uint8Array, expected: string) =>
  new SomaKitError('INVALID_SIGNATURE_LENGTH', `The multisig has ${bytes.length} bytes; expected ${expected}.`, {
    context: { scheme: 'multisig', expected, received: bytes.length },
  });
