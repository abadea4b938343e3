import { blsPublicKey, createProofOfPossession } from '@somakit/crypto/bls';
import { describe, expect, it } from 'vitest';
import { buildGenesis, createLedger } from '../src/index.js';

describe('the validators of a genesis', () => {
  it.each([undefined, 'another seed'])('show the BLS keys that they sign with: seed %s', (seed) => {
    const genesis = buildGenesis({ timestampMs: 1n, validators: 5, seed });
    const { validators } = createLedger({ genesis }).systemState();
    expect(validators).toHaveLength(5);
    for (const { address, protocolSecretKey } of genesis.validators) {
      const { metadata } = validators.find((each) => each.metadata.somaAddress === address)!;
      expect(metadata.protocolPubkey).toEqual(blsPublicKey(protocolSecretKey));
      expect(metadata.proofOfPossession).toEqual(createProofOfPossession(protocolSecretKey, address));
    }
  });
});
