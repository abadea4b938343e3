import type { Infer } from './codec/codec.js';
import { option, vector } from './codec/containers.js';
import { f32Bits } from './codec/floats.js';
import { bool, string, u64 } from './codec/primitives.js';
import { struct } from './codec/struct.js';

/** Asks the faucet for coins. Source: faucet/src/types.rs, GasRequest. */
export const GasRequest = /* @__PURE__ */ struct('GasRequest', {
  recipient: string,
});
export type GasRequest = Infer<typeof GasRequest>;

/** A coin that the faucet sent, in shannons. Source: faucet/src/types.rs, GasCoinInfo. */
export const GasCoinInfo = /* @__PURE__ */ struct('GasCoinInfo', {
  amount: u64,
  id: string,
  transferTxDigest: string,
});
export type GasCoinInfo = Infer<typeof GasCoinInfo>;

/** Source: faucet/src/types.rs, GasResponse. */
export const GasResponse = /* @__PURE__ */ struct('GasResponse', {
  status: string,
  coinsSent: /* @__PURE__ */ vector(GasCoinInfo),
});
export type GasResponse = Infer<typeof GasResponse>;

/** No bytes at all. Source: admin/src/lib.rs, AdvanceEpochRequest. */
export const AdvanceEpochRequest = /* @__PURE__ */ struct('AdvanceEpochRequest', {});
export type AdvanceEpochRequest = Infer<typeof AdvanceEpochRequest>;

/** Source: admin/src/lib.rs, AdvanceEpochResponse. */
export const AdvanceEpochResponse = /* @__PURE__ */ struct('AdvanceEpochResponse', {
  epoch: u64,
});
export type AdvanceEpochResponse = Infer<typeof AdvanceEpochResponse>;

/** No bytes at all. Source: scoring/src/types.rs, HealthRequest. */
export const HealthRequest = /* @__PURE__ */ struct('HealthRequest', {});
export type HealthRequest = Infer<typeof HealthRequest>;

/** Source: scoring/src/types.rs, HealthResponse. */
export const HealthResponse = /* @__PURE__ */ struct('HealthResponse', {
  ok: bool,
});
export type HealthResponse = Infer<typeof HealthResponse>;

/** A model to score with; checksum and key are Base58 text. Source: scoring/src/types.rs, ManifestInput. */
export const ManifestInput = /* @__PURE__ */ struct('ManifestInput', {
  url: string,
  checksum: string,
  size: u64,
  decryptionKey: /* @__PURE__ */ option(string),
});
export type ManifestInput = Infer<typeof ManifestInput>;

/** Asks for the scores of some data. Source: scoring/src/types.rs, ScoreRequest. */
export const ScoreRequest = /* @__PURE__ */ struct('ScoreRequest', {
  dataUrl: string,
  dataChecksum: string,
  dataSize: u64,
  modelManifests: /* @__PURE__ */ vector(ManifestInput),
  targetEmbedding: f32Bits,
  seed: u64,
});
export type ScoreRequest = Infer<typeof ScoreRequest>;

/** The place of the best model, and its scores. Source: scoring/src/types.rs, ScoreResponse. */
export const ScoreResponse = /* @__PURE__ */ struct('ScoreResponse', {
  winner: u64,
  lossScore: f32Bits,
  embedding: f32Bits,
  distance: f32Bits,
});
export type ScoreResponse = Infer<typeof ScoreResponse>;
