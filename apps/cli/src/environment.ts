import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { SomaKitError } from '@somakit/core';

// Keys only: a `.env` that came with somebody's folder must not choose a server for them or run a command.
const NAMES = ['FLOCK_API_KEY', 'HF_TOKEN', 'TINKER_API_KEY'];

/**
 * Takes keys from a file of settings into the environment, which comes first.
 * @throws CLI_CONFIG when a file that was asked for cannot be read
 */
export const readEnvFile = (file: string | false | undefined): void => {
  if (file === false) return;
  const named = file ?? (process.env.SOMAKIT_DOTENV || undefined);
  let text: string;
  try {
    text = readFileSync(named ?? '.env', 'utf8');
  } catch (cause) {
    if (named === undefined) return;
    throw new SomaKitError('CLI_CONFIG', `${named} cannot be read.`, {
      context: { file: named },
      hint: 'It holds lines such as FLOCK_API_KEY=...',
      cause,
    });
  }
  const found = parseEnv(text) as Record<string, string | undefined>;
  for (const name of NAMES) {
    const value = found[name]?.trim();
    if (value !== undefined && value !== '' && !process.env[name]) process.env[name] = value;
  }
};
