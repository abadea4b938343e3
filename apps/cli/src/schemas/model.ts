import { z } from 'zod';
import { count, digest, id, type Shapes, u64 } from './shape.js';

/** The epochs and times in which something counts. */
export const window = z
  .object({
    first_epoch: u64,
    last_epoch: u64.nullable().describe('Null: it never ends.'),
    opens_at_ms: count.nullable().describe('The earliest moment; null when it is past or not known.'),
    closes_at_ms: count.nullable(),
  })
  .describe('When something counts.');

const manifest = z.object({ url: z.string(), checksum: digest, size: u64.describe('Bytes.') });
const bps = z.int().min(0).max(10_000).describe('Basis points.');

export const shapes: Shapes = {
  'model/1': z
    .object({
      model_id: id,
      owner: id,
      status: z.enum(['created', 'pending', 'active', 'inactive']),
      architecture_version: u64,
      stake: u64.describe('Shannons in its pool.'),
      pending_stake: u64.describe('Shannons that count from the next epoch on.'),
      selection_power: z
        .number()
        .nullable()
        .describe('Its share when targets choose models, 0 to 1; null unless active.'),
      commission_rate: bps,
      next_epoch_commission_rate: bps,
      manifest: manifest.nullable().describe('Its encrypted weights; null before the commit.'),
      decryption_key: digest.nullable().describe('Null unless it is active.'),
      create_epoch: u64.nullable().describe('Of a model that is not committed yet.'),
      commit_epoch: u64.nullable().describe('Of the commit that waits for its reveal.'),
      reveal: window.nullable().describe('When that commit must be revealed.'),
      has_pending_update: z.boolean(),
      pending_update: manifest.nullable(),
      embedding: z.array(z.number()).optional().describe('With --with-embedding.'),
    })
    .describe('A model.'),
  'model.download/1': z
    .object({
      model_id: id,
      path: z.string(),
      size: u64,
      checksum: digest.describe('Of the encrypted weights; it was verified.'),
      decrypted: z.boolean(),
      skipped: z.boolean().describe('It was there already.'),
    })
    .describe('Weights that were fetched.'),
  'model.publication/1': z
    .object({
      id: z.string().describe('For --resume.'),
      kind: z.enum(['create', 'update']),
      state: z.enum([
        'encrypting',
        'prepared',
        'creating',
        'created',
        'committing',
        'committed',
        'revealing',
        'done',
        'missed',
      ]),
      created_at: z.string(),
      updated_at: z.string(),
      chain_id: digest,
      environment: z.string(),
      rpc: z.string(),
      address: id,
      model_id: id.nullable(),
      file: z.string().describe('The encrypted weights.'),
      url: z.string().nullable(),
      checksum: digest.nullable(),
      size: u64.nullable(),
      stake: u64.nullable(),
      commission_rate: bps.nullable(),
      create_epoch: u64.nullable(),
      commit_epoch: u64.nullable(),
      reveal: window.nullable(),
      pending_transaction: digest.nullable().describe('Signed, and perhaps sent.'),
      transactions: z.array(
        z.object({
          step: z.enum(['create', 'commit', 'reveal']),
          digest,
          outcome: z.enum(['success', 'failed', 'refused']).describe('refused: another one took its place.'),
          epoch: u64.nullable(),
          fee: u64.nullable(),
        }),
      ),
    })
    .describe('How far a publication is: one line for each state that it reaches.'),
};
