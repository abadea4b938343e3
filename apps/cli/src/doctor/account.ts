import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Address, isError } from '@somakit/core';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { journalFolder, listJournals } from '../publish/journal.js';
import { stateText } from '../publish/view.js';
import { givenKey } from '../soma/keys.js';
import { listPending } from '../soma/pending.js';
import type { NetworkOptions } from '../soma/session.js';
import { findWallet, type Wallet } from '../soma/wallet.js';
import { type Finding, look } from './finding.js';

/** What the files say of who acts. */
export interface FoundAccount {
  readonly wallet: Wallet | undefined;
  readonly address: Address | undefined;
  readonly findings: readonly Finding[];
}

const modeText = async (path: string): Promise<string> =>
  ((await stat(path)).mode & 0o777).toString(8).padStart(4, '0');

const walletFinding = async ({ configFile, keys, keystore }: Wallet): Promise<Omit<Finding, 'check'>> => {
  const message = `${configFile}, ${keys.length} ${keys.length === 1 ? 'key' : 'keys'} in ${keystore.path}`;
  if (process.platform === 'win32') return { status: 'ok', message };
  const mode = await modeText(keystore.path);
  if (mode.endsWith('00')) return { status: 'ok', message: `${message} (mode ${mode})` };
  return {
    status: 'fail',
    message: `${keystore.path} has the mode ${mode}: others can use the keys`,
    hint: `chmod 600 ${keystore.path}`,
    exitCode: EXIT.config,
  };
};

const pending = (): Omit<Finding, 'check'> => {
  const found = listPending();
  if (found.length === 0) return { status: 'ok', message: 'none with an unknown outcome' };
  return {
    status: 'warn',
    message: `${found.length} with an unknown outcome: ${found.map(({ action, digest }) => `${action} ${digest}`).join(', ')}`,
    hint: `somakit tx resume ${found[0]!.digest}`,
  };
};

const publications = (folder: string): Omit<Finding, 'check'> => {
  const listed = listJournals(folder);
  const damaged = listed.flatMap((each) => ('error' in each ? [each.file] : []));
  const open = listed.flatMap((each) =>
    'record' in each && !['done', 'missed'].includes(each.record.state) ? [each.record] : [],
  );
  if (damaged.length > 0) {
    return {
      status: 'fail',
      message: `damaged: ${damaged.join(', ')}`,
      hint: 'A journal holds the key and embedding of a model: keep the file, and restore it from a copy.',
      exitCode: EXIT.config,
    };
  }
  if (open.length === 0) return { status: 'ok', message: 'none is open' };
  return {
    status: 'warn',
    message: open.map((record) => `${record.id}: ${stateText(record)}`).join('; '),
    hint: 'somakit model publish --resume; a model that is not committed or revealed in time is slashed.',
  };
};

/** Looks at the files of the wallet, and at what is unfinished. */
export const lookAtAccount = async (cli: Cli, options: NetworkOptions): Promise<FoundAccount> => {
  const findings: Finding[] = [];
  let wallet: Wallet | undefined;
  findings.push(
    await look('wallet', async () => {
      try {
        wallet = await findWallet(cli, options);
      } catch (error) {
        // A locked keystore is no fault.
        if (!isError(error, 'KEYSTORE_ENCRYPTED')) throw error;
        return { status: 'warn', message: 'the keystore is encrypted, and no password was given', hint: error.hint };
      }
      if (wallet !== undefined) return walletFinding(wallet);
      return { status: 'warn', message: 'there is no client.yaml', hint: 'somakit wallet new makes one.' };
    }),
  );
  let address: Address | undefined;
  findings.push(
    await look('account', async () => {
      const key = await givenKey(cli, options);
      address = key?.address ?? wallet?.activeAddress;
      if (address === undefined) return { status: 'skip', message: 'there is none' };
      if (key !== undefined) return { status: 'ok', message: `${address}, of a key that was given` };
      const known = wallet?.keys.find((each) => each.address === address);
      if (known !== undefined) return { status: 'ok', message: `${known.alias} ${address}` };
      return {
        status: 'fail',
        message: `${address} is active, but its key is not there`,
        hint: 'somakit wallet switch chooses another account.',
        exitCode: EXIT.config,
      };
    }),
  );
  findings.push(await look('transactions', pending));
  if (wallet !== undefined) {
    const folder = journalFolder(dirname(wallet.configFile));
    findings.push(await look('publications', () => publications(folder)));
  }
  return { wallet, address, findings };
};
