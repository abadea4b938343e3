import { isError, parseDigest } from '@somakit/core';
import type { Signer } from '@somakit/crypto';
import type { WriteResult } from '@somakit/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { list } from '../options.js';
import { bytesOf } from '../soma/keys.js';
import { forgetPending, listPending, readPending } from '../soma/pending.js';
import {
  type NetworkOptions,
  networkOptions,
  type SomaSession,
  type WriteOptions,
  withSession,
  writeOptions,
} from '../soma/session.js';
import { decodedJson, decodeTransaction, showDecoded } from '../soma/signed-bytes.js';
import { showTransaction, transactionJson } from '../soma/transaction-view.js';
import { somaWrite } from '../soma/write.js';

const buildInfo = (group: Command, cli: Cli): void => {
  networkOptions(group.command('info'))
    .description('show a transaction that is in the chain')
    .argument('<digest>')
    .addHelpText('after', '\nExample:\n  somakit tx info 5Gg… --json')
    .action(async (digest: string, flags: NetworkOptions) => {
      await withSession(cli, flags, {}, async ({ client }) => {
        const found = await client.getTransaction({ digest: parseDigest(digest), signal: cli.signal });
        if (cli.out.json) cli.out.object('transaction-info/1', transactionJson(found));
        else await showTransaction(cli.out, found);
      });
    });
};

/** Shows what bytes would do, asks, and sends them as they are. */
const sendBytes = async (
  cli: Cli,
  session: SomaSession,
  flags: WriteOptions,
  action: string,
  signedBytes: Uint8Array,
): Promise<void> => {
  const { client } = session;
  const { parsed } = await decodeTransaction(signedBytes, undefined);
  const { simulateOf } = await import('../soma/simulate.js');
  await somaWrite(cli, session, flags, {
    action,
    lines: [parsed.summary, `From: ${parsed.sender}`, ...parsed.warnings.map((each) => `Warning: ${each}`)],
    question: 'Send it?',
    send: ({ dryRun, signal, onSigned }) => {
      if (dryRun) return simulateOf(client, parsed, signal);
      onSigned?.({ digest: parsed.digest, transaction: signedBytes });
      return client.resume({ transaction: signedBytes, signal });
    },
  });
};

interface SignedFlags extends WriteOptions {
  readonly txBytes: string;
  readonly signatures: readonly string[];
}

const buildExecute = (group: Command, cli: Cli): void => {
  writeOptions(group.command('execute-serialized'))
    .description('sign a transaction that was built elsewhere, and send it')
    .argument('<tx-bytes>', 'TransactionData in Base64, @file for a file')
    .addHelpText('after', '\nExample:\n  somakit tx execute-serialized @tx')
    .action(async (text: string, flags: WriteOptions) => {
      const bytes = await bytesOf('tx-bytes', text);
      const { signTransaction } = await import('@somakit/sdk/transactions');
      const { parsed } = await decodeTransaction(bytes, undefined);
      // The sender of the bytes signs, whoever is active.
      await withSession(cli, { ...flags, from: flags.from ?? parsed.sender }, { signer: true }, async (session) => {
        const { client } = session;
        const { simulateOf } = await import('../soma/simulate.js');
        await somaWrite(cli, session, flags, {
          action: 'tx execute-serialized',
          lines: [parsed.summary, `From: ${parsed.sender}`, ...parsed.warnings.map((each) => `Warning: ${each}`)],
          question: 'Sign and send it?',
          send: async ({ dryRun, signal, signer, onSigned }): Promise<WriteResult> => {
            if (dryRun) return simulateOf(client, parsed, signal);
            const signed = await signTransaction(parsed.bytes, signer ?? (session.signer as Signer));
            onSigned?.({ digest: signed.digest, transaction: signed.signedBytes });
            return client.resume({ transaction: signed.signedBytes, signal });
          },
        });
      });
    });

  writeOptions(group.command('execute-signed'), { offline: false })
    .description('send a transaction with signatures that were made elsewhere')
    .requiredOption('--tx-bytes <base64>', 'TransactionData, @file for a file')
    .requiredOption('--signatures <base64>', 'a signature, @file for a file; may come several times', list, [])
    .addHelpText('after', '\nExample:\n  somakit tx execute-signed --tx-bytes @tx --signatures AAE…')
    .action(async (flags: SignedFlags) => {
      const { attachSignature, readTransaction } = await import('@somakit/sdk/transactions');
      const transaction = readTransaction(await bytesOf('tx-bytes', flags.txBytes));
      const signatures = await Promise.all(flags.signatures.map((each) => bytesOf('signatures', each)));
      const [signature, ...more] = signatures;
      if (signature === undefined || more.length > 0) {
        throw usageError(
          'A transaction takes one signature, its sender’s.',
          'Signatures of several members: somakit multisig combine.',
        );
      }
      const { signedBytes } = attachSignature(transaction, signature);
      await withSession(cli, { ...flags, from: transaction.sender }, {}, (session) =>
        sendBytes(cli, session, flags, 'tx execute-signed', signedBytes),
      );
    });

  writeOptions(group.command('execute-combined-signed'), { offline: false })
    .description('send a signed transaction as --serialize-signed-transaction prints it')
    .requiredOption('--signed-tx-bytes <base64>', 'the signed transaction, @file for a file')
    .addHelpText('after', '\nExample:\n  somakit tx execute-combined-signed --signed-tx-bytes @signed')
    .action(async (flags: WriteOptions & { signedTxBytes: string }) => {
      const bytes = await bytesOf('signed-tx-bytes', flags.signedTxBytes);
      const { decodeSignedTransaction } = await import('@somakit/sdk/transactions');
      const { sender } = decodeSignedTransaction(bytes);
      await withSession(cli, { ...flags, from: sender }, {}, (session) =>
        sendBytes(cli, session, flags, 'tx execute-combined-signed', bytes),
      );
    });
};

const buildResume = (group: Command, cli: Cli): void => {
  networkOptions(group.command('resume'))
    .description('find out what became of transactions whose answer was lost, and end them')
    .argument('[digest]', 'which one (default: all that are written down)')
    .addHelpText(
      'after',
      `
The identical bytes are sent again where the chain does not have them: it executes them once, however often they come.

Examples:
  somakit tx resume
  somakit tx resume 5Gg…`,
    )
    .action(async (digest: string | undefined, flags: NetworkOptions) => {
      const found = digest === undefined ? listPending() : [readPending(digest)];
      if (found.length === 0) return cli.out.note('Nothing is waiting for an answer.');
      for (const pending of found) {
        if (pending === undefined) {
          throw usageError(`Nothing is known of ${digest} here.`, 'somakit tx info looks it up in the chain.');
        }
        const rpc = flags.rpc ?? (flags.env === undefined ? pending.rpc : undefined);
        const network = { ...flags, ...(rpc === undefined ? {} : { rpc }) };
        await withSession(cli, network, {}, async ({ client }) => {
          try {
            const result = await client.resume({ transaction: pending.transaction, signal: cli.signal });
            const shown = { action: pending.action, dry_run: false, ...transactionJson(result) };
            if (cli.out.json) cli.out.object('transaction/1', { ...shown, bond: result.bond, net: result.net });
            else await showTransaction(cli.out, result);
          } catch (error) {
            if (isError(error, 'TRANSACTION_FAILED') || isError(error, 'TRANSACTION_REFUSED')) {
              forgetPending(pending.digest);
            }
            throw error;
          }
          forgetPending(pending.digest);
        });
      }
    });
};

export const build = (group: Command, cli: Cli): void => {
  buildInfo(group, cli);
  group
    .command('decode')
    .description('show what a transaction, signed or not, would do')
    .argument('<tx-bytes>', 'Base64, @file for a file')
    .addHelpText('after', '\nExample:\n  somakit tx decode @tx')
    .action(async (text: string) => {
      const decoded = await decodeTransaction(await bytesOf('tx-bytes', text), undefined);
      if (cli.out.json) cli.out.object('transaction-data/1', await decodedJson(decoded));
      else await showDecoded(cli, decoded);
      if (decoded.verified?.ok === false) cli.exitWith(5);
    });
  buildExecute(group, cli);
  buildResume(group, cli);
};
