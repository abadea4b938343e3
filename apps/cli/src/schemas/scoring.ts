import { z } from 'zod';
import { count, digest, id, type Shapes } from './shape.js';

export const shapes: Shapes = {
  'scoring.ready/1': z
    .object({ url: z.string(), device: z.string(), engine: z.string() })
    .describe('The scoring service is ready: the first line of `scoring serve`.'),
  'scoring.call/1': z
    .object({
      method: z.string(),
      code: z.string().describe('Name of the gRPC status.'),
      ms: count,
      peer: z.string().nullable(),
      message: z.string().describe('What the caller was told; empty for OK.'),
    })
    .describe('A call that the scoring service has answered.'),
  'scoring.stopped/1': z.object({}).describe('The scoring service has stopped in order: the last line.'),
  'scoring.health/1': z
    .object({ url: z.string(), ok: z.boolean(), ms: count })
    .describe('Whether a scoring service is there.'),
  'scoring.score/1': z
    .object({
      file: z.string(),
      checksum: digest,
      size: count,
      model: z.string().describe('The winner: the id of a model, or the name of a weight file.'),
      model_id: id.nullable(),
      loss: z.number(),
      distance: z.number().nullable().describe('Cosine distance to the target; null without one.'),
      threshold: z.number().nullable(),
      hit: z.boolean().nullable(),
      target: id.nullable(),
      losses: z
        .array(z.object({ model: z.string(), loss: z.number() }))
        .nullable()
        .describe('Of all models; null when a service was asked, which tells the winner only.'),
      engine: z.string(),
      embedding: z.array(z.number()),
      ms: count,
    })
    .describe('What a file scores.'),
};
