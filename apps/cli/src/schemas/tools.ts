import { z } from 'zod';
import { count, digest, id, type Shapes, u64 } from './shape.js';

export const shapes: Shapes = {
  'doctor.check/1': z
    .object({
      check: z.string(),
      status: z.enum(['ok', 'warn', 'fail', 'skip']),
      message: z.string(),
      hint: z.string().optional().describe('What to do about it.'),
    })
    .describe('What the doctor has found; one line each.'),
  'completions/1': z
    .object({ shell: z.enum(['bash', 'zsh', 'fish']), script: z.string() })
    .describe('The script that lets a shell complete.'),
  'host.file/1': z
    .object({ file: z.string(), url: z.string(), checksum: digest, size: count })
    .describe('A file that is served now: what a manifest says of it.'),
  'demo.step/1': z
    .object({ step: z.string(), done: count.nullable(), total: count.nullable() })
    .describe('A step of the demo begins, or goes on.'),
  'demo.report/1': z
    .object({
      rpc_url: z.string(),
      models: z.array(z.object({ model_id: id, owner: id })),
      submissions: z.array(
        z.object({
          file: z.string(),
          bytes: count,
          target_id: id,
          model_id: id,
          distance: z.number(),
          loss: z.number(),
          reward: u64,
          bond: u64,
        }),
      ),
      misses: z.array(z.string()).describe('Files that hit no open target.'),
      wallets: z.array(
        z.object({
          name: z.string(),
          address: id,
          funded: u64,
          staked: u64,
          fees: u64,
          bonds: u64,
          bonds_back: u64,
          rewards: u64,
          balance: u64,
        }),
      ),
      transactions: z.array(z.object({ wallet: z.string(), what: z.string(), digest, fee: u64 })),
      steps: z.array(z.object({ name: z.string(), ms: count })),
    })
    .describe('What the demo did; amounts in shannons.'),
};
