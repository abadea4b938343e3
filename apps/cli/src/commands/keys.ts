import { toBase64 } from '@somakit/core';
import type { Keypair } from '@somakit/crypto';
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { choice } from '../options.js';
import { type KeyringOptions, openKeyring } from '../soma/keyring.js';
import { bytesOf, givenKey, type KeyOptions, keypairOf, textOf } from '../soma/keys.js';
import { checkMnemonicWay, showMnemonic, writeSecret } from '../soma/new-key.js';
import { decodedJson, decodeTransaction, showDecoded } from '../soma/signed-bytes.js';
import { type WalletOptions, walletOptions } from '../soma/wallet.js';
import { buildAddress, buildCombine, buildDecode } from './multisig.js';
import { exportKey, importKey, importOptions, keyChanged, listKeys, readKey, refuseSecret } from './wallet.js';

const WORDS: Readonly<Record<string, 12 | 15 | 18 | 21 | 24>> = {
  word12: 12,
  word15: 15,
  word18: 18,
  word21: 21,
  word24: 24,
};

const publicJson = async (keypair: Keypair) => {
  const { formatPublicKey } = await import('@somakit/crypto');
  return { address: keypair.address, public_key: formatPublicKey(keypair.publicKey), key_scheme: 'ed25519' };
};

const showKeyFile = async (cli: Cli, file: string, keypair: Keypair): Promise<void> => {
  const about = await publicJson(keypair);
  if (cli.out.json) return cli.out.object('key.file/1', { file, ...about });
  await cli.out.fields([
    ['File', file],
    ['Address', about.address],
    ['Public key', about.public_key],
  ]);
};

interface GenerateFlags {
  readonly mnemonicFile?: string;
  readonly output?: string;
}

const generateBls = async (cli: Cli, { output }: GenerateFlags): Promise<void> => {
  const { blsAddress, blsPublicKey, formatBlsPublicKey, formatBlsSecretKey, generateBlsSecretKey } = await import(
    '@somakit/crypto/bls'
  );
  const secret = generateBlsSecretKey();
  const publicKey = blsPublicKey(secret);
  const address = blsAddress(publicKey);
  const file = output ?? `bls-${address}.key`;
  await writeSecret(file, formatBlsSecretKey(secret));
  const about = { file, address, public_key: formatBlsPublicKey(publicKey), key_scheme: 'bls12381' };
  if (cli.out.json) return cli.out.object('key.file/1', about);
  await cli.out.fields([
    ['File', file],
    ['Public key', about.public_key],
  ]);
};

const buildGenerate = (group: Command, cli: Cli): void => {
  group
    .command('generate')
    .description('make a key in a key file, outside of the keystore')
    .argument('[scheme]', 'ed25519, or bls12381 for the protocol key of a validator', choice(['ed25519', 'bls12381']))
    .argument('[derivation-path]', "such as m/44'/784'/0'/0'/1'")
    .argument('[word-length]', 'word12, word15, word18, word21 or word24', choice(Object.keys(WORDS)))
    .option('-o, --output <file>', 'the key file (default: <address>.key)')
    .option('--mnemonic-file <file>', 'write the recovery phrase to this new file instead of the terminal')
    .addHelpText('after', '\nExamples:\n  somakit keys generate\n  somakit keys generate bls12381 -o protocol.key')
    .action(async (scheme = 'ed25519', path: string | undefined, length = 'word12', flags: GenerateFlags) => {
      if (scheme === 'bls12381') return generateBls(cli, flags);
      checkMnemonicWay(cli, flags.mnemonicFile);
      const { generateMnemonic, keypairFromMnemonic } = await import('@somakit/crypto/mnemonic');
      const mnemonic = generateMnemonic({ words: WORDS[length]! });
      const keypair = keypairFromMnemonic(mnemonic, { path });
      if (flags.mnemonicFile !== undefined) await writeSecret(flags.mnemonicFile, `${mnemonic}\n`);
      const file = flags.output ?? `${keypair.address}.key`;
      await writeSecret(file, keypair.toKeystoreEntry());
      await showKeyFile(cli, file, keypair);
      if (!cli.out.json) showMnemonic(cli, mnemonic, flags.mnemonicFile);
    });
};

interface SignFlags extends KeyringOptions, KeyOptions {
  readonly address?: string;
  readonly data: string;
  readonly intent?: string;
}

/** What the group's own options say. */
type Here = <T extends object>(flags: T) => T & KeyringOptions;

const buildSign = (group: Command, cli: Cli, here: Here): void => {
  walletOptions(group.command('sign'))
    .description('sign a transaction and send nothing')
    .option('--address <account>', 'address or alias of the signer (default: the active one)')
    .requiredOption('--data <base64>', 'the transaction (TransactionData), @file for a file')
    .addOption(new Option('--intent <hex>', 'another kind of value, as the hex digits of its intent').hideHelp())
    .option('--key-file <file>', 'the private key in this file instead of the keystore (- is standard input)')
    .option('--key-command <command>', 'the private key that this command prints')
    .addHelpText(
      'after',
      `
What it will sign is shown on stderr first.

Examples:
  somakit transfer --to 0x… --amount 1 --serialize-unsigned-transaction > tx
  somakit keys sign --data @tx --json`,
    )
    .action(async (given: SignFlags) => {
      const flags = here(given);
      const bytes = await bytesOf('data', flags.data);
      const { parseIntent, transactionDigest } = await import('@somakit/crypto');
      const direct = await givenKey(cli, flags);
      const intent = flags.intent === undefined ? undefined : parseIntent(flags.intent);
      const keypair = direct ?? (await keyOf(cli, flags));
      if (intent === undefined || intent.scope === 'TransactionData') {
        const { formatTransaction, parseTransaction } = await import('@somakit/sdk/transactions');
        for (const line of formatTransaction(parseTransaction(bytes)).split('\n')) cli.out.note(line);
      }
      const signature = toBase64(keypair.signTransaction(bytes, { intent }));
      if (!cli.out.json) return cli.out.line(signature);
      cli.out.object('key.signature/1', {
        address: keypair.address,
        raw_tx_data: toBase64(bytes),
        digest: transactionDigest(bytes),
        signature,
      });
    });
};

const keyOf = async (cli: Cli, { address, ...flags }: SignFlags): Promise<Keypair> => {
  const { keystore, activeAddress, resolve } = await openKeyring(cli, flags);
  const identity = address ?? activeAddress;
  if (identity === undefined) throw usageError('Whose key? Give --address.');
  return keystore.get(resolve(identity));
};

const buildDecodeOrVerify = (group: Command, cli: Cli): void => {
  group
    .command('decode-or-verify-tx')
    .description('show what a transaction would do, and whether a signature over it holds')
    .requiredOption('--tx-bytes <base64>', 'the transaction, @file for a file')
    .option('--sig <base64>', 'a signature over it')
    .addOption(new Option('--cur-epoch <epoch>').hideHelp())
    .addHelpText('after', '\nExample:\n  somakit keys decode-or-verify-tx --tx-bytes @tx --sig AAE…')
    .action(async ({ txBytes, sig }: { txBytes: string; sig?: string }) => {
      const bytes = await bytesOf('tx-bytes', txBytes);
      const signature = sig === undefined ? undefined : await bytesOf('sig', sig);
      const decoded = await decodeTransaction(bytes, signature);
      if (cli.out.json) cli.out.object('transaction-data/1', await decodedJson(decoded));
      else await showDecoded(cli, decoded);
      if (decoded.verified?.ok === false) cli.exitWith(5);
    });
};

export const build = (group: Command, cli: Cli): void => {
  group.option('--keystore-path <file>', 'a keystore by itself: no client.yaml is read; made by import');
  const here: Here = (flags) => ({ ...flags, ...group.opts<Pick<KeyringOptions, 'keystorePath'>>() });

  walletOptions(group.command('list'))
    .description('list the keys of the keystore')
    .option('-s, --sort-by-alias', 'by alias instead of by address')
    .addHelpText(
      'after',
      '\nExamples:\n  somakit keys list --json\n  somakit keys --keystore-path old/soma.keystore list',
    )
    .action((flags: WalletOptions & { sortByAlias?: boolean }) => listKeys(cli, here(flags)));

  buildGenerate(group, cli);

  importOptions(group.command('import'))
    .description('add a key to the keystore, as wallet import does')
    .allowExcessArguments()
    .addHelpText('after', '\nExample:\n  somakit keys import --file old.key --alias savings')
    .action((flags: WalletOptions, command: Command) => {
      refuseSecret(command);
      return importKey(cli, here(flags));
    });

  walletOptions(group.command('export'))
    .description('print the private key of an account, or write it to a new file')
    .option('--key-identity <account>', 'address or alias (default: the active one)')
    .option('-o, --output <file>', 'write it to this new file, readable for you alone')
    .addHelpText('after', '\nExample:\n  somakit keys export --key-identity savings -o savings.key')
    .action((flags: WalletOptions & { keyIdentity?: string; output?: string }) =>
      exportKey(cli, here(flags), flags.keyIdentity),
    );

  group
    .command('show')
    .description('show whose key a key file holds')
    .argument('<file>', 'account, network or worker key file (- is standard input)')
    .addHelpText('after', '\nExample:\n  somakit keys show account.key')
    .action(async (file: string) => showKeyFile(cli, file, keypairOf(await textOf(file))));

  group
    .command('load-keypair')
    .description('show the public key of a key file as account, network and worker key')
    .argument('<file>', 'key file (- is standard input)')
    .addHelpText('after', '\nExample:\n  somakit keys load-keypair network.key')
    .action(async (file: string) => showKeyFile(cli, file, keypairOf(await textOf(file))));

  group
    .command('unpack')
    .description('write a private key to a key file')
    .allowExcessArguments()
    .option('--file <file>', 'where the key is: Base64, Bech32 or hex (- is standard input)')
    .option('--key-command <command>', 'a command that prints it')
    .option('-o, --output <file>', 'the key file (default: <address>.key)')
    .addHelpText('after', '\nExample:\n  somakit keys unpack --file key.txt -o account.key')
    .action(async (flags: { file?: string; keyCommand?: string; output?: string }, command: Command) => {
      refuseSecret(command);
      const keypair = await readKey(cli, flags);
      const file = flags.output ?? `${keypair.address}.key`;
      await writeSecret(file, keypair.toKeystoreEntry());
      await showKeyFile(cli, file, keypair);
    });

  buildUpdateAlias(walletOptions(group.command('update-alias')), cli, here);
  buildSign(group, cli, here);
  buildDecodeOrVerify(group, cli);
  buildAddress(group.command('multi-sig-address'), cli);
  buildCombine(group.command('multi-sig-combine-partial-sig'), cli);
  buildDecode(group.command('decode-multi-sig'), cli);
};

/** `keys update-alias` and `alias set`. */
export const buildUpdateAlias = (command: Command, cli: Cli, here: Here = (flags) => flags): void => {
  command
    .description('give a key another alias')
    .argument('<account>', 'alias or address')
    .argument('[alias]', 'the new one (default: an adjective and a stone)')
    .addHelpText('after', '\nExample:\n  somakit alias set brave-opal savings')
    .action(async (account: string, alias: string | undefined, flags: WalletOptions) => {
      const keyring = await openKeyring(cli, here(flags));
      const before = keyring.keystore.entry(account).alias;
      const key = await keyring.renameKey(account, alias);
      keyChanged(cli, 'rename', key, `${before} is ${key.alias} now.`, { before });
    });
};
