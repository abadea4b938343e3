import { invalidArgument } from '@somakit/core';
import { combineMultiSig, type MultiSig } from './multisig.js';
import type { Signer } from './signer.js';

/**
 * A signer for a multisig account: asks the given members at once and combines what they sign. Give it as many
 * members as the threshold needs, not more than that.
 *
 * @throws INVALID_ARGUMENT without signers; when signing whatever `combineMultiSig` throws.
 * @example
 * import { createMultiSig, Keypair, multiSigSigner } from '@somakit/crypto';
 * const [a, b] = [Keypair.generate(), Keypair.generate()];
 * const multiSig = createMultiSig({
 *   members: [a, b].map(({ publicKey }) => ({ publicKey, weight: 1 })),
 *   threshold: 2,
 * });
 * const signer = multiSigSigner({ multiSig, signers: [a, b] });
 */
export const multiSigSigner = (parameters: {
  readonly multiSig: MultiSig;
  readonly signers: readonly Signer[];
}): Signer & { signTransaction(bytes: Uint8Array): Promise<Uint8Array> } => {
  const { multiSig, signers } = parameters;
  if (!Array.isArray(signers) || signers.length === 0)
    throw invalidArgument('signers', 'an array of at least one signer');
  return {
    address: multiSig.address,
    signTransaction: async (bytes) =>
      combineMultiSig({
        multiSig,
        signatures: await Promise.all(signers.map((signer) => signer.signTransaction(bytes))),
      }),
  };
};
