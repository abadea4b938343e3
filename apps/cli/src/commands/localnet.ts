import { parseAddress } from '@somakit/core';
import type { LocalnetControl } from '@somakit/localnet/control';
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import type { StartFlags } from '../localnet/start.js';
import { count, positive, seconds, someSoma } from '../options.js';
import { short, somaText } from '../soma/format.js';
import { relativeTime } from '../text.js';

interface AdminFlags {
  readonly adminUrl?: string;
  readonly timeout?: number;
}

const ADMIN_URL = 'http://127.0.0.1:9125';

const adminOptions = (command: Command): Command =>
  command
    .option('--admin-url <url>', `admin port of the network (default: ${ADMIN_URL})`)
    .option('--timeout <seconds>', 'limit of the call', positive);

const connect = async (cli: Cli, { adminUrl = ADMIN_URL, timeout }: AdminFlags) => {
  const { createLocalnetControl } = await import('@somakit/localnet/control');
  const control: LocalnetControl = createLocalnetControl({ adminUrl });
  return { control, call: { signal: cli.signal, ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }) } };
};

/** An amount with a default, which help would not know how to write. */
const somaOption = (flags: string, description: string, initial: string): Option =>
  new Option(flags, description).argParser(someSoma).default(someSoma(initial), initial);

const hidden = (flags: string, read: (text: string) => number): Option => new Option(flags).argParser(read).hideHelp();

/** What the official `start localnet` calls by other names. */
interface OfficialFlags {
  readonly fullnodeRpcPort?: number;
  readonly committeeSize?: number;
  readonly epochDurationMs?: number;
  readonly forceRegenesis?: boolean;
}

const withOfficialFlags = (given: StartFlags & OfficialFlags): StartFlags => {
  const { fullnodeRpcPort, committeeSize, epochDurationMs, forceRegenesis, ...flags } = given;
  if (forceRegenesis && flags.dataDir !== undefined) throw usageError('Only one of --force-regenesis and --data-dir.');
  return {
    ...flags,
    ...(fullnodeRpcPort === undefined ? {} : { rpcPort: fullnodeRpcPort }),
    ...(committeeSize === undefined ? {} : { validators: committeeSize }),
    ...(epochDurationMs === undefined ? {} : { epochDuration: epochDurationMs / 1000 }),
  };
};

const buildStart = (group: Command, cli: Cli): void => {
  group
    .command('start')
    .description('run a network on this machine, with models, open targets and scoring; Ctrl-C stops it')
    .option('--rpc-port <port>', 'port of the node (0: a free one)', count, 9000)
    .option('--faucet-port <port>', 'port of the faucet', count, 9123)
    .option('--scoring-port <port>', 'port of scoring', count, 9124)
    .option('--admin-port <port>', 'port that advance, snapshot, revert and fund talk to', count, 9125)
    .option('--data-port <port>', 'port that serves the weights of the models', count, 9126)
    .option('--free-ports', 'take free ports instead; --json tells which')
    .option('--host <address>', 'address to listen on; not the default opens everything to others', '127.0.0.1')
    .option('--data-dir <folder>', 'keep the network in this folder and go on from it (default: in memory)')
    .option('--epoch-duration <span>', 'length of an epoch: 60s, 10m (default: 1d)', seconds)
    .option('--validators <n>', 'how many simulated validators', positive, 1)
    .option('--accounts <n>', 'how many funded accounts', count, 5)
    .option('--models <n>', 'how many small models that are active from the start', count, 3)
    .addOption(new Option('--small-model', 'embeddings of 16 values and small models (the default)').conflicts('full'))
    .option('--full', 'embeddings of 2048 values and the network’s own model size; no models from the start')
    .option('--no-scoring', 'no scoring on the scoring port')
    .option('--device <name>', 'device of scoring: auto, cpu, cuda or webgpu', 'cpu')
    .option('--no-faucet', 'no faucet')
    .addOption(somaOption('--faucet-amount <soma>', 'SOMA that the faucet gives', '2'))
    .option('--update-config', 'set the environment localnet of client.yaml to this network')
    .option('--config <file>', 'client.yaml (default: in SOMA_CONFIG_DIR, else ~/.soma/soma_config)')
    .addOption(hidden('--fullnode-rpc-port <port>', count))
    .addOption(hidden('--committee-size <n>', positive))
    .addOption(hidden('--epoch-duration-ms <ms>', positive))
    .addOption(new Option('--force-regenesis').hideHelp())
    .addHelpText(
      'after',
      `
With --json a line tells when it is ready, one more each checkpoint.

Examples:
  somakit localnet start
  somakit localnet start --epoch-duration 60s --validators 4
  somakit localnet start --data-dir ./chain --update-config`,
    )
    .action(async (flags: StartFlags & OfficialFlags) => {
      const official = withOfficialFlags(flags);
      const { runLocalnet } = await import('../localnet/start.js');
      await runLocalnet(cli, official);
    });
};

export const build = (group: Command, cli: Cli): void => {
  buildStart(group, cli);

  adminOptions(group.command('status'))
    .description('show the network that runs on this machine')
    .addHelpText('after', '\nExample:\n  somakit localnet status --json')
    .action(async (flags: AdminFlags) => {
      const { control, call } = await connect(cli, flags);
      const found = await control.status(call);
      if (cli.out.json) {
        return cli.out.object('localnet.status/1', {
          chain_id: found.chainId,
          epoch: found.epoch,
          epoch_start_ms: found.epochStartMs,
          epoch_duration_ms: found.epochDurationMs,
          time_ms: found.timeMs,
          checkpoint: found.checkpoint,
          rpc_url: found.rpcUrl,
          faucet_url: found.faucetUrl,
          scoring_url: found.scoringUrl,
          admin_url: found.adminUrl,
          accounts: found.accounts,
          models: found.models,
        });
      }
      const ends = new Date(Number(found.epochStartMs + found.epochDurationMs));
      await cli.out.fields([
        ['Chain', found.chainId],
        ['Epoch', `${found.epoch}, ends ${relativeTime(ends, Number(found.timeMs))}`],
        ['Checkpoint', String(found.checkpoint)],
        ['Node', found.rpcUrl],
        ['Faucet', found.faucetUrl],
        ['Scoring', found.scoringUrl],
        ['Admin', found.adminUrl],
        ['Accounts', found.accounts.join('\n') || '-'],
        ['Models', found.models.join('\n') || '-'],
      ]);
    });

  adminOptions(group.command('advance'))
    .description('end the epoch, or several')
    .argument('[n]', 'how many', positive, 1)
    .option('--full-length', 'move the clock too, so that full emissions are paid')
    .addHelpText('after', '\nExample:\n  somakit localnet advance 2')
    .action(async (n: number, flags: AdminFlags & { fullLength?: boolean }) => {
      const { control, call } = await connect(cli, flags);
      const epoch = await control.advanceEpoch({ count: n, fullLength: flags.fullLength, ...call });
      if (cli.out.json) cli.out.object('localnet.epoch/1', { epoch });
      else cli.out.line(`Epoch ${epoch}.`);
    });

  adminOptions(group.command('snapshot'))
    .description('mark a point to come back to')
    .addHelpText('after', '\nExample:\n  somakit localnet snapshot')
    .action(async (flags: AdminFlags) => {
      const { control, call } = await connect(cli, flags);
      const { id, epoch, checkpoint } = await control.snapshot(call);
      if (cli.out.json) return cli.out.object('localnet.snapshot/1', { id, epoch, checkpoint });
      cli.out.line(`Snapshot ${id}: epoch ${epoch}, checkpoint ${checkpoint}.`);
      cli.out.note(`somakit localnet revert ${id} goes back to it.`);
    });

  adminOptions(group.command('revert'))
    .description('go back to a snapshot: state, checkpoints, epochs and clock; uses the snapshot up')
    .argument('<id>', 'number that snapshot gave', count)
    .addHelpText('after', '\nExample:\n  somakit localnet revert 0')
    .action(async (id: number, flags: AdminFlags) => {
      const { control, call } = await connect(cli, flags);
      const { epoch, checkpoint } = await control.revert({ id, ...call });
      if (cli.out.json) cli.out.object('localnet.revert/1', { id, epoch, checkpoint });
      else cli.out.line(`Back at epoch ${epoch}, checkpoint ${checkpoint}.`);
    });

  adminOptions(group.command('fund'))
    .description('give an account SOMA out of nothing but the faucet')
    .argument('[account]', 'address or alias (default: the active one)')
    .addOption(somaOption('--amount <soma>', 'how much', '100'))
    .option('--config <file>', 'client.yaml (default: in SOMA_CONFIG_DIR, else ~/.soma/soma_config)')
    .addHelpText('after', '\nExamples:\n  somakit localnet fund\n  somakit localnet fund 0x… --amount 1000')
    .action(async (account: string | undefined, flags: AdminFlags & { amount: bigint; config?: string }) => {
      const address = await addressOf(cli, account, flags.config);
      const { control, call } = await connect(cli, flags);
      const digest = await control.fund({ address, amount: flags.amount, ...call });
      if (cli.out.json) return cli.out.object('localnet.fund/1', { address, amount: flags.amount, digest });
      cli.out.line(`Sent ${somaText(flags.amount)} to ${short(address)}, digest ${digest}.`);
    });
};

const addressOf = async (cli: Cli, account: string | undefined, config: string | undefined) => {
  if (account !== undefined && /^(0x)?[0-9a-fA-F]{64}$/.test(account)) return parseAddress(account);
  const { needWallet } = await import('../soma/wallet.js');
  const wallet = await needWallet(cli, config === undefined ? {} : { config });
  const address = account === undefined ? wallet.activeAddress : wallet.resolve(account);
  if (address === undefined) throw usageError('There is no active account.', 'Name an address or an alias.');
  return address;
};
