export * from './answers.js';
export type { ClientConfig, TokenExchange } from './auth.js';
export {
  createTinkerClient,
  DEFAULT_BASE_URL,
  type DeprecationNotice,
  type TinkerClient,
  type TinkerClientOptions,
  type TinkerRest,
} from './client.js';
export type { Codec } from './codec.js';
export type { Environment } from './credentials.js';
export * from './deletion.js';
export type { TinkerStatusContext } from './errors.js';
export type { WalkOptions } from './paging.js';
export type * from './rest/admin.js';
export type * from './rest/checkpoints.js';
export type * from './rest/parameters.js';
export type * from './rest/runs.js';
export type * from './rest/sessions.js';
export { parseSafetensors, type Safetensors, type TensorInfo } from './safetensors.js';
export { type Moment, readTimestamp, type Timestamp } from './timestamp.js';
export {
  type CheckpointKind,
  checkpointFolderName,
  formatTinkerPath,
  isTinkerPath,
  parseTinkerPath,
  type TinkerPath,
} from './tinker-path.js';
export type { CallOptions } from './transport.js';
