import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import type { Finding } from '../doctor/finding.js';
import { EXIT } from '../exit-codes.js';
import { accountOptions, type NetworkOptions } from '../soma/session.js';

const MARKS: Readonly<Record<Finding['status'], string>> = { ok: 'ok', warn: 'WARN', fail: 'FAIL', skip: '-' };

export const build = (group: Command, cli: Cli): void => {
  accountOptions(group)
    .addHelpText(
      'after',
      `
The exit status is 0 when nothing failed; warnings are no failure. Else it is that of the first failure.

Examples:
  somakit doctor
  somakit doctor --env testnet --json`,
    )
    .action(async (options: NetworkOptions) => {
      const [{ lookAtMachine }, { lookAtAccount }, { lookAtNetwork }] = await Promise.all([
        import('../doctor/machine.js'),
        import('../doctor/account.js'),
        import('../doctor/network.js'),
      ]);
      const machine = await lookAtMachine();
      const account = await lookAtAccount(cli, options);
      const network = await lookAtNetwork(cli, options, account);
      const findings = [...machine, ...account.findings, ...network];
      const failure = findings.find(({ status }) => status === 'fail');
      if (failure !== undefined) cli.exitWith(failure.exitCode ?? EXIT.error);
      if (cli.out.json) {
        for (const { check, status, message, hint } of findings) {
          cli.out.object('doctor.check/1', { check, status, message, ...(hint === undefined ? {} : { hint }) });
        }
        return;
      }
      await cli.out.table(
        [
          { title: 'Check', cell: ({ check }) => check },
          { title: '', cell: ({ status }) => MARKS[status] },
          { title: 'Found', cell: ({ message, hint }) => (hint === undefined ? message : `${message}\n  → ${hint}`) },
        ],
        findings,
        'Nothing was looked at.',
      );
      const count = (status: Finding['status'], noun: string) => {
        const { length } = findings.filter((each) => each.status === status);
        return `${length} ${noun}${length === 1 ? '' : 's'}`;
      };
      cli.out.note(`${count('fail', 'failure')}, ${count('warn', 'warning')}.`);
    });
};
