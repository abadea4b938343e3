import { z } from 'zod';
import { count, number, type Shapes } from './shape.js';

// What the service sends may have more members: they are passed on as they are.
const text = z.string().nullish();

const submission = z.looseObject({
  link: text,
  submission_phase_score: number.nullish(),
  final_validation_score: number.nullish(),
  submitted_at: text.describe('UTC, ISO 8601 without a zone.'),
});

const uploaded = {
  repo: z.string(),
  commit: z.string().describe('40 hex digits.'),
  url: z.string(),
  created: z.boolean().describe('Whether the repository was made now.'),
  files: count,
  bytes: count,
  ignored: z.array(z.string()).describe('What stayed behind.'),
};

export const uploadMembers = uploaded;

export const shapes: Shapes = {
  'flock.task/1': z
    .looseObject({
      id: number,
      title: text,
      description: text,
      task_type: text,
      status: text,
      data: z.looseObject({ max_params: number.nullish() }).nullish(),
      initialized_at: text,
      submission_phase_ends_at: text,
      final_validation_ends_at: text,
      final_link: text,
    })
    .describe('A task of FLock, as the service sends it. Signed links are cut to ?<signed>.'),
  'flock.submission/1': submission.describe('An own submission to a task, as the service sends it.'),
  'flock.daily-count/1': z
    .object({ type: z.enum(['submission', 'validation']), time: z.iso.date(), count: number })
    .describe('What happened on one day on the whole platform.'),
  'flock.wallet/1': z
    .object({
      address: z.string(),
      achievements: z.looseObject({
        gold_medals: number.nullish(),
        silver_medals: number.nullish(),
        bronze_medals: number.nullish(),
        total_participations: number.nullish(),
      }),
      enrolled_tasks: z.unknown().describe('As the service sends it.'),
      submissions: z.array(submission),
    })
    .describe('What a wallet has won, entered and submitted.'),
  'flock.upload/1': z.object(uploaded).describe('A folder that was put on the Hub.'),
  'flock.submit/1': z
    .object({
      task_id: number,
      repo: z.string(),
      commit: z.string(),
      url: z.string().optional().describe('After an upload.'),
      submission: z.looseObject({}).nullable().describe('What the service answered; null when an earlier run got it.'),
      resumed: z
        .enum(['nothing', 'upload', 'submission'])
        .optional()
        .describe('After an upload: what an earlier run had done.'),
    })
    .describe('A model that was handed in.'),
};
