import { z } from 'zod';
import { count, digest, id, type Shapes, u64 } from './shape.js';

const url = z.string();
const place = { epoch: u64, checkpoint: u64 };

export const shapes: Shapes = {
  'localnet.ready/1': z
    .object({
      rpc_url: url,
      faucet_url: url.nullable(),
      scoring_url: url.nullable().describe('Null without scoring.'),
      admin_url: url,
      data_url: url.nullable().describe('Where the weights of the models are served.'),
      chain_id: digest,
      epoch: u64,
      small_model: z.boolean(),
      models: z.array(id),
      accounts: z.array(id).describe('Funded ones; their keys are known to all.'),
      data_dir: z.string().nullable().describe('Null: in memory.'),
    })
    .describe('The local network is ready: the first line of `localnet start`.'),
  'localnet.checkpoint/1': z
    .object({ checkpoint: u64, epoch: u64, timestamp_ms: u64, transactions: z.array(digest) })
    .describe('A checkpoint of the local network, as it comes.'),
  'localnet.stopped/1': z.object({}).describe('The local network has stopped in order: the last line.'),
  'localnet.status/1': z
    .object({
      chain_id: digest,
      epoch: u64,
      epoch_start_ms: u64,
      epoch_duration_ms: u64,
      time_ms: u64.describe('The clock of the chain, which may have been moved.'),
      checkpoint: u64,
      rpc_url: url,
      faucet_url: url,
      scoring_url: url,
      admin_url: url,
      accounts: z.array(id),
      models: z.array(id),
    })
    .describe('Where the local network is.'),
  'localnet.epoch/1': z.object({ epoch: u64 }).describe('The epoch after `localnet advance`.'),
  'localnet.snapshot/1': z.object({ id: count, ...place }).describe('A point to come back to.'),
  'localnet.revert/1': z.object({ id: count, ...place }).describe('Where the network is after going back.'),
  'localnet.fund/1': z.object({ address: id, amount: u64, digest }).describe('Shannons that an account was given.'),
};
