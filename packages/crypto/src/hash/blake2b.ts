import { blake2b } from '@noble/hashes/blake2.js';

/** BLAKE2b with 32 bytes of output, no key, no personalisation: the one hash of the network. */
export const blake2b256 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, { dkLen: 32 });
