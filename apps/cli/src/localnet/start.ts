import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfAborted } from '@somakit/core';
import type { Localnet, LocalnetScorer } from '@somakit/localnet';
import type { Device, Scorer } from '@somakit/scoring';
import type { Cli } from '../cli.js';
import { relativeTime } from '../text.js';
import type { Market } from './market.js';

/** What `somakit localnet start` was told. */
export interface StartFlags {
  readonly rpcPort: number;
  readonly faucetPort: number;
  readonly scoringPort: number;
  readonly adminPort: number;
  readonly dataPort: number;
  readonly freePorts?: boolean;
  readonly host: string;
  readonly dataDir?: string;
  /** Seconds. */
  readonly epochDuration?: number;
  readonly validators: number;
  readonly accounts: number;
  readonly models: number;
  readonly full?: boolean;
  readonly scoring: boolean;
  readonly device: string;
  readonly faucet: boolean;
  readonly faucetAmount: bigint;
  readonly updateConfig?: boolean;
  readonly config?: string;
}

/** Everything that runs, ended in the reverse order. */
const createEnds = () => {
  const ends: (() => unknown)[] = [];
  return {
    add: (end: () => unknown): void => void ends.push(end),
    run: async (): Promise<void> => {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
};

const openScorer = async (
  flags: StartFlags,
  onEnd: (end: () => unknown) => void,
): Promise<{ scorer: Scorer; port: LocalnetScorer }> => {
  const { createScorer, portScorer } = await import('@somakit/scoring');
  let cacheDir = flags.dataDir === undefined ? undefined : join(flags.dataDir, 'scoring-data');
  if (cacheDir === undefined) {
    const made = await mkdtemp(join(tmpdir(), 'somakit-localnet-'));
    onEnd(() => rm(made, { recursive: true, force: true }));
    cacheDir = made;
  }
  const scorer = await createScorer({
    config: flags.full ? 'v1' : 'small',
    device: flags.device as Device,
    cacheDir,
    // Everything is on this machine.
    urlPolicy: { allowPrivate: true },
  });
  onEnd(() => scorer.close());
  return { scorer, port: portScorer(scorer) };
};

const openNetwork = async (
  cli: Cli,
  flags: StartFlags,
  onEnd: (end: () => unknown) => void,
): Promise<{ network: Localnet; market: Market | undefined; scorer: Scorer | undefined }> => {
  const step = (text: string) => {
    throwIfAborted(cli.signal, 'localnet start');
    cli.out.note(text);
  };
  const port = (given: number) => (flags.freePorts ? 0 : given);
  const small = flags.full !== true;
  let market: Market | undefined;
  if (small && flags.models > 0) {
    step(`Makes ${flags.models} small models.`);
    const { openMarket } = await import('./market.js');
    const { models, host, dataDir } = flags;
    market = await openMarket({ models, host, dataDir, port: port(flags.dataPort) });
    onEnd(market.close);
  }
  let scoring: Awaited<ReturnType<typeof openScorer>> | undefined;
  if (flags.scoring) {
    step('Starts the scoring engine.');
    scoring = await openScorer(flags, onEnd);
  }
  step('Starts the network.');
  const { startLocalnet } = await import('@somakit/localnet');
  const network = await startLocalnet({
    ports: {
      rpc: port(flags.rpcPort),
      faucet: port(flags.faucetPort),
      scoring: port(flags.scoringPort),
      admin: port(flags.adminPort),
    },
    host: flags.host,
    smallModel: small,
    dataDir: flags.dataDir,
    epochDurationMs: flags.epochDuration === undefined ? undefined : flags.epochDuration * 1000,
    validators: flags.validators,
    accounts: flags.accounts,
    models: market?.models,
    scorer: scoring?.port,
    faucet: flags.faucet ? { amount: flags.faucetAmount } : false,
  });
  onEnd(() => network.stop());
  throwIfAborted(cli.signal, 'localnet start');
  return { network, market, scorer: scoring?.scorer };
};

const printReady = async (
  { out }: Cli,
  flags: StartFlags,
  { network, market, scorer }: Awaited<ReturnType<typeof openNetwork>>,
): Promise<void> => {
  if (out.json) {
    return out.object('localnet.ready/1', {
      rpc_url: network.rpcUrl,
      faucet_url: flags.faucet ? network.faucetUrl : null,
      scoring_url: scorer === undefined ? null : network.scoringUrl,
      admin_url: network.adminUrl,
      data_url: market?.url ?? null,
      chain_id: network.chainId,
      epoch: network.epoch(),
      small_model: flags.full !== true,
      models: network.modelIds,
      accounts: network.accounts.map(({ address }) => address),
      data_dir: flags.dataDir ?? null,
    });
  }
  const { epochStartTimestampMs, parameters } = network.ledger.systemState();
  const ends = new Date(Number(epochStartTimestampMs + parameters.epochDurationMs));
  await out.fields([
    ['Node', network.rpcUrl],
    ['Faucet', flags.faucet ? network.faucetUrl : 'none'],
    ['Scoring', scorer === undefined ? 'none' : `${network.scoringUrl} (${scorer.device})`],
    ['Admin', network.adminUrl],
    ['Models', market === undefined ? 'none' : `${network.modelIds.length}, weights at ${market.url}`],
    ['Chain', network.chainId],
    ['Epoch', `${network.epoch()}, ends ${relativeTime(ends, Number(network.time()))}`],
    ['Kept in', flags.dataDir ?? 'memory: gone at the end'],
  ]);
  out.note('Ready. Ctrl-C stops it. In another terminal: somakit localnet fund, somakit localnet advance.');
};

/** Prints what happens until somebody ends it. */
const follow = async (cli: Cli, network: Localnet): Promise<void> => {
  let { epoch } = network.head();
  for await (const { record, summary } of network.checkpoints({ signal: cli.signal })) {
    const { sequenceNumber: checkpoint, timestampMs } = summary;
    if (cli.out.json) {
      cli.out.object('localnet.checkpoint/1', {
        checkpoint,
        epoch: summary.epoch,
        timestamp_ms: timestampMs,
        transactions: record.transactions.map(({ transaction }) => transaction),
      });
      continue;
    }
    const time = new Date(Number(timestampMs)).toISOString().slice(11, 19);
    // The last checkpoint of an epoch still is of that epoch.
    const now = network.epoch();
    if (now !== epoch) cli.out.line(`${time}  epoch ${now}`);
    epoch = now;
    for (const { transaction } of record.transactions) cli.out.detail(`${time}  ${checkpoint}  ${transaction}`);
  }
};

/** Runs a network until it is stopped. */
export const runLocalnet = async (cli: Cli, flags: StartFlags): Promise<void> => {
  const ends = createEnds();
  try {
    const opened = await openNetwork(cli, flags, ends.add);
    if (flags.updateConfig) {
      const { updateConfig } = await import('./update-config.js');
      await updateConfig(cli, flags, opened.network.rpcUrl);
    }
    await printReady(cli, flags, opened);
    await follow(cli, opened.network);
    cli.out.note('Stops.');
  } finally {
    await ends.run();
  }
  if (cli.out.json) cli.out.object('localnet.stopped/1', {});
};
