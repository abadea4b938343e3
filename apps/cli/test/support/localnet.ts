import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Keypair } from '@somakit/crypto';
import { Keystore } from '@somakit/crypto/node';
import { type LocalnetFixtureOptions, localnet } from '@somakit/localnet/vitest';
import { type Finished, type RunOptions, scratch, somakit } from './somakit.js';

/** A home folder of somebody who uses the official files, and the executable run there. */
export interface Home {
  readonly folder: string;
  /** The folder of client.yaml, soma.keystore and soma.aliases. */
  readonly configFolder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly keypair: Keypair;
  readonly address: string;
  run(args: readonly string[], options?: RunOptions): Promise<Finished>;
}

export interface HomeOptions {
  /** Aliases of its keys, the active one first. Defaults to `main`. */
  readonly aliases?: readonly string[];
  /** SOMA of its active account. Defaults to 100; 0 for none. */
  readonly soma?: bigint;
}

const SHANNONS = 1_000_000_000n;

/** The network of a test file, and people who use it from the command line. */
export const network = (options: LocalnetFixtureOptions = {}) => {
  const net = localnet({ accounts: 2, ...options });
  const urls = (): Record<string, string> => ({
    SOMAKIT_FAUCET_URL: net.faucetUrl,
    SOMAKIT_ADMIN_URL: net.adminUrl,
    SOMAKIT_SCORING_URL: net.scoringUrl,
  });
  /** A clean home with a client.yaml of this network (environment `localnet`) and a funded key. */
  const home = async ({ aliases = ['main'], soma = 100n }: HomeOptions = {}): Promise<Home> => {
    const folder = scratch();
    const configFolder = join(folder, '.soma', 'soma_config');
    mkdirSync(configFolder, { recursive: true });
    const path = join(configFolder, 'soma.keystore');
    const keystore = await Keystore.open(path, { create: true });
    const keypairs = aliases.map(() => Keypair.generate());
    for (const [i, alias] of aliases.entries()) await keystore.add(keypairs[i]!, { alias });
    const keypair = keypairs[0]!;
    writeFileSync(
      join(configFolder, 'client.yaml'),
      [
        '---',
        'keystore:',
        `  File: ${path}`,
        'external_keys: ~',
        'envs:',
        '  - alias: localnet',
        `    rpc: "${net.rpcUrl}"`,
        '    basic_auth: ~',
        'active_env: localnet',
        `active_address: ${keypair.address.slice(2)}`,
        '',
      ].join('\n'),
    );
    if (soma > 0n) await net.fund(keypair.address, soma * SHANNONS);
    const env = urls();
    const run: Home['run'] = (args, runOptions = {}) =>
      somakit(args, { cwd: folder, ...runOptions, env: { ...env, HOME: folder, ...runOptions.env } });
    return { folder, configFolder, env, keypair, address: keypair.address, run };
  };
  return { net, home };
};
