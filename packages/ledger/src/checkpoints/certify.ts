import type { CertifiedCheckpointSummary, CheckpointSummary, SystemState } from '@somakit/bcs';
import { SomaKitError, toBase64 } from '@somakit/core';
import { authorityMessage, blsPublicKey, blsSign } from '@somakit/crypto/bls';
import { QUORUM_THRESHOLD } from '@somakit/protocol';
import { committeeOf } from './committee.js';
import '../errors.js';

/** The order of the group that BLS12-381 signs in. */
const GROUP_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

const toNumber = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

const toSecret = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(32);
  for (let i = 31, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
};

const names = /* @__PURE__ */ new WeakMap<readonly Uint8Array[], ReadonlyMap<string, Uint8Array>>();

/** Secret keys by the names of their validators. A public key takes milliseconds, so a list is gone through once. */
const namesOf = (secretKeys: readonly Uint8Array[]): ReadonlyMap<string, Uint8Array> => {
  const known = names.get(secretKeys);
  if (known !== undefined) return known;
  const byName = new Map(secretKeys.map((secret) => [toBase64(blsPublicKey(secret)), secret]));
  names.set(secretKeys, byName);
  return byName;
};

/** Signs checkpoints for validators whose keys are at hand. */
export interface Certifier {
  /** The certificate of a checkpoint. Takes some ten milliseconds, whatever the number of validators. */
  readonly certify: (summary: CheckpointSummary, summaryBytes: Uint8Array) => CertifiedCheckpointSummary;
}

/**
 * A certifier for the committee of a state. All validators sign the same message, so the sum of their secret keys makes
 * the sum of their signatures in one step.
 *
 * @throws CHECKPOINT_KEYS when the keys at hand have no quorum.
 */
export const createCertifier = (state: SystemState, secretKeys: readonly Uint8Array[]): Certifier => {
  const committee = committeeOf(state);
  const byName = namesOf(secretKeys);
  const signers: number[] = [];
  let sum = 0n;
  let power = 0n;
  committee.votingRights.forEach(({ authority, votingPower }, index) => {
    const secret = byName.get(authority);
    if (secret === undefined) return;
    signers.push(index);
    sum = (sum + toNumber(secret)) % GROUP_ORDER;
    power += votingPower;
  });
  if (power < QUORUM_THRESHOLD) {
    throw new SomaKitError(
      'CHECKPOINT_KEYS',
      `The validator keys at hand weigh ${power} of ${QUORUM_THRESHOLD} that a certificate needs.`,
      {
        context: { votingPower: power, needed: QUORUM_THRESHOLD },
        hint: 'Give the BLS secret keys of the validators to createLedger as validatorKeys.',
      },
    );
  }
  const secret = toSecret(sum);
  return {
    certify: (summary, summaryBytes) => ({
      data: summary,
      authSignature: {
        epoch: summary.epoch,
        signature: blsSign(authorityMessage('CheckpointSummary', summaryBytes, summary.epoch), secret),
        signersMap: signers,
      },
    }),
  };
};
