import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { WriteOptions } from '../soma/session.js';
import type { BeginFlags } from './begin.js';
import { weightKeyOptions } from './weight-key.js';

/** What the options of `model publish` and `model update` give. */
export interface PublishFlags extends WriteOptions, BeginFlags {
  readonly stakeAmount?: bigint;
  readonly commissionRate: number;
  readonly wait: boolean;
  readonly untilRevealed?: boolean;
  readonly resume?: string | true;
  readonly status?: string | true;
  readonly discard?: string;
}

/** Journals lie beside client.yaml, whose keys they belong to. */
export const folderOf = async ({ config }: WriteOptions): Promise<string> => {
  const { journalFolder } = await import('./journal.js');
  const folder = process.env.SOMA_CONFIG_DIR || join(homedir(), '.soma', 'soma_config');
  return journalFolder(config === undefined ? folder : dirname(config));
};

const VALUES = 'its embedding: -0.1,0.2,... or a file (JSON, CSV, .f32, .npy, .safetensors)';

/** Adds the options about weights, embedding and hosting that both commands take. */
export const hostingOptions = (command: Command): Command =>
  weightKeyOptions(
    command
      .option('--weights-file, --weights <file>', 'the weights')
      .option('--encrypt [file]', 'encrypt them first, with a new key, to this file (default: the name with .enc)')
      .option('--weights-url, --url <url>', 'where you have put the encrypted weights')
      .option('--serve <host:port>', 'serve them from this program instead')
      .option('--public-url <url>', 'how others reach what is served')
      .option('--embedding <values>', VALUES)
      .option('--embedding-from <file>', 'compute the embedding: what the model makes of this sample of data')
      .option('--no-check', 'do not fetch the weights from their URL before the commit')
      .option('--no-wait', 'end after the commit; --resume reveals')
      .option('--until-revealed', 'end after the reveal; otherwise --serve goes on'),
  );
