import { z } from 'zod';
import { window } from './model.js';
import { digest, i128, id, type Shapes, u64 } from './shape.js';

const target = {
  target_id: id,
  status: z.string().describe('open, expired (open, of an epoch that is over), filled or claimed.'),
  claimable: z.boolean().describe('Whether it may be claimed now.'),
  generation_epoch: u64,
  fill_epoch: u64.nullable(),
  model_ids: z.array(id),
  distance_threshold: z.number().nullable(),
  reward_pool: u64.describe('Shannons.'),
  bond: u64.describe('Shannons.'),
  submitter: id.nullable(),
  winning_model_id: id.nullable(),
  winning_model_owner: id.nullable(),
  data_url: z.string().nullable(),
  claim: window.nullable(),
};

export const shapes: Shapes = {
  'target/1': z
    .object({
      ...target,
      distance: z.number().nullable().optional().describe('With --distances and --distances-from.'),
      models: z
        .array(z.object({ model_id: id, status: z.string(), distance: z.number().nullable() }))
        .optional()
        .describe('Of `target show`: its models, and how far their embeddings are.'),
      data: z.object({ url: z.string(), checksum: digest, size: u64 }).nullable().optional(),
      winning_distance: z.number().nullable().optional(),
      winning_loss: z.number().nullable().optional(),
      reports: z.array(id).optional().describe('Validators that reported the submission.'),
      embedding: z.array(z.number()).optional().describe('With --with-embedding.'),
    })
    .describe('A target. What follows `claim` is of single commands.'),
  'target.event/1': z
    .object({
      event: z.enum(['open', 'filled', 'gone']),
      checkpoint: u64,
      target_id: id,
      target: z.object(target).nullable().describe('Null when it is gone.'),
    })
    .describe('What happened to a target.'),
  'target.claim/1': z
    .object({
      target_id: id,
      outcome: z.enum(['claimed', 'would-claim', 'gone', 'failed', 'unknown']),
      roles: z.array(z.enum(['submitter', 'model_owner', 'claimer'])).describe('As what the account is paid.'),
      expected_reward: u64.describe('Shannons, without the bond.'),
      bond_back: u64,
      digest: digest.nullable(),
      fee: u64.nullable(),
      net: i128.nullable().describe('What it left the account with more or less, fee included.'),
      error: z
        .object({ code: z.string(), message: z.string(), hint: z.string().nullable(), exit_code: z.int() })
        .nullable(),
    })
    .describe('The claim of one target.'),
  'target.download/1': z
    .object({ target_id: id, path: z.string(), size: u64, checksum: digest, skipped: z.boolean() })
    .describe('Data that was fetched.'),
};
