export { checksumAddress, checkWalletAddress, isWalletAddress } from './address.js';
export { type CallOptions, FLOCK_BASE_URL, type FlockOptions } from './api.js';
export {
  createFlockClient,
  type FlockClient,
  type PreflightCall,
  type SubmitTaskParameters,
  type TaskId,
} from './client.js';
export { fillDays, sparkline } from './daily.js';
export { type DatasetParameters, type DatasetResult, downloadTrainingSet, readJsonLines } from './dataset.js';
export type { FlockReason } from './errors.js';
export * from './frame/index.js';
export {
  type Countdown,
  checkSubmittable,
  countdown,
  isOpen,
  type PreflightParameters,
  type TaskPhase,
  taskPhase,
} from './phase.js';
export { type ModelReference, submissionBody } from './submission.js';
export { formatDuration, parseFlockTime } from './time.js';
export type * from './types.js';
export type { FlockWallet, IterateParameters, OptionalRead, PageParameters, Read, Role } from './wallet.js';
export type { TaskEvent, WatchOptions } from './watch.js';
