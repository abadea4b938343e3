import type { WalletEnvironment } from '@somakit/sdk/node';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { confirmWrite, type WriteOptions } from '../confirm.js';
import { usageError } from '../errors.js';
import { dryRunOption, yesOption } from '../options.js';
import { textOf } from '../soma/keys.js';
import { type NetworkOptions, networkOptions, withSession } from '../soma/session.js';
import { needWallet, type Wallet, type WalletOptions, walletOptions } from '../soma/wallet.js';

const envJson = (each: WalletEnvironment, wallet: Wallet): object => ({
  alias: each.alias,
  rpc: each.rpc,
  basic_auth: each.basicAuth !== undefined,
  ...(each.chainId === undefined ? {} : { chain_id: each.chainId }),
  active: each.alias === wallet.activeEnvironment?.alias,
});

const showEnv = async (cli: Cli, wallet: Wallet, each: WalletEnvironment): Promise<void> => {
  if (cli.out.json) return cli.out.object('env/1', envJson(each, wallet));
  await cli.out.fields([
    ['Environment', each.alias],
    ['Node', each.rpc],
    ...(each.chainId === undefined ? [] : ([['Chain', each.chainId]] as const)),
  ]);
};

interface NewFlags extends WalletOptions {
  readonly alias: string;
  readonly rpc: string;
  readonly basicAuthFile?: string;
  readonly test: boolean;
  readonly switch?: boolean;
}

const buildNew = (group: Command, cli: Cli): void => {
  walletOptions(group.command('new'))
    .description('add an environment, once its node has answered')
    .requiredOption('--alias <name>', 'its name')
    .requiredOption('--rpc <url>', 'URL of its node')
    .option('--basic-auth-file <file>', 'a file with user:password for the node (- is standard input)')
    .option('--no-test', 'do not ask the node first')
    .option('--switch', 'make it the active one')
    .addHelpText('after', '\nExample:\n  somakit env new --alias office --rpc https://node.example:9000 --switch')
    .action(async (flags: NewFlags) => {
      const { alias, rpc } = flags;
      const wallet = await needWallet(cli, flags);
      const basicAuth =
        flags.basicAuthFile === undefined ? undefined : (await textOf(flags.basicAuthFile)).split(/\r?\n/, 1)[0];
      let chainId: string | undefined;
      if (flags.test) {
        const { createSomaClient } = await import('@somakit/sdk');
        if (!URL.canParse(rpc)) throw usageError(`${rpc} is no URL.`, 'Such as http://127.0.0.1:9000.');
        const headers =
          basicAuth === undefined ? undefined : { authorization: `Basic ${Buffer.from(basicAuth).toString('base64')}` };
        const client = createSomaClient({ rpcUrl: rpc, headers, retry: false, timeoutMs: 10_000 });
        try {
          chainId = await client.getChainId({ signal: cli.signal });
        } finally {
          client.close();
        }
      }
      const added = await wallet.addEnvironment({ alias, rpc, basicAuth, chainId });
      if (flags.switch) await wallet.switchEnvironment(alias);
      await showEnv(cli, wallet, added);
    });
};

export const build = (group: Command, cli: Cli): void => {
  walletOptions(group.command('active'))
    .description('show the environment that commands use')
    .addHelpText('after', '\nExample:\n  somakit env active --json')
    .action(async (flags: WalletOptions) => {
      const wallet = await needWallet(cli, flags);
      await showEnv(cli, wallet, wallet.environment());
    });

  walletOptions(group.command('list'))
    .description('list the environments; * is the active one')
    .addHelpText('after', '\nExample:\n  somakit env list --json')
    .action(async (flags: WalletOptions) => {
      const wallet = await needWallet(cli, flags);
      if (cli.out.json) {
        return wallet.environments.forEach((each) => void cli.out.object('env/1', envJson(each, wallet)));
      }
      await cli.out.table(
        [
          { title: '', cell: ({ alias }) => (alias === wallet.activeEnvironment?.alias ? '*' : '') },
          { title: 'Alias', cell: ({ alias }) => alias },
          { title: 'Node', cell: ({ rpc }) => rpc },
          { title: 'Chain', cell: ({ chainId }) => chainId ?? '-' },
        ],
        wallet.environments,
        'There are no environments.',
      );
    });

  buildNew(group, cli);

  walletOptions(group.command('switch'))
    .description('use another environment')
    .argument('<alias>')
    .addHelpText('after', '\nExample:\n  somakit env switch testnet')
    .action(async (alias: string, flags: WalletOptions) => {
      const wallet = await needWallet(cli, flags);
      await showEnv(cli, wallet, await wallet.switchEnvironment(alias));
    });

  yesOption(dryRunOption(walletOptions(group.command('remove'))))
    .description('remove an environment that is not the active one')
    .argument('<alias>')
    .addHelpText('after', '\nExample:\n  somakit env remove office --yes')
    .action(async (alias: string, flags: WalletOptions & WriteOptions) => {
      const wallet = await needWallet(cli, flags);
      const found = wallet.environment(alias);
      const may = await confirmWrite(cli, flags, {
        action: 'env.remove',
        lines: [`Removes ${alias} (${found.rpc}) from ${wallet.configFile}.`],
        question: `Remove ${alias}?`,
        plan: { alias, rpc: found.rpc },
      });
      if (!may) return;
      await wallet.removeEnvironment(alias);
      if (cli.out.json) cli.out.object('env.removed/1', { alias, rpc: found.rpc });
      else cli.out.line(`Removed ${alias}.`);
    });

  networkOptions(group.command('chain-id'))
    .description('ask the node which chain it is on, and keep the answer in client.yaml')
    .addHelpText('after', '\nExample:\n  somakit env chain-id --env testnet')
    .action(async (flags: NetworkOptions) => {
      await withSession(cli, flags, {}, async ({ client, wallet, environment }) => {
        const info = await client.rpc.getServiceInfo({ signal: cli.signal });
        const known = wallet?.environments.some(({ alias }) => alias === environment.alias);
        if (known) await wallet?.setChainId(environment.alias, info.chainId);
        if (cli.out.json) {
          return cli.out.object('env.chain/1', {
            chain_id: info.chainId,
            chain: info.chain,
            server_version: info.server,
          });
        }
        await cli.out.fields([
          ['Chain', `${info.chainId} (${info.chain})`],
          ['Server', info.server],
        ]);
      });
    });
};
