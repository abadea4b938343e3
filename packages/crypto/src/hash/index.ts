export type { ByteSource, Progress } from '../internal/chunks.js';
export { blake2b256, blake2b256Into, commitment } from './blake2b.js';
export { createHashBuffer, type HashBuffer } from './hash-buffer.js';
export { type HashBytesOptions, hashBytes } from './hash-bytes.js';
export { createHasher, type Hasher } from './hasher.js';
