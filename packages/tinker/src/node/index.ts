export {
  type CheckpointProgress,
  type DownloadCheckpointParameters,
  type DownloadedCheckpoint,
  downloadCheckpoint,
} from './download-checkpoint.js';
export type { ArchiveReason } from './entry-name.js';
export {
  type ArchiveLimits,
  type ExtractedTar,
  type ExtractTarParameters,
  extractTar,
  type WrittenFile,
} from './extract.js';
export { inspectSafetensors } from './safetensors-file.js';
