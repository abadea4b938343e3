import type { Infer } from './codec/codec.js';
import { enumeration } from './codec/enum.js';
import { u64 } from './codec/primitives.js';
import { newtype, struct } from './codec/struct.js';
import { AuthorityName, AuthoritySignature } from './keys.js';
import { CheckpointSequenceNumber, EpochId } from './leaves.js';
import { RoaringBitmap } from './roaring.js';
import { SenderSignedData } from './transaction.js';

/** One validator's signature. Source: types/src/crypto.rs, AuthoritySignInfo. */
export const AuthoritySignInfo = /* @__PURE__ */ struct('AuthoritySignInfo', {
  epoch: EpochId,
  authority: AuthorityName,
  signature: AuthoritySignature,
});
export type AuthoritySignInfo = Infer<typeof AuthoritySignInfo>;

/** The sum of a quorum's signatures, and who signed by place in the committee. Source: types/src/crypto.rs, AuthorityQuorumSignInfo. */
export const AuthorityQuorumSignInfo = /* @__PURE__ */ struct('AuthorityQuorumSignInfo', {
  epoch: EpochId,
  signature: AuthoritySignature,
  signersMap: RoaringBitmap,
});
export type AuthorityQuorumSignInfo = Infer<typeof AuthorityQuorumSignInfo>;

/** Source: types/src/transaction.rs, SignedTransaction (an Envelope). */
export const SignedTransaction = /* @__PURE__ */ struct('SignedTransaction', {
  data: SenderSignedData,
  authSignature: AuthoritySignInfo,
});
export type SignedTransaction = Infer<typeof SignedTransaction>;

/** Source: types/src/transaction.rs, CertifiedTransaction (an Envelope). */
export const CertifiedTransaction = /* @__PURE__ */ struct('CertifiedTransaction', {
  data: SenderSignedData,
  authSignature: AuthorityQuorumSignInfo,
});
export type CertifiedTransaction = Infer<typeof CertifiedTransaction>;

/** Why a transaction may be executed. Source: types/src/transaction.rs, CertificateProof. */
export const CertificateProof = /* @__PURE__ */ enumeration('CertificateProof', {
  Checkpoint: { epoch: EpochId, sequenceNumber: CheckpointSequenceNumber },
  Certified: AuthorityQuorumSignInfo,
  QuorumExecuted: /* @__PURE__ */ newtype('epoch', u64),
  SystemTransaction: /* @__PURE__ */ newtype('epoch', u64),
  Consensus: /* @__PURE__ */ newtype('epoch', u64),
});
export type CertificateProof = Infer<typeof CertificateProof>;
