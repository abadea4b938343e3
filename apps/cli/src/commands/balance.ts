import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { somaText } from '../soma/format.js';
import { accountOptions, type NetworkOptions, withSession } from '../soma/session.js';

interface CoinRow {
  readonly objectId: string;
  readonly balance: bigint;
}

export const build = (group: Command, cli: Cli): void => {
  accountOptions(group)
    .argument('[account]', 'address or alias (default: the active one)')
    .option('--with-coins', 'list the coins too')
    .addHelpText(
      'after',
      '\nExamples:\n  somakit balance\n  somakit balance savings --with-coins\n  somakit balance 0x… --env testnet --json',
    )
    .action(async (account: string | undefined, flags: NetworkOptions & { withCoins?: boolean }) => {
      await withSession(cli, flags, {}, async (session) => {
        const { client } = session;
        const address = account === undefined ? session.address : session.resolve(account);
        const coins: CoinRow[] = [];
        const call = { signal: cli.signal };
        const total = await client.getBalance({ address, ...call });
        if (flags.withCoins) {
          for await (const object of client.ownedObjects({ owner: address, objectType: 'Coin', ...call })) {
            const { objectId, contents } = object;
            if (contents.kind === 'Coin') coins.push({ objectId, balance: contents.balance });
          }
          coins.sort((a, b) => (a.balance < b.balance ? 1 : -1));
        }
        if (cli.out.json) {
          const listed = coins.map(({ objectId, balance }) => ({ object_id: objectId, balance }));
          cli.out.object('balance/1', { address, balance: total, ...(flags.withCoins ? { coins: listed } : {}) });
          return;
        }
        await cli.out.fields([
          ['Address', address],
          ['Balance', `${somaText(total)} (${total} shannons)`],
          ...(flags.withCoins ? ([['Coins', String(coins.length)]] as const) : []),
        ]);
        if (!flags.withCoins) return;
        cli.out.line('');
        await cli.out.table(
          [
            { title: 'Coin', cell: ({ objectId }) => objectId },
            { title: 'Balance', cell: ({ balance }) => somaText(balance), right: true },
          ],
          coins,
          'There are no coins.',
        );
      });
    });
};
