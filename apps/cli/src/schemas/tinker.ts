import { z } from 'zod';
import { uploadMembers } from './flock.js';
import { count, type Shapes } from './shape.js';

const text = z.string();
const metadata = z.record(text, text).nullable();
const time = text.describe('ISO 8601, as the server wrote it.');

const checkpoint = {
  checkpoint_id: text.describe('<kind>/<name>'),
  checkpoint_type: text,
  time,
  tinker_path: text,
  size_bytes: count.nullable(),
  public: z.boolean(),
  user_metadata: metadata,
  expires_at: time.nullable().describe('Null: never.'),
};

export const shapes: Shapes = {
  'tinker.run/1': z
    .object({
      training_run_id: text,
      base_model: text,
      model_owner: text,
      is_lora: z.boolean(),
      corrupted: z.boolean(),
      lora_rank: count.nullable(),
      last_request_time: time,
      last_checkpoint: z.object(checkpoint).nullable(),
      last_sampler_checkpoint: z.object(checkpoint).nullable(),
      user_metadata: metadata,
    })
    .describe('A training run.'),
  'tinker.checkpoint/1': z
    .object({
      ...checkpoint,
      is_lora: z.boolean().optional().describe('With `checkpoint info`.'),
      lora_rank: count.nullish().describe('With `checkpoint info`.'),
    })
    .describe('A checkpoint.'),
  'tinker.session/1': z
    .object({
      session_id: text,
      training_run_ids: z.array(text),
      sampler_ids: z.array(text),
      user_metadata: metadata,
      display_name: text.nullable(),
    })
    .describe('A session.'),
  'tinker.session-id/1': z.object({ session_id: text }).describe('A session in a list.'),
  'tinker.sampler/1': z
    .object({ sampler_id: text, base_model: text, model_path: text.nullable() })
    .describe('What a sampler samples from.'),
  'tinker.model/1': z
    .object({
      model_name: text.nullable(),
      max_context_length: count.nullable().describe('In tokens.'),
      trainable: z.boolean().nullable(),
      sampleable: z.boolean().nullable(),
    })
    .describe('A base model of the server.'),
  'tinker.audit/1': z
    .object({
      timestamp: time,
      event: text,
      event_details: z.looseObject({}),
      model_id: text.nullable(),
      tinker_path: text.nullable(),
      purpose: text.nullable(),
    })
    .describe('Something that happened in the organisation.'),
  'tinker.download/1': z
    .object({
      checkpoint_path: text,
      destination: text,
      via: z.enum(['archive', 'files']),
      total_bytes: count,
      archive_bytes: count.nullable(),
      complete: z.boolean(),
      files: z.array(z.object({ path: text, size: count })),
    })
    .describe('A checkpoint that was downloaded.'),
  'tinker.change/1': z
    .object({ tinker_path: text, public: z.boolean().optional(), ttl_seconds: z.number().nullish() })
    .describe('A change of a checkpoint: its publicity, or how long it lives (null: for ever).'),
  'tinker.deletion/1': z
    .object({
      deleted_count: count,
      deleted: z.array(text),
      failed: z.array(z.object({ tinker_path: text, error: z.looseObject({ code: text, message: text }) })),
    })
    .describe('Checkpoints that were deleted, and those that could not be.'),
  'tinker.push/1': z
    .object({
      tinker_path: text,
      folder: text,
      model_card: z.boolean().optional().describe('Whether a README.md was written into the folder before the upload.'),
      ...uploadMembers,
    })
    .describe('A checkpoint that was put on the Hub.'),
};
