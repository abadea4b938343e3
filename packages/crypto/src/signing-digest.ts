import { expectBytes } from '@somakit/core';
import { blake2b256 } from './hash/index.js';
import { encodeIntent, type Intent, type IntentScope } from './intent.js';

/**
 * The 32 bytes that a user signature signs: the hash of the intent and the value's BCS bytes. Not the transaction
 * digest, which `transactionDigest` gives.
 *
 * Source: `types/src/intent.rs`, `IntentMessage`.
 * @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array. @throws INVALID_INTENT
 */
export const signingDigest = (bytes: Uint8Array, intent: Intent | IntentScope = 'TransactionData'): Uint8Array => {
  expectBytes('bytes', bytes);
  const message = new Uint8Array(bytes.length + 3);
  message.set(encodeIntent(intent));
  message.set(bytes, 3);
  return blake2b256(message);
};
