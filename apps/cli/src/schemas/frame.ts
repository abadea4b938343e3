import { z } from 'zod';
import type { Shapes } from './shape.js';

export const shapes: Shapes = {
  'error/1': z
    .object({
      code: z.string().describe('Stable, never renamed.'),
      message: z.string(),
      hint: z.string().optional(),
      retryable: z.boolean().describe('Whether the same command may succeed later.'),
      context: z.looseObject({}).describe('Values by code.'),
      cause: z.unknown().optional(),
      exitCode: z.int().min(1).max(255),
      stack: z.string().optional().describe('With --debug.'),
    })
    .describe('An error, on stderr.'),
  'dry-run/1': z
    .looseObject({ action: z.string() })
    .describe('What --dry-run shows: the action and what would happen.'),
};
