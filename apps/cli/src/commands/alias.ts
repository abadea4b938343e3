import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { needWallet, type WalletOptions, walletOptions } from '../soma/wallet.js';
import { buildUpdateAlias } from './keys.js';
import { keyJson, keyRows, listKeys } from './wallet.js';

export const build = (group: Command, cli: Cli): void => {
  walletOptions(group.command('list'))
    .description('list the aliases of the keys')
    .addHelpText('after', '\nExample:\n  somakit alias list')
    .action((flags: WalletOptions) => listKeys(cli, { ...flags, sortByAlias: true }));

  walletOptions(group.command('show'))
    .description('show the address of an alias, or the alias of an address')
    .argument('<account>', 'alias or address')
    .addHelpText('after', '\nExample:\n  somakit alias show savings')
    .action(async (account: string, flags: WalletOptions) => {
      const wallet = await needWallet(cli, flags);
      const { address } = wallet.keystore.entry(account);
      const row = keyRows(wallet, false).find((each) => each.address === address)!;
      if (cli.out.json) cli.out.object('wallet.key/1', keyJson(row));
      else cli.out.line(`${row.alias} ${row.address}`);
    });

  buildUpdateAlias(walletOptions(group.command('set').alias('update')), cli);
};
