import { invalidArgument } from '@somakit/core';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { soma, someSoma } from '../options.js';
import { somaText } from '../soma/format.js';
import { type WriteOptions, withSession, writeOptions } from '../soma/session.js';
import { somaWrite } from '../soma/write.js';

interface PayFlags extends WriteOptions {
  readonly recipients: readonly string[];
  readonly amounts: readonly bigint[];
}

const words = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

const amounts = (text: string, before: readonly bigint[] = []): readonly bigint[] => [...before, someSoma(text)];

export const build = (group: Command, cli: Cli): void => {
  writeOptions(group)
    .requiredOption('--recipients <account...>', 'who gets it: addresses or aliases', words)
    .requiredOption('--amounts <soma...>', 'how much each gets, in the same order', amounts)
    .addHelpText(
      'after',
      '\nExamples:\n  somakit pay --recipients 0x… savings --amounts 1.5 2\n  somakit pay --recipients 0x… --amounts 1 --dry-run',
    )
    .action(async (flags: PayFlags) => {
      if (flags.recipients.length !== flags.amounts.length) {
        throw invalidArgument(
          'amounts',
          `one for each of the ${flags.recipients.length} recipients`,
          flags.amounts.length,
        );
      }
      await withSession(cli, flags, { signer: true }, async (session) => {
        const recipients = flags.recipients.map((each) => session.resolve(each));
        const total = flags.amounts.reduce((sum, each) => sum + each, 0n);
        await somaWrite(cli, session, flags, {
          action: 'pay',
          lines: recipients.map((to, i) => `Pays ${somaText(flags.amounts[i]!)} to ${to}.`),
          question: `Pay ${somaText(total)} to ${recipients.length}?`,
          send: (options) => session.client.payCoins({ recipients, amounts: flags.amounts, ...options }),
        });
      });
    });
};

interface SplitFlags extends WriteOptions {
  readonly count: number;
  readonly each?: bigint;
}

const coins = (text: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 2) return number;
  throw new InvalidArgumentError('It must be 2 or more.');
};

export const buildMerge = (group: Command, cli: Cli): void => {
  writeOptions(group)
    .option('--leave-two', 'as the official program does it: two coins are left')
    .addHelpText(
      'after',
      '\nUp to 256 coins become one; run it again for more.\n\nExamples:\n  somakit merge-coins\n  somakit merge-coins --dry-run',
    )
    .action(async (flags: WriteOptions & { leaveTwo?: boolean }) => {
      await withSession(cli, flags, { signer: true }, async (session) => {
        await somaWrite(cli, session, flags, {
          action: 'merge-coins',
          lines: [`Merges the coins of ${session.address}.`],
          question: 'Merge the coins?',
          send: (options) => session.client.mergeCoins({ leaveTwo: flags.leaveTwo, ...options }),
        });
      });
    });
};

export const buildSplit = (group: Command, cli: Cli): void => {
  writeOptions(group)
    .requiredOption('--count <n>', 'how many coins there are to be', coins)
    .option('--each <soma>', 'SOMA in each (default: all that there is, divided)', soma)
    .addHelpText(
      'after',
      '\nAs many writes can be under way at a time as there are coins.\n\nExample:\n  somakit split --count 4 --each 2.5',
    )
    .action(async (flags: SplitFlags) => {
      await withSession(cli, flags, { signer: true }, async (session) => {
        const { count, each } = flags;
        await somaWrite(cli, session, flags, {
          action: 'split',
          lines: [`Splits into ${count} coins of ${each === undefined ? 'equal size' : somaText(each)}.`],
          question: `Split into ${count} coins?`,
          send: (options) => session.client.splitCoins({ count, each, ...options }),
        });
      });
    });
};
