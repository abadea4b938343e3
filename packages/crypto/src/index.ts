export type { Address, Digest, ObjectId } from '@somakit/core';
export { formatSoma, isError, parseAddress, parseSoma, SomaKitError } from '@somakit/core';
export { ed25519Address, SCHEME_FLAGS } from './address.js';
export * from './digest.js';
export { isSmallOrderPublicKey, signEd25519, type VerifyOptions, verifyEd25519 } from './ed25519/index.js';
export type { KeyForm, MultiSigRule } from './errors.js';
export * from './hash/index.js';
export * from './intent.js';
export { formatPublicKey, parsePublicKey, SECRET_KEY_PREFIX } from './key-text.js';
export * from './keypair.js';
export * from './merkle.js';
export {
  combineMultiSig,
  createMultiSig,
  MAX_MULTISIG_MEMBERS,
  type MultiSig,
  type MultiSigMember,
  type MultiSigSignature,
  parseMultiSig,
} from './multisig.js';
export * from './multisig-signer.js';
export * from './object-id.js';
export * from './object-set.js';
export * from './signature.js';
export * from './signer.js';
export * from './signing-digest.js';
export * from './weights.js';
