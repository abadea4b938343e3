export type { Progress } from '../internal/chunks.js';
export {
  decryptFile,
  encryptFile,
  type FileCallOptions,
  type FileChecksum,
  type FileCipherParameters,
  hashFile,
} from './files.js';
export { Keystore, type KeystoreEncryption, type KeystoreOptions } from './keystore.js';
export type { ScryptCost } from './keystore-box.js';
export { readAliases } from './keystore-files.js';
export type { KeyAlias, KeystoreEntry } from './keystore-format.js';
export { type UpdateFileOptions, updateFile } from './update-file.js';
