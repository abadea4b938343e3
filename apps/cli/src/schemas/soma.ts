import { z } from 'zod';
import { digest, i128, id, type Shapes, u64 } from './shape.js';

const owner = z.discriminatedUnion('type', [
  z.object({ type: z.literal('address_owner'), address: id }),
  z.object({ type: z.literal('shared'), initial_shared_version: u64 }),
  z.object({ type: z.literal('immutable') }),
]);

const written = z.object({ object_id: id, version: u64, digest, owner });

/** Members that everything about a transaction has. */
export const transactionMembers = {
  digest: digest.describe('Of a dry run: that of the simulated transaction, which is never sent.'),
  status: z.enum(['success', 'failure']),
  error: z
    .object({ kind: z.string(), message: z.string(), hint: z.string().optional() })
    .optional()
    .describe('Why it failed.'),
  executed_epoch: u64,
  checkpoint: u64.optional().describe('Missing in a dry run, and until the node shows it.'),
  timestamp_ms: u64.optional().describe("The checkpoint's."),
  fee: z.object({ base_fee: u64, operation_fee: u64, value_fee: u64, total_fee: u64 }).describe('Shannons.'),
  created: z.array(written),
  mutated: z.array(written).describe('The gas coin among them.'),
  deleted: z.array(z.object({ object_id: id, version: u64 })),
  gas_object: id.optional().describe('Missing when the gas coin was used up.'),
  balance_changes: z.array(z.object({ address: id, amount: i128 })).describe('Shannons, fees included.'),
};

export const shapes: Shapes = {
  'transaction/1': z
    .object({
      action: z.string().describe('The command that made it.'),
      dry_run: z.boolean().describe('Whether it was only simulated.'),
      ...transactionMembers,
      bond: u64.describe('Of a submission, in shannons; the claim gives it back.'),
      net: i128.describe('What it leaves the sender with more or less, in shannons.'),
      model_id: id.optional().describe('Of commands about a model.'),
      target_id: id.optional().describe('Of commands about a target.'),
      checksum: digest.optional().describe('Of the file that a commit or a submission names.'),
      size: u64.optional().describe('Its bytes.'),
      reveal_epoch: u64.optional().describe('Of a commit: the one epoch in which it can be revealed.'),
      claim_epoch: u64.optional().describe('Of a submission: from when on it can be claimed.'),
    })
    .describe('A transaction that was sent, or with --dry-run would be.'),
  'serialized-transaction/1': z
    .object({
      action: z.string(),
      digest,
      signed: z.boolean(),
      serialized_transaction: z.string().optional().describe('BCS in Base64; not with --tx-digest.'),
    })
    .describe('A transaction that was built, and perhaps signed, but not sent.'),
  'balance/1': z
    .object({
      address: id,
      balance: u64.describe('Shannons.'),
      coins: z
        .array(z.object({ object_id: id, balance: u64 }))
        .optional()
        .describe('With --with-coins, the richest first.'),
    })
    .describe('What an account has.'),
};
