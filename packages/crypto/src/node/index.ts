export type { Progress } from '../internal/chunks.js';
export {
  decryptFile,
  encryptFile,
  type FileCallOptions,
  type FileChecksum,
  type FileCipherParameters,
  hashFile,
} from './files.js';
