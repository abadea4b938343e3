import { z } from 'zod';
import { count, digest, type Shapes } from './shape.js';

const file = z.string();

export const shapes: Shapes = {
  'weights.encrypt/1': z
    .object({
      from: file,
      to: file,
      checksum: digest.describe('Of the encrypted file: the weights commitment.'),
      size: count,
      key_file: file.nullable().describe('Where the new key is; null when one was given.'),
    })
    .describe('Weights that were encrypted.'),
  'weights.decrypt/1': z
    .object({ from: file, to: file, checksum: digest.describe('Of the encrypted file.'), size: count })
    .describe('Weights that were decrypted.'),
  'weights.random/1': z.object({ file, size: count }).describe('Untrained weights that were made.'),
  'weights.hash/1': z.object({ file, checksum: digest, size: count }).describe('A file as manifests have it.'),
  'weights.commitment/1': z
    .object({
      weights: digest.nullable(),
      size: count.nullable(),
      decryption_key: digest.nullable(),
      embedding: digest.nullable(),
    })
    .describe('What a model commit holds; null for what was not given.'),
};
