import type { Keypair } from '@somakit/crypto';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { confirmWrite, type WriteOptions } from '../confirm.js';
import { usageError } from '../errors.js';
import { choice, dryRunOption, yesOption } from '../options.js';
import { askSecret, canAsk } from '../prompt.js';
import { addToKeyring, type Keyring, type KeyringOptions, openKeyring } from '../soma/keyring.js';
import { givenKey, keyOptions, keypairOf, outputOf, textOf } from '../soma/keys.js';
import { addToWallet, checkMnemonicWay, newPassword, showMnemonic, writeSecret } from '../soma/new-key.js';
import { noAccount } from '../soma/session.js';
import { CONFIG_HELP, findWallet, needWallet, type WalletOptions, walletOptions } from '../soma/wallet.js';
import type { Column } from '../table.js';

export interface KeyRow {
  readonly alias: string | undefined;
  readonly address: string;
  readonly publicKey?: string | undefined;
  readonly source: string;
  readonly active: boolean;
}

/** What `wallet.key/1` says. */
export const keyJson = ({ alias, address, publicKey, source, active }: KeyRow): object => ({
  ...(alias === undefined ? {} : { alias }),
  address,
  ...(publicKey === undefined ? {} : { public_key: publicKey }),
  key_scheme: 'ed25519',
  source,
  active,
});

export const keyRows = ({ keys, activeAddress }: Keyring, sortByAlias: boolean): KeyRow[] => {
  const rows = keys.map((key) => ({ ...key, active: key.address === activeAddress }));
  return sortByAlias ? rows.sort((a, b) => (a.alias < b.alias ? -1 : 1)) : rows;
};

const keyColumns: readonly Column<KeyRow>[] = [
  { title: '', cell: ({ active }) => (active ? '*' : '') },
  { title: 'Alias', cell: ({ alias }) => alias ?? '-' },
  { title: 'Address', cell: ({ address }) => address },
];

export const listKeys = async (cli: Cli, flags: KeyringOptions & { sortByAlias?: boolean }): Promise<void> => {
  const rows = keyRows(await openKeyring(cli, flags), flags.sortByAlias === true);
  if (cli.out.json) return rows.forEach((row) => void cli.out.object('wallet.key/1', keyJson(row)));
  await cli.out.table(keyColumns, rows, 'There are no keys: somakit wallet new makes one.');
};

/** What became of a key. */
export const keyChanged = (
  cli: Cli,
  action: string,
  key: { readonly alias: string; readonly address: string },
  words: string,
  more: object = {},
): void => {
  if (cli.out.json) cli.out.object('wallet.change/1', { action, alias: key.alias, address: key.address, ...more });
  else cli.out.line(words);
};

const WORDS = { word12: 12, word15: 15, word18: 18, word21: 21, word24: 24 } as const;

interface NewFlags extends WalletOptions {
  readonly alias?: string;
  readonly wordLength: keyof typeof WORDS;
  readonly derivationPath?: string;
  readonly mnemonicFile?: string;
  readonly switch?: boolean;
  readonly encrypt?: boolean;
}

const buildNew = (group: Command, cli: Cli): void => {
  walletOptions(group.command('new'))
    .description('make a key, and the official files where there are none')
    .option('--alias <name>', 'its name (default: an adjective and a stone)')
    .option('--key-scheme <scheme>', 'ed25519 is what accounts have', choice(['ed25519']), 'ed25519')
    .option('--word-length <length>', 'word12, word15, word18, word21 or word24', choice(Object.keys(WORDS)), 'word12')
    .option('--derivation-path <path>', "such as m/44'/784'/0'/0'/1'")
    .option('--mnemonic-file <file>', 'write the recovery phrase to this new file instead of the terminal')
    .option('--switch', 'make it the active one')
    .option('--encrypt', 'a new wallet: encrypt its keystore')
    .addHelpText(
      'after',
      `
The recovery phrase is shown once, on a terminal only.

Examples:
  somakit wallet new
  somakit wallet new --alias savings --switch
  somakit wallet new --mnemonic-file phrase.txt --json`,
    )
    .action(async (flags: NewFlags) => {
      checkMnemonicWay(cli, flags.mnemonicFile);
      const { generateMnemonic, keypairFromMnemonic } = await import('@somakit/crypto/mnemonic');
      const mnemonic = generateMnemonic({ words: WORDS[flags.wordLength] });
      const keypair = keypairFromMnemonic(mnemonic, { path: flags.derivationPath });
      // Before the key is used for anything, its words are safe.
      if (flags.mnemonicFile !== undefined) await writeSecret(flags.mnemonicFile, `${mnemonic}\n`);
      const added = await addToWallet(cli, flags, { keypair, alias: flags.alias, activate: flags.switch });
      const { key, wallet, first } = added;
      const active = wallet.activeAddress === key.address;
      if (cli.out.json) {
        const file = flags.mnemonicFile;
        cli.out.object('wallet.new/1', { ...keyJson({ ...key, active }), mnemonic_file: file, created: first });
        return;
      }
      if (first) cli.out.line(`Made ${wallet.configFile}.`);
      await cli.out.fields([
        ['Alias', key.alias],
        ['Address', key.address],
        ...(active ? [] : ([['Active', `no; somakit wallet switch ${key.alias}`]] as const)),
      ]);
      showMnemonic(cli, mnemonic, flags.mnemonicFile);
    });
};

/** A key, or the words of one, from wherever it may come: never from the command line. */
export const readKey = async (
  cli: Cli,
  from: { readonly file?: string | undefined; readonly keyCommand?: string | undefined },
  derivationPath?: string | undefined,
): Promise<Keypair> => {
  let text: string;
  if (from.file !== undefined) text = await textOf(from.file);
  else if (from.keyCommand !== undefined) text = await outputOf(from.keyCommand, cli.signal);
  else if (canAsk()) text = await askSecret(cli, 'Private key or recovery phrase: ');
  else if (!process.stdin.isTTY) text = await textOf('-');
  else throw usageError('Where is the key?', 'Give --file, --key-command, or standard input.');
  const words = text.trim();
  if (!/\s/.test(words)) return keypairOf(words);
  const { keypairFromMnemonic } = await import('@somakit/crypto/mnemonic');
  return keypairFromMnemonic(words.replace(/\s+/g, ' '), { path: derivationPath });
};

interface ImportFlags extends KeyringOptions {
  readonly file?: string;
  readonly keyCommand?: string;
  readonly alias?: string;
  readonly derivationPath?: string;
  readonly switch?: boolean;
  readonly encrypt?: boolean;
}

export const importOptions = (command: Command): Command =>
  walletOptions(command)
    .option('--file <file>', 'where it is (- is standard input)')
    .option('--key-command <command>', 'a command that prints it')
    .option('--alias <name>', 'its name (default: an adjective and a stone)')
    .option('--derivation-path <path>', "of a recovery phrase (default: m/44'/784'/0'/0'/0')")
    .option('--switch', 'make it the active one')
    .option('--encrypt', 'a new wallet: encrypt its keystore');

export const importKey = async (cli: Cli, flags: ImportFlags): Promise<void> => {
  const keypair = await readKey(cli, flags, flags.derivationPath);
  const { alias, switch: activate } = flags;
  const { key, active } = await addToKeyring(cli, flags, { keypair, alias, activate });
  if (cli.out.json) return cli.out.object('wallet.key/1', keyJson({ ...key, active }));
  await cli.out.fields([
    ['Alias', key.alias],
    ['Address', key.address],
  ]);
};

export const exportKey = async (
  cli: Cli,
  flags: KeyringOptions & { readonly output?: string },
  identity: string | undefined,
): Promise<void> => {
  const { keystore, activeAddress } = await openKeyring(cli, flags);
  const account = identity ?? activeAddress;
  if (account === undefined) throw usageError(`Whose key of ${keystore.path}?`, 'Give its alias or address.');
  const { alias, address } = keystore.entry(account);
  if (flags.output !== undefined) {
    await writeSecret(flags.output, `${keystore.export(address)}\n`);
    return keyChanged(cli, 'export', { alias, address }, `The key of ${alias} is in ${flags.output}.`, {
      file: flags.output,
    });
  }
  if (cli.out.json) {
    throw usageError('No private key goes into JSON.', 'Give --output: it is written there, readable for you alone.');
  }
  cli.out.note(`The private key of ${alias} (${address}). Whoever has it has the account.`);
  cli.out.line(keystore.export(address));
};

const buildSafety = (group: Command, cli: Cli): void => {
  walletOptions(group.command('encrypt'))
    .description('encrypt the keystore with a password; the official program cannot read it then')
    .addHelpText(
      'after',
      `
The password comes from the terminal, SOMAKIT_PASSWORD, --password-file or --password-command.

Examples:
  somakit wallet encrypt
  somakit wallet encrypt --password-command 'pass show soma'`,
    )
    .action(async (flags: WalletOptions) => {
      const wallet = await needWallet(cli, flags);
      const { keystore } = wallet;
      if (keystore.encrypted) throw usageError(`${keystore.path} is encrypted already.`, 'somakit wallet decrypt.');
      await keystore.saveAs(keystore.path, { password: await newPassword(cli, flags), overwrite: true });
      if (cli.out.json) cli.out.object('wallet.keystore/1', { file: keystore.path, encrypted: true });
      else cli.out.line(`${keystore.path} is encrypted. Without the password its keys are gone.`);
    });

  yesOption(dryRunOption(walletOptions(group.command('decrypt'))))
    .description('write the keystore in the official form again, readable with your account on this machine')
    .addHelpText('after', '\nExample:\n  somakit wallet decrypt --yes')
    .action(async (flags: WalletOptions & WriteOptions) => {
      const wallet = await needWallet(cli, flags);
      const { keystore } = wallet;
      if (!keystore.encrypted) throw usageError(`${keystore.path} is not encrypted.`);
      const may = await confirmWrite(cli, flags, {
        action: 'wallet.decrypt',
        lines: [`Writes the keys of ${keystore.path} in plain text, mode 0600.`],
        question: 'Decrypt the keystore?',
        plan: { file: keystore.path },
      });
      if (!may) return;
      await keystore.saveAs(keystore.path, { overwrite: true });
      if (cli.out.json) cli.out.object('wallet.keystore/1', { file: keystore.path, encrypted: false });
      else cli.out.line(`${keystore.path} is in the official form again.`);
    });
};

export const build = (group: Command, cli: Cli): void => {
  keyOptions(group.command('active').option('--config <file>', CONFIG_HELP))
    .description('show the account that commands act for')
    .option('--from <account>', 'address or alias')
    .addHelpText('after', '\nExamples:\n  somakit wallet active\n  somakit wallet active --json')
    .action(async (flags: WalletOptions & { from?: string }) => {
      const given = await givenKey(cli, flags);
      const wallet = await findWallet(cli, flags, { locked: true });
      const named = flags.from === undefined ? undefined : wallet?.resolve(flags.from);
      const address = named ?? given?.address ?? wallet?.activeAddress;
      if (address === undefined) throw noAccount(wallet);
      const key = wallet?.keys.find((each) => each.address === address);
      const row = { alias: key?.alias, address, publicKey: key?.publicKey, source: key?.source ?? 'given' };
      if (cli.out.json) return cli.out.object('wallet.key/1', keyJson({ ...row, active: true }));
      cli.out.line(row.alias === undefined ? address : `${row.alias} ${address}`);
    });

  walletOptions(group.command('list'))
    .description('list the keys; * is the active one')
    .option('-s, --sort-by-alias', 'by alias instead of by address')
    .addHelpText('after', '\nExamples:\n  somakit wallet list\n  somakit wallet list --json')
    .action((flags: WalletOptions & { sortByAlias?: boolean }) => listKeys(cli, flags));

  buildNew(group, cli);

  walletOptions(group.command('switch'))
    .description('make another key the active one')
    .argument('<account>', 'address or alias')
    .addHelpText('after', '\nExample:\n  somakit wallet switch savings')
    .action(async (account: string, flags: WalletOptions) => {
      const wallet = await needWallet(cli, flags);
      const address = await wallet.switchAddress(account);
      const { alias } = wallet.keystore.entry(address);
      keyChanged(cli, 'switch', { alias, address }, `${alias} (${address}) is active.`);
    });

  yesOption(dryRunOption(walletOptions(group.command('remove'))))
    .description('remove a key from the keystore for ever')
    .argument('<account>', 'address or alias')
    .addHelpText('after', '\nExamples:\n  somakit wallet remove savings\n  somakit wallet remove savings --dry-run')
    .action(async (account: string, flags: WalletOptions & WriteOptions) => {
      const wallet = await needWallet(cli, flags);
      const { alias, address } = wallet.keystore.entry(account);
      const may = await confirmWrite(cli, flags, {
        action: 'wallet.remove',
        lines: [
          `Removes the key of ${alias} (${address}) from ${wallet.keystore.path}.`,
          'Without its recovery phrase or a copy of the key (somakit wallet export) what it owns is lost.',
        ],
        question: `Remove ${alias}?`,
        plan: { alias, address },
      });
      if (!may) return;
      await wallet.removeKey(address);
      keyChanged(cli, 'remove', { alias, address }, `Removed ${alias} (${address}).`);
    });

  walletOptions(group.command('export'))
    .description('print the private key of an account, or write it to a new file')
    .argument('[account]', 'address or alias (default: the active one)')
    .option('-o, --output <file>', 'write it to this new file, readable for you alone')
    .addHelpText('after', '\nExamples:\n  somakit wallet export\n  somakit wallet export savings -o savings.key')
    .action((account: string | undefined, flags: WalletOptions & { output?: string }) =>
      exportKey(cli, flags, account),
    );

  importOptions(group.command('import'))
    .description('add a private key (somaprivkey1..., hex, Base64) or the key of a recovery phrase')
    .allowExcessArguments()
    .addHelpText(
      'after',
      `
Without --file and --key-command it is asked for, or read from standard input. It is never taken from the command line,
where history and process lists show it.

Examples:
  somakit wallet import --alias savings
  somakit wallet import --file old.key --switch
  somakit wallet import --key-command 'pass show soma/key'`,
    )
    .action((flags: ImportFlags, command: Command) => {
      refuseSecret(command);
      return importKey(cli, flags);
    });

  buildSafety(group, cli);
};

/** A secret on the command line is in the history now: the error says so, and not what it is. */
export const refuseSecret = ({ args }: Command, allowed = 0): void => {
  if (args.length <= allowed) return;
  throw usageError(
    'No private key or recovery phrase is taken from the command line: history and process lists show it.',
    'Give it by --file, --key-command or standard input; and take the line out of your history.',
  );
};
