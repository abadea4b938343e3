import { invalidArgument } from '@somakit/core';
import { playEmbedded } from './embedded.js';
import { playPublic } from './public.js';
import { withRun } from './run.js';
import type { DemoOptions, DemoReport } from './types.js';

/**
 * The main job, from funding to claim, on an embedded network: every byte goes through the gRPC, BCS and scoring code
 * that a public network would see. With `network: 'testnet'` the submitter's part of it, for real. Ends everything that
 * it started, also when it fails or is aborted.
 *
 * @throws DEMO_CHECK_FAILED when the money does not add up; DEMO_NOT_READY when a public network, a key, funds, scoring
 * or published files are missing; DEMO_STEP_FAILED for faults of this machine; otherwise the error of the step.
 * @example
 * import { runDemo } from '@somakit/demo';
 * const { wallets } = await runDemo({ data: './src' });
 * for (const { name, rewards } of wallets) console.log(name, rewards);
 */
export const runDemo = async (options: DemoOptions): Promise<DemoReport> => {
  const { network = 'localnet', files } = options;
  if (!['localnet', 'testnet'].includes(network)) throw invalidArgument('network', 'localnet or testnet', network);
  if (files !== undefined && !(Number.isInteger(files) && files > 0)) {
    throw invalidArgument('files', 'an integer of 1 or more', files);
  }
  return withRun(options, (run) => (network === 'testnet' ? playPublic(run, options) : playEmbedded(run, options)));
};
