import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { list, someSoma } from '../options.js';
import { somaText } from '../soma/format.js';
import { type WriteOptions, withSession, writeOptions } from '../soma/session.js';
import { somaWrite } from '../soma/write.js';

interface TransferFlags extends WriteOptions {
  readonly to: string;
  readonly amount?: bigint;
  readonly objectId: readonly string[];
}

export const build = (group: Command, cli: Cli): void => {
  writeOptions(
    group
      .requiredOption('--to <account>', 'who gets it: address or alias')
      .option('--amount <soma>', 'how much, such as 1.5', someSoma)
      .option('--object, --object-id <id>', 'an object instead, whole; may come several times', list, []),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  somakit transfer --to 0x… --amount 1.5\n  somakit transfer --to savings --amount 1.5 --yes --json\n  somakit transfer --to 0x… --object 0x… --dry-run',
    )
    .action(async (flags: TransferFlags) => {
      const { amount, objectId: objectIds } = flags;
      if ((amount === undefined) === (objectIds.length === 0)) throw usageError('Give --amount or --object.');
      await withSession(cli, flags, { signer: true }, async (session) => {
        const recipient = session.resolve(flags.to);
        const what = amount === undefined ? objectIds.join(', ') : somaText(amount);
        await somaWrite(cli, session, flags, {
          action: 'transfer',
          lines: [`Sends ${what} from ${session.address} to ${recipient}.`],
          question: `Send ${what}?`,
          send: (options) =>
            amount === undefined
              ? session.client.transferObjects({ recipient, objectIds, ...options })
              : session.client.transferCoin({ recipient, amount, ...options }),
        });
      });
    });
};
