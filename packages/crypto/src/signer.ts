import type { Address } from '@somakit/core';

/**
 * Whatever can sign transactions for one account: a {@link Keypair}, a multisig, a wallet, a key service, a hardware
 * key.
 *
 * @example
 * import type { Address, Signer } from '@somakit/crypto';
 * const remoteSigner = (address: Address, ask: (bytes: Uint8Array) => Promise<Uint8Array>): Signer => ({
 *   address,
 *   signTransaction: (bytes) => ask(bytes),
 * });
 */
export interface Signer {
  /** The account that the signatures are for. */
  readonly address: Address;
  /**
   * The serialised user signature over the BCS bytes of a `TransactionData`: 97 bytes of an Ed25519 key, or a
   * serialised multisig. Not the bare 64 bytes of Ed25519.
   */
  signTransaction(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
