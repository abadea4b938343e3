import { z } from 'zod';
import { count, digest, i128, id, type Shapes, u64 } from './shape.js';

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

const epochMembers = {
  epoch: u64,
  start_ms: u64,
  duration_ms: u64,
  next_epoch_ms: u64.describe('When the next one can begin, if this one has its full length.'),
  remaining_ms: u64,
  checkpoint: u64.describe('The newest one.'),
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
  'transaction-info/1': z.object(transactionMembers).describe('A transaction that is in the chain.'),
  'coin/1': z
    .object({ object_id: id, version: u64, digest, balance: u64.describe('Shannons.'), owner: id })
    .describe('A coin.'),
  'object/1': z
    .object({
      object_id: id,
      version: u64,
      digest,
      object_type: z.string(),
      owner,
      content: z.discriminatedUnion('type', [
        z.object({ type: z.literal('coin'), balance: u64 }),
        z.object({
          type: z.literal('staked_soma'),
          pool_id: id,
          stake_activation_epoch: u64,
          principal: u64,
        }),
        z.object({ type: z.literal('target') }),
        z.object({ type: z.literal('system_state'), epoch: u64 }),
        z.object({ type: z.literal('other') }),
      ]),
      previous_transaction: digest,
      bcs_bytes: z.string().optional().describe('With --bcs: the contents in Base64.'),
    })
    .describe('An object.'),
  'stake/1': z
    .object({
      staked_soma_id: id,
      pool_id: id,
      validator: id.optional(),
      model_id: id.optional(),
      principal: u64.describe('Shannons that were staked.'),
      value: u64.describe('Shannons that unstake would pay now.'),
      activation_epoch: u64,
    })
    .describe('A staking position.'),
  'validator/1': z
    .object({
      address: id,
      status: z.enum(['active', 'pending', 'leaving', 'at_risk']),
      voting_power: u64.describe('Of 10000.'),
      stake: u64,
      next_epoch_stake: u64,
      commission_rate: count.describe('Basis points.'),
      next_epoch_commission_rate: count,
      staking_pool_id: id,
      network_address: z.string(),
      p2p_address: z.string(),
      primary_address: z.string(),
      proxy_address: z.string(),
      protocol_pubkey: z.string().describe('Base64.'),
      network_pubkey: z.string().describe('Base64.'),
      worker_pubkey: z.string().describe('Base64.'),
    })
    .describe('A validator.'),
  'validator.info/1': z
    .object({
      output_dir: z.string(),
      validator_info_file: z.string(),
      files: z.array(z.string()),
      created: z.array(z.string()).describe('Those among them that were written now.'),
      account_address: id,
    })
    .describe('Files of a validator.'),
  'epoch/1': z.object(epochMembers).describe('Where the epoch stands.'),
  'status/1': z
    .object({
      network: z.string(),
      rpc_url: z.string(),
      server_reachable: z.boolean(),
      problem: z.string().optional().describe('Why something is missing.'),
      server_version: z.string().optional(),
      chain: z.string().optional(),
      chain_id: digest.optional(),
      ...z.object(epochMembers).partial().shape,
      protocol_version: u64.optional(),
      active_address: id.optional(),
      balance: u64.optional().describe('Shannons.'),
      staked: u64.optional().describe('What the positions are worth, in shannons.'),
    })
    .describe('Network, epoch and account.'),
  'faucet/1': z
    .object({
      address: id,
      coins: z.array(z.object({ object_id: id, amount: u64, digest: digest.describe('Of the transaction.') })),
    })
    .describe('Coins that a faucet sent.'),
};
