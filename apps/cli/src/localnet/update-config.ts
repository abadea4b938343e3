import type { Cli } from '../cli.js';
import { needWallet } from '../soma/wallet.js';

/** Lets the environment `localnet` of client.yaml name this node. */
export const updateConfig = async (
  cli: Cli,
  options: { readonly config?: string | undefined },
  rpc: string,
): Promise<void> => {
  const wallet = await needWallet(cli, options.config === undefined ? {} : { config: options.config });
  const known = wallet.environments.find(({ alias }) => alias === 'localnet');
  if (known?.rpc === rpc) return cli.out.note(`localnet in ${wallet.configFile} is this network already.`);
  if (known === undefined) await wallet.addEnvironment({ alias: 'localnet', rpc });
  else {
    // An active environment cannot be removed.
    const active = wallet.activeEnvironment?.alias === 'localnet';
    const aside = `localnet-${process.pid}`;
    if (active) {
      await wallet.addEnvironment({ alias: aside, rpc });
      await wallet.switchEnvironment(aside);
    }
    await wallet.removeEnvironment('localnet');
    await wallet.addEnvironment({ alias: 'localnet', rpc });
    if (active) {
      await wallet.switchEnvironment('localnet');
      await wallet.removeEnvironment(aside);
    }
  }
  cli.out.note(`localnet in ${wallet.configFile} is ${rpc} now; somakit env switch localnet makes it the active one.`);
};
