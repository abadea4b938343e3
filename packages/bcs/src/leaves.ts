import type { Digest as DigestText, ObjectId } from '@somakit/core';
import { type Codec, named } from './codec/codec.js';
import { Digest32, ObjectID } from './codec/ids.js';
import { string, u64 } from './codec/primitives.js';

export type { Address, ObjectId } from '@somakit/core';
export { ObjectID, SomaAddress } from './codec/ids.js';

/** A model's id. Source: types/src/model.rs, ModelId. */
export const ModelId = /* @__PURE__ */ named('ModelId', ObjectID);
export type ModelId = ObjectId;
/** A target's id. Source: types/src/target.rs, TargetId. */
export const TargetId = /* @__PURE__ */ named('TargetId', ObjectID);
export type TargetId = ObjectId;

/** Any of the digests below. Source: types/src/digests.rs, Digest. */
export const Digest = Digest32;
export type Digest = DigestText;

const digest = (name: string): Codec<DigestText> => named(name, Digest32);

/** Source: types/src/digests.rs, TransactionDigest. */
export const TransactionDigest = /* @__PURE__ */ digest('TransactionDigest');
export type TransactionDigest = DigestText;
/** Source: types/src/digests.rs, TransactionEffectsDigest. */
export const TransactionEffectsDigest = /* @__PURE__ */ digest('TransactionEffectsDigest');
export type TransactionEffectsDigest = DigestText;
/** Source: types/src/digests.rs, ObjectDigest. */
export const ObjectDigest = /* @__PURE__ */ digest('ObjectDigest');
export type ObjectDigest = DigestText;
/** Source: types/src/digests.rs, CheckpointDigest. */
export const CheckpointDigest = /* @__PURE__ */ digest('CheckpointDigest');
export type CheckpointDigest = DigestText;
/** Source: types/src/digests.rs, CheckpointContentsDigest. */
export const CheckpointContentsDigest = /* @__PURE__ */ digest('CheckpointContentsDigest');
export type CheckpointContentsDigest = DigestText;
/** Source: types/src/digests.rs, CheckpointArtifactsDigest. */
export const CheckpointArtifactsDigest = /* @__PURE__ */ digest('CheckpointArtifactsDigest');
export type CheckpointArtifactsDigest = DigestText;
/** Source: types/src/digests.rs, ConsensusCommitDigest. */
export const ConsensusCommitDigest = /* @__PURE__ */ digest('ConsensusCommitDigest');
export type ConsensusCommitDigest = DigestText;
/** Source: types/src/digests.rs, AdditionalConsensusStateDigest. */
export const AdditionalConsensusStateDigest = /* @__PURE__ */ digest('AdditionalConsensusStateDigest');
export type AdditionalConsensusStateDigest = DigestText;
/** The digest of checkpoint 0. Source: types/src/digests.rs, ChainIdentifier. */
export const ChainIdentifier = /* @__PURE__ */ digest('ChainIdentifier');
export type ChainIdentifier = DigestText;
/** Source: types/src/digests.rs, ECMHLiveObjectSetDigest. */
export const ECMHLiveObjectSetDigest = /* @__PURE__ */ digest('ECMHLiveObjectSetDigest');
export type ECMHLiveObjectSetDigest = DigestText;
/** Source: types/src/checksum.rs, Checksum. */
export const Checksum = /* @__PURE__ */ digest('Checksum');
export type Checksum = DigestText;
/** Source: types/src/model.rs, DecryptionKey. */
export const DecryptionKey = /* @__PURE__ */ digest('DecryptionKey');
export type DecryptionKey = DigestText;
/** Source: types/src/digests.rs, ModelWeightsCommitment. */
export const ModelWeightsCommitment = /* @__PURE__ */ digest('ModelWeightsCommitment');
export type ModelWeightsCommitment = DigestText;
/** Source: types/src/digests.rs, EmbeddingCommitment. */
export const EmbeddingCommitment = /* @__PURE__ */ digest('EmbeddingCommitment');
export type EmbeddingCommitment = DigestText;
/** Source: types/src/digests.rs, DecryptionKeyCommitment. */
export const DecryptionKeyCommitment = /* @__PURE__ */ digest('DecryptionKeyCommitment');
export type DecryptionKeyCommitment = DigestText;
/** Source: types/src/digests.rs, DataCommitment. */
export const DataCommitment = /* @__PURE__ */ digest('DataCommitment');
export type DataCommitment = DigestText;

/** An object's version. Source: types/src/object.rs, Version. */
export const Version = /* @__PURE__ */ named('Version', u64);
export type Version = bigint;
/** Source: types/src/committee.rs, EpochId. */
export const EpochId = /* @__PURE__ */ named('EpochId', u64);
export type EpochId = bigint;
/** Source: protocol-config/src/lib.rs, ProtocolVersion. */
export const ProtocolVersion = /* @__PURE__ */ named('ProtocolVersion', u64);
export type ProtocolVersion = bigint;
/** Source: types/src/checkpoints.rs, CheckpointSequenceNumber. */
export const CheckpointSequenceNumber = /* @__PURE__ */ named('CheckpointSequenceNumber', u64);
export type CheckpointSequenceNumber = bigint;

/** A URL in the normalised text that `new URL(text).href` gives; not checked here. Source: url crate, Url. */
export const Url = /* @__PURE__ */ named('Url', string);
export type Url = string;
/** A network address in text, as `/ip4/127.0.0.1/tcp/8080/http`; not checked here. Source: types/src/multiaddr.rs, Multiaddr. */
export const Multiaddr = /* @__PURE__ */ named('Multiaddr', string);
export type Multiaddr = string;
