import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fromBase64, parseDigest, toBase64 } from '@somakit/core';
import { configError } from '../errors.js';

/** A signed transaction that was sent, or was about to be, and of which nobody has heard since. */
export interface PendingTransaction {
  readonly digest: string;
  readonly action: string;
  readonly rpc: string;
  readonly transaction: Uint8Array;
}

/** Where this program keeps what it must not forget; not the official folder, which others read. */
export const stateFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env.SOMAKIT_STATE_DIR || join(env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'somakit');

const folder = (): string => join(stateFolder(), 'pending');
const fileOf = (digest: string): string => join(folder(), `${digest}.json`);

/** Writes it down before it leaves. */
export const keepPending = ({ digest, action, rpc, transaction }: PendingTransaction): void => {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  const content = { schema: 'pending-transaction/1', digest, action, rpc, transaction: toBase64(transaction) };
  writeFileSync(fileOf(digest), `${JSON.stringify(content)}\n`, { mode: 0o600 });
};

export const forgetPending = (digest: string): void => rmSync(fileOf(digest), { force: true });

export const readPending = (digest: string): PendingTransaction | undefined => {
  const file = fileOf(parseDigest(digest));
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const { action, rpc, transaction } = JSON.parse(text) as { action: string; rpc: string; transaction: string };
    return { digest, action, rpc, transaction: fromBase64(transaction) };
  } catch (cause) {
    throw configError(
      file,
      `${file} is damaged.`,
      'somakit tx info shows whether the transaction is in the chain.',
      cause,
    );
  }
};

/** All of them. */
export const listPending = (): readonly PendingTransaction[] => {
  let names: string[];
  try {
    names = readdirSync(folder());
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => readPending(name.slice(0, -'.json'.length)) ?? []);
};
