import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const configFolder = (): string => process.env.SOMA_CONFIG_DIR || join(homedir(), '.soma', 'soma_config');

const read = (name: string): string => {
  try {
    return readFileSync(join(configFolder(), name), 'utf8');
  } catch {
    return '';
  }
};

// Read as text: a completion must be quick, and must never ask for a password.
const environments = (): string[] =>
  [...read('client.yaml').matchAll(/^\s*-\s*alias:\s*["']?([\w.-]+)/gm)].map(([, alias]) => alias!);

const accounts = (): string[] => {
  try {
    return (JSON.parse(read('soma.aliases')) as { alias: string }[]).map(({ alias }) => alias);
  } catch {
    return [];
  }
};

/** Names of the official files that fit an option or argument. */
export const knownNames = (name: string, placeholder: string): readonly string[] => {
  if (name === '--env') return [...new Set([...environments(), 'testnet', 'localnet'])];
  if (/environment/.test(name)) return environments();
  return /^(--from|--to)$/.test(name) || /account|identity|alias-or-address|alias|address/i.test(placeholder)
    ? accounts()
    : [];
};
