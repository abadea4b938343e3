import { type Infer, named } from './codec/codec.js';
import { u64 } from './codec/primitives.js';
import { struct, versioned } from './codec/struct.js';
import { Checksum, DecryptionKey, Url } from './leaves.js';

/** Checksum and size of a file, in bytes. Source: types/src/metadata.rs, MetadataV1. */
export const MetadataV1 = /* @__PURE__ */ struct('MetadataV1', {
  checksum: Checksum,
  size: u64,
});
export type MetadataV1 = Infer<typeof MetadataV1>;

/** Source: types/src/metadata.rs, Metadata. */
export const Metadata = /* @__PURE__ */ versioned('Metadata', MetadataV1);
export type Metadata = Infer<typeof Metadata>;

/** Where a file is and what it must be; the metadata's fields are spread. Source: types/src/metadata.rs, ManifestV1. */
export const ManifestV1 = /* @__PURE__ */ struct('ManifestV1', {
  url: Url,
  // The byte in front of the checksum is the version of Metadata.
  checksum: /* @__PURE__ */ versioned('Metadata', Checksum),
  size: u64,
});
export type ManifestV1 = Infer<typeof ManifestV1>;

/** Source: types/src/metadata.rs, Manifest. */
export const Manifest = /* @__PURE__ */ versioned('Manifest', ManifestV1);
export type Manifest = Infer<typeof Manifest>;

/** A submission's data: the fields of its one manifest. Source: types/src/submission.rs, SubmissionManifest. */
export const SubmissionManifest = /* @__PURE__ */ named('SubmissionManifest', Manifest);
export type SubmissionManifest = Infer<typeof SubmissionManifest>;

/** Source: types/src/model.rs, ModelWeightsManifest. */
export const ModelWeightsManifest = /* @__PURE__ */ struct('ModelWeightsManifest', {
  manifest: Manifest,
  decryptionKey: DecryptionKey,
});
export type ModelWeightsManifest = Infer<typeof ModelWeightsManifest>;
