import { fromBase64 } from '@somakit/core';
import { blsPublicKey, createProofOfPossession } from '@somakit/crypto/bls';

/** What a validator shows of its BLS key. */
export interface ProtocolIdentity {
  /** 96 bytes. */
  readonly publicKey: Uint8Array;
  /** 48 bytes, for the validator's account. */
  readonly proof: Uint8Array;
}

// Of the first validators of the default seed: in a fresh process making them takes longer than all the rest of a genesis.
// A test makes them again.
const READY: Readonly<Record<string, readonly [publicKey: string, proof: string]>> = {
  'somakit::validator-0': [
    'hXSnMuoGc0vW8e/08bS3nNUwnCazPN9EbyrlbvdH09BkEixfk7VPfxIWym05Pk2ZAuX3fYfwteG1v4pDYTSY7U4/bO7ElhgQjdKgptZY0dFubLS0aLepQ3rFWzEF1go3',
    'jliYWZPOfldZH8BVvKI2Nujh5gzrkO7ut8YuBbiEoYHGwVol156hx9YkfVLYDkkq',
  ],
  'somakit::validator-1': [
    'iu+VVH5XISSEXfGCe70sCzBn6O9ftbZN1XU5sU8JZ/GhnR9R9hHqFxrdeOXtDPxYD2SAhJoGNVRlxZ3U7mJVjH+9rF1CmVaRIT98q+dWTm+vHwc+Z1CBaWscN/jUkwOx',
    'gI/ExWUEkobJBGUvQxyn2UNTVJRKRZWJGHaenSoktjGs37YpzNm8LBlI6ZNes4oO',
  ],
  'somakit::validator-2': [
    'hXr6F4yq7+/80voHG1/xr9lwU4FeOUlxMBSXbMlurm7+Xew/sf+UyWZ8xliHZ3u6FWtEJl8WenUtcXgk0Wjvm5RSeUYo+xFP2iGAluphtPAAsJpSeBD0unyP+xpDBWCS',
    'mbPdmGHh67KtobO/ooId5jDtVUiSFlHXa09sb8VqJ0mRwn6j7PuBltSve4hIs+mf',
  ],
  'somakit::validator-3': [
    's2HWiBC4TGmZbdJ87Y6qdaoDDtjYpzE2sCP3MitJ9hkRnyoOf8tnJPBxdLNLSjjNB9R9JU+6Eu/ksRRvswel6RfcKEgPMxM46TNMa4FqJFKOKFmCH2ak+Objlwr0db70',
    'hpxxwdBYRY+aRPUvWK3u0kyFdflRMLxQkJ8tPhNCAdz1RDGSfkRRAzpGrk2Q2bLP',
  ],
};

/** Makes the identity of a key. @throws INVALID_KEY_LENGTH INVALID_BLS_SECRET_KEY */
export const protocolIdentity = (secretKey: Uint8Array, address: string): ProtocolIdentity => ({
  publicKey: blsPublicKey(secretKey),
  proof: createProofOfPossession(secretKey, address),
});

/** The identity of a key that comes from a seed and a label, ready where it is known. */
export const seededIdentity = (
  seed: string,
  label: string,
  secretKey: Uint8Array,
  address: string,
): ProtocolIdentity => {
  const ready = READY[`${seed}::${label}`];
  if (ready === undefined) return protocolIdentity(secretKey, address);
  return { publicKey: fromBase64(ready[0]), proof: fromBase64(ready[1]) };
};
