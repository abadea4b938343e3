import { isError } from '@somakit/core';
import type { SomaClient } from '@somakit/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { positive } from '../options.js';
import { somaText } from '../soma/format.js';
import { accountOptions, type NetworkOptions, networkOptions, type SomaSession, withSession } from '../soma/session.js';
import { spanText, timeText } from '../soma/windows.js';

const epochOf = async (client: SomaClient, signal: AbortSignal) => {
  const [clock, info] = await Promise.all([client.getEpochClock({ signal }), client.rpc.getServiceInfo({ signal })]);
  const durationMs = (await client.chain.epochState({ signal })).parameters.epochDurationMs;
  return { clock, info, durationMs };
};

type EpochView = Awaited<ReturnType<typeof epochOf>>;

const epochJson = ({ clock, durationMs, info }: EpochView): object => ({
  epoch: clock.epoch,
  start_ms: clock.nextEpochAtMs - durationMs,
  duration_ms: durationMs,
  next_epoch_ms: clock.nextEpochAtMs,
  remaining_ms: clock.remainingMs,
  checkpoint: info.checkpointHeight,
});

const nextText = ({ clock }: EpochView): string =>
  clock.due ? 'any moment' : `in ${spanText(clock.remainingMs)} (${timeText(clock.nextEpochAtMs)})`;

const showEpoch = (cli: Cli, view: EpochView): Promise<void> => {
  const { clock, durationMs, info } = view;
  return cli.out.fields([
    ['Epoch', String(clock.epoch)],
    ['Began', timeText(clock.nextEpochAtMs - durationMs)],
    ['Length', spanText(durationMs)],
    ['Next epoch', nextText(view)],
    ['Checkpoint', String(info.checkpointHeight)],
  ]);
};

interface EpochFlags extends NetworkOptions {
  readonly watch?: boolean;
  readonly interval: number;
}

/** Prints when the epoch changes, and on a terminal how long it takes until then. */
const watchEpoch = async (cli: Cli, client: SomaClient, seconds: number, first: EpochView): Promise<void> => {
  const { sleep } = await import('@somakit/core');
  let view = first;
  for (;;) {
    if (!cli.out.json) cli.out.status(`epoch ${view.clock.epoch}; next ${nextText(view)}`);
    await sleep(seconds * 1000, { signal: cli.signal });
    try {
      const now = await epochOf(client, cli.signal);
      if (now.clock.epoch !== view.clock.epoch) {
        cli.out.endProgress();
        if (cli.out.json) cli.out.object('epoch/1', epochJson(now));
        else cli.out.line(`${timeText(BigInt(Date.now()))} epoch ${now.clock.epoch}`);
      }
      view = now;
    } catch (error) {
      // A node that is away for a while is no reason to end a watch.
      if (!isError(error) || !error.retryable || cli.signal.aborted) throw error;
      cli.out.note(error.message);
    }
  }
};

export const buildEpoch = (group: Command, cli: Cli): void => {
  networkOptions(group)
    .option('--watch', 'go on, and tell of each new epoch')
    .option('--interval <seconds>', 'how often to ask with --watch', positive, 2)
    .addHelpText('after', '\nExamples:\n  somakit epoch\n  somakit epoch --watch --json')
    .action(async (flags: EpochFlags) => {
      await withSession(cli, flags, {}, async ({ client }) => {
        const view = await epochOf(client, cli.signal);
        if (cli.out.json) cli.out.object('epoch/1', epochJson(view));
        else await showEpoch(cli, view);
        if (flags.watch) await watchEpoch(cli, client, flags.interval, view);
      });
    });
};

const addressOf = (session: SomaSession): string | undefined => {
  try {
    return session.address;
  } catch {
    return undefined;
  }
};

export const buildStatus = (group: Command, cli: Cli): void => {
  accountOptions(group)
    .addHelpText(
      'after',
      '\nThe status is 4 when the node does not answer; what is known is printed all the same.\n\nExamples:\n  somakit status\n  somakit status --env testnet --json',
    )
    .action(async (flags: NetworkOptions) => {
      await withSession(cli, flags, {}, async (session) => {
        const { client, environment } = session;
        const { signal } = cli;
        const address = addressOf(session);
        let problem: string | undefined;
        const tolerated = async <T>(read: Promise<T>): Promise<T | undefined> => {
          try {
            return await read;
          } catch (error) {
            if (!isError(error) || signal.aborted) throw error;
            problem ??= error.message;
            return undefined;
          }
        };
        const [view, state, balance, stakes] = await Promise.all([
          tolerated(epochOf(client, signal)),
          tolerated(client.chain.epochState({ signal })),
          address === undefined ? undefined : tolerated(client.getBalance({ address, signal })),
          address === undefined ? undefined : tolerated(client.getStakes({ owner: address, signal })),
        ]);
        const staked = stakes?.reduce((sum, { value }) => sum + value, 0n);
        if (problem !== undefined) cli.exitWith(4);
        if (cli.out.json) {
          const known = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value });
          return cli.out.object('status/1', {
            network: environment.alias,
            rpc_url: environment.rpc,
            server_reachable: view !== undefined,
            ...known('problem', problem),
            ...known('server_version', view?.info.server),
            ...known('chain', view?.info.chain),
            ...known('chain_id', view?.info.chainId),
            ...(view === undefined ? {} : epochJson(view)),
            ...known('protocol_version', state?.protocolVersion),
            ...known('active_address', address),
            ...known('balance', balance),
            ...known('staked', staked),
          });
        }
        const line = (title: string, value: string | undefined) =>
          value === undefined ? [] : ([[title, value]] as const);
        await cli.out.fields([
          ['Network', environment.alias],
          ['Node', environment.rpc],
          ...line('Server', view?.info.server),
          ...line('Chain', view === undefined ? undefined : `${view.info.chainId} (${view.info.chain})`),
          ...line('Epoch', view === undefined ? undefined : `${view.clock.epoch}; next ${nextText(view)}`),
          ...line('Protocol', state === undefined ? undefined : `version ${state.protocolVersion}`),
          ['Account', address ?? 'none; somakit wallet new makes one'],
          ...line('Balance', balance === undefined ? undefined : somaText(balance)),
          ...line('Staked', staked === undefined || staked === 0n ? undefined : somaText(staked)),
        ]);
        if (problem !== undefined) cli.out.note(`The node is not well: ${problem}`);
      });
    });
};

export const buildFaucet = (group: Command, cli: Cli): void => {
  accountOptions(group)
    .option('--address <account>', 'who gets it (default: the active account)')
    .option('--url <url>', 'the faucet (default: that of the network)')
    .addHelpText('after', '\nExamples:\n  somakit faucet\n  somakit faucet --address 0x… --json')
    .action(async (flags: NetworkOptions & { address?: string; url?: string }) => {
      const services = flags.url === undefined ? {} : { faucetUrl: flags.url };
      await withSession(cli, { ...flags, ...services }, {}, async (session) => {
        const address = flags.address === undefined ? session.address : session.resolve(flags.address);
        const { coinsSent } = await session.client.requestFaucet({ address, signal: cli.signal });
        if (cli.out.json) {
          return cli.out.object('faucet/1', {
            address,
            coins: coinsSent.map(({ amount, id, transferTxDigest }) => ({
              object_id: id,
              amount,
              digest: transferTxDigest,
            })),
          });
        }
        const total = coinsSent.reduce((sum, { amount }) => sum + amount, 0n);
        cli.out.line(`${address} got ${somaText(total)}.`);
        await cli.out.table(
          [
            { title: 'Coin', cell: ({ id }) => id },
            { title: 'Amount', cell: ({ amount }) => somaText(amount), right: true },
            { title: 'Transaction', cell: ({ transferTxDigest }) => transferTxDigest },
          ],
          coinsSent,
          'No coins came.',
        );
      });
    });
};
