import { combineMultiSig, type MultiSig, parseSignature, verifyTransactionSignature } from '@somakit/crypto';
import { attachSignature, type BuiltTransaction, type SignedTransaction, wrongSigner } from './transaction.js';

/**
 * The signed transaction of a multisig account, from what its members signed each for themselves, in any order. Every
 * signature is verified against the transaction first, so that a bad one is named here and not by a node.
 *
 * @throws WRONG_SIGNER when the account is not the sender.
 * @throws INVALID_SIGNATURE NON_CANONICAL_SIGNATURE INVALID_PUBLIC_KEY INVALID_SIGNATURE_LENGTH UNKNOWN_SIGNATURE_FLAG
 * @throws INVALID_MULTISIG for strangers and doubles. @throws MULTISIG_THRESHOLD_NOT_REACHED
 * @example
 * import { createMultiSig, Keypair } from '@somakit/crypto';
 * import { buildTransaction, combineSignatures, reportModel } from '@somakit/tx-builders';
 * const [a, b] = [Keypair.generate(), Keypair.generate()];
 * const members = [a, b].map(({ publicKey }) => ({ publicKey, weight: 1 }));
 * const multiSig = createMultiSig({ members, threshold: 2 });
 * const transaction = buildTransaction({
 *   sender: multiSig.address,
 *   kind: reportModel({ modelId: '0x30de1' }),
 *   gasPayment: [{ objectId: '0x5ca1e', version: 7n, digest: '11111111111111111111111111111111' }],
 * });
 * const signatures = [b, a].map((member) => member.signTransaction(transaction.bytes));
 * const signed = combineSignatures({ transaction, multiSig, signatures });
 */
export const combineSignatures = (parameters: {
  readonly transaction: BuiltTransaction;
  readonly multiSig: MultiSig;
  /** 97 bytes each, as the members' `signTransaction` gives them. */
  readonly signatures: readonly Uint8Array[];
}): SignedTransaction => {
  const { transaction, multiSig, signatures } = parameters;
  if (multiSig.address !== transaction.sender) throw wrongSigner(transaction.sender, multiSig.address);
  for (const signature of signatures) {
    if (parseSignature(signature).scheme === 'ed25519') verifyTransactionSignature(transaction.bytes, signature);
  }
  return attachSignature(transaction, combineMultiSig({ multiSig, signatures }));
};
