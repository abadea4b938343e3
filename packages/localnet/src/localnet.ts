import { type Address, type Digest, invalidArgument, type ObjectId, parseAddress } from '@somakit/core';
import { type Keypair, shortChainId } from '@somakit/crypto';
import {
  buildGenesis,
  createLedger,
  type ExecutionResult,
  type Genesis,
  type GenesisOptions,
  type Ledger,
  type LedgerTransaction,
  type RecordedCheckpoint,
  type RecordedGenesis,
  type ValidatorKeys,
} from '@somakit/ledger';
import type { RpcServer, RpcServerOptions } from '@somakit/rpc/server';
import { createChain } from './chain/chain.js';
import type { Chain, CheckpointView, Head } from './chain/types.js';
import { readFork, startFork } from './fork.js';
import type { LocalnetOptions } from './options.js';
import { DEFAULT_PORTS, openPort, PORT_NAMES, type PortName } from './ports.js';
import { executionService } from './services/execution-service.js';
import { ledgerService } from './services/ledger-service.js';
import { stateService } from './services/state-service.js';
import { subscriptionService } from './services/subscription-service.js';
import { createWaits } from './services/waits.js';
import { readSetup, type Setup, setupOf, writeSetup } from './setup.js';
import { adminService } from './side/admin.js';
import { controlHandler } from './side/control.js';
import { createPurse, faucetService } from './side/faucet.js';
import { createProxy } from './side/proxy.js';
import { scoringService } from './side/scoring.js';
import { openDataDir } from './store/lmdb.js';
import { createNodeStore } from './store/node-store.js';

/** A running network. */
export interface Localnet {
  readonly rpcUrl: string;
  readonly faucetUrl: string;
  readonly adminUrl: string;
  readonly scoringUrl: string;
  readonly ports: Readonly<Record<PortName, number>>;
  /** Those of the default ports that were taken, with `ports: 'auto'`. */
  readonly movedPorts: readonly PortName[];
  /** One line that tells all URLs. */
  readonly readyLine: string;
  /** The digest of checkpoint 0. */
  readonly chainId: Digest;
  /** Generated accounts, funded at genesis. Their keys are known to all. */
  readonly accounts: readonly Keypair[];
  /** Validators whose keys are at hand. */
  readonly validators: readonly ValidatorKeys[];
  /** The models of the genesis. */
  readonly modelIds: readonly ObjectId[];
  /** The chain's state machine, for reading. Write through this object: it keeps the network in step. */
  readonly ledger: Ledger;
  epoch(): bigint;
  /** The chain's time, in ms. */
  time(): bigint;
  /** The newest checkpoint. */
  head(): Head;
  /** Ends the epoch, or several. Gives the new one. Early ends pay no emission, as on every chain. */
  advanceEpoch(options?: {
    readonly count?: number | undefined;
    readonly fullLength?: boolean | undefined;
  }): Promise<bigint>;
  /** Sets the clock (ms, or a date); it goes on from there. An epoch that is over by then ends. */
  setTime(time: bigint | Date): Promise<void>;
  /** Makes a checkpoint now. */
  createCheckpoint(): Promise<Head>;
  /** Executes a transaction as ExecuteTransaction does. @throws TRANSACTION_REFUSED */
  execute(transaction: LedgerTransaction): Promise<ExecutionResult>;
  /** Sends one coin of so many shannons from the faucet's account. @throws FAUCET_EMPTY */
  fund(address: Address | string, amount: bigint): Promise<ExecutionResult>;
  /** From now on transactions of this sender need no signature. Needs `impersonation: true`. */
  impersonate(address: Address | string): void;
  stopImpersonating(address: Address | string): void;
  /** Marks a point to come back to. */
  snapshot(): Promise<number>;
  /** Goes back to it: state, checkpoints and epochs. Uses it up. */
  revert(id: number): Promise<void>;
  /** Executes the next checkpoint of a recorded chain. */
  replay(recorded: RecordedCheckpoint): Promise<Head>;
  /** Checkpoints as they come, or from a sequence number on. */
  checkpoints(options?: {
    readonly from?: bigint | undefined;
    readonly signal?: AbortSignal | undefined;
  }): AsyncGenerator<CheckpointView>;
  /** Readers of checkpoints that wait for the next one, subscriptions included. */
  readonly listeners: number;
  /** Ends every call and closes every port and file. */
  stop(): Promise<void>;
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;
const SMALL_EMBEDDING = 16n;
const DEFAULT_GRANT = 2_000_000_000n;

const isWhole = (genesis: object): genesis is Genesis | RecordedGenesis => 'objects' in genesis;

const genesisOf = (options: LocalnetOptions, now: bigint): Genesis | RecordedGenesis => {
  const { genesis = {}, epochDurationMs, smallModel } = options;
  if (isWhole(genesis)) return genesis;
  if (epochDurationMs !== undefined && !(Number.isSafeInteger(epochDurationMs) && epochDurationMs > 0)) {
    throw invalidArgument('epochDurationMs', 'a positive whole number of milliseconds', epochDurationMs);
  }
  const built: GenesisOptions = {
    ...genesis,
    timestampMs: genesis.timestampMs ?? now,
    faucet: options.faucet !== false,
    seed: options.seed ?? genesis.seed,
    accounts: options.accounts ?? genesis.accounts,
    validators: options.validators ?? genesis.validators,
    models: options.models ?? genesis.models,
    parameters: {
      ...genesis.parameters,
      ...(smallModel === true ? { targetEmbeddingDim: SMALL_EMBEDDING } : {}),
      ...(epochDurationMs === undefined ? {} : { epochDurationMs: BigInt(epochDurationMs) }),
    },
  };
  return buildGenesis(built);
};

const rfc3339 = (ms: bigint): string => new Date(Number(ms)).toISOString().replace('.000Z', 'Z');

const headersOf = (chain: Chain, name: string, server: string): (() => Record<string, string>) => {
  const id = shortChainId(chain.chainId);
  let of: Head | undefined;
  let lowest = -1n;
  let headers: Record<string, string> = {};
  return () => {
    const head = chain.head();
    if (head !== of || lowest !== chain.store.lowestCheckpoint) {
      of = head;
      lowest = chain.store.lowestCheckpoint;
      headers = {
        'x-soma-chain-id': id,
        'x-soma-chain': name,
        'x-soma-epoch': String(head.epoch),
        'x-soma-checkpoint-height': String(head.sequenceNumber),
        'x-soma-timestamp-ms': String(head.timestampMs),
        'x-soma-timestamp': rfc3339(head.timestampMs),
        'x-soma-lowest-available-checkpoint': String(lowest),
        'x-soma-lowest-available-checkpoint-objects': String(lowest),
        server,
      };
    }
    return headers;
  };
};

const EXPOSED = [
  'x-soma-chain-id',
  'x-soma-chain',
  'x-soma-epoch',
  'x-soma-checkpoint-height',
  'x-soma-timestamp-ms',
  'x-soma-timestamp',
  'x-soma-lowest-available-checkpoint',
  'x-soma-lowest-available-checkpoint-objects',
];

/**
 * Starts a SOMA network in this process and resolves when all its ports answer.
 *
 * The official clients and ours work with it unchanged. A transaction is final and readable everywhere when the call that
 * sent it returns.
 *
 * @throws PORT_IN_USE with `ports: 'default'` or named ports. DATA_DIR_IN_USE, DATA_DIR_FAILED. INVALID_GENESIS,
 * INVALID_ARGUMENT for options that do not fit.
 * @example
 * import { startLocalnet } from '@somakit/localnet';
 * const network = await startLocalnet({ ports: 'free', smallModel: true });
 * console.log(network.rpcUrl, network.accounts[0]?.address);
 * await network.advanceEpoch();
 * await network.stop();
 */
export const startLocalnet = async (options: LocalnetOptions = {}): Promise<Localnet> => {
  const { ports: choice = 'auto', host = '127.0.0.1', clock = Date.now, chain: name = 'localnet' } = options;
  const impersonation = options.impersonation === true;
  if (impersonation && !LOOPBACK.test(host)) {
    throw invalidArgument('impersonation', 'false on a host that others reach', true, 'Leave `host` out.');
  }
  if (options.history !== undefined && !(Number.isSafeInteger(options.history) && options.history > 0)) {
    throw invalidArgument('history', 'a positive whole number of checkpoints', options.history);
  }
  const server = `soma-node/${options.version ?? '0.1.21'}`;
  const folder = options.dataDir === undefined ? undefined : await openDataDir(options.dataDir);
  let setup: Setup;
  let chain: Chain;
  let ledger: Ledger;
  const impersonated = new Set<Address>();
  try {
    const store = createNodeStore(folder?.journal, folder?.stored);
    const checkSignatures = !impersonation;
    if (folder?.stored.meta !== undefined) {
      // What is in the folder goes on as it began, whatever the options say of the beginning.
      setup = readSetup(folder.setup ?? '{}');
      ledger = createLedger({ store, checkSignatures });
    } else if (options.fork !== undefined) {
      const forked = await readFork(options.fork, options.seed ?? 'somakit');
      setup = { accounts: [], faucet: forked.faucet, validators: [], modelIds: [] };
      folder?.saveSetup(writeSetup(setup));
      ledger = startFork(forked, store, checkSignatures);
    } else {
      const genesis = genesisOf(options, BigInt(Math.trunc(clock())));
      setup = setupOf(genesis);
      folder?.saveSetup(writeSetup(setup));
      ledger = createLedger({ genesis, store, checkSignatures });
    }
    chain = createChain({
      ledger,
      store,
      validatorKeys: setup.validators.map(({ protocolSecretKey }) => protocolSecretKey),
      clock,
      checkpointIntervalMs: options.checkpointIntervalMs,
      autoEpochs: options.autoEpochs ?? true,
      history: options.history,
      flushed: folder?.flushed,
      epochs: folder?.epochs.filter(({ epoch }) => epoch <= ledger.epoch()),
      onEpoch: folder?.noteEpoch,
      impersonated: impersonation ? impersonated : undefined,
    });
    // Of the forked checkpoint no more than the digest is known; readers of the newest one find one of our own.
    if (chain.checkpoint(chain.head().sequenceNumber) === undefined) await chain.createCheckpoint();
  } catch (error) {
    await folder?.close();
    throw error;
  }
  const purse = createPurse(chain, setup.faucet);
  const proxy = createProxy(chain);
  const waits = createWaits();
  const grant = options.faucet === false ? undefined : options.faucet;

  const advance = async (count = 1, fullLength = false): Promise<bigint> => {
    if (!(Number.isSafeInteger(count) && count > 0)) throw invalidArgument('count', 'a positive whole number', count);
    let epoch = ledger.epoch();
    for (let i = 0; i < count; i++) {
      if (fullLength) {
        const { epochStartTimestampMs, parameters } = ledger.systemState();
        const end = epochStartTimestampMs + parameters.epochDurationMs;
        if (chain.now() < end) chain.skipTo(end);
      }
      epoch = (await chain.advanceEpoch()).epoch;
    }
    return epoch;
  };

  // On loopback there is nothing to save: only who asks for compression gets it.
  const limits = { compressMinBytes: Number.POSITIVE_INFINITY, ...options.limits };
  const bcsOnly: RpcServerOptions = { host, unknownPaths: 'unimplemented', json: false, limits };
  let ready: Localnet | undefined;
  const servers: Readonly<Record<PortName, RpcServerOptions>> = {
    rpc: {
      host,
      services: [
        ledgerService(chain, { chain: name, server }),
        stateService(chain),
        executionService(chain, waits),
        subscriptionService(chain, waits),
      ],
      http: proxy.handler,
      headers: headersOf(chain, name, server),
      exposeHeaders: EXPOSED,
      limits,
    },
    faucet: {
      ...bcsOnly,
      rawServices: [faucetService(purse, { amount: grant?.amount ?? DEFAULT_GRANT, coins: grant?.coins ?? 1 })],
    },
    scoring: { ...bcsOnly, rawServices: [scoringService(options.scorer)] },
    admin: { ...bcsOnly, rawServices: [adminService(() => advance())], http: controlHandler(() => ready) },
  };
  const open = new Map<PortName, RpcServer>();
  const moved: PortName[] = [];
  const opened = await Promise.allSettled(
    PORT_NAMES.map(async (each) => {
      const result = await openPort(choice, each, servers[each]);
      open.set(each, result.server);
      if (result.moved) moved.push(each);
    }),
  );
  const failure = opened.find((each) => each.status === 'rejected');
  if (failure !== undefined) {
    await Promise.all([...open.values()].map((each) => each.close()));
    await chain.close();
    await folder?.close();
    throw failure.reason;
  }
  const urlOf = (each: PortName): string => open.get(each)!.url;
  const readyLine = `ready: rpc ${urlOf('rpc')} faucet ${urlOf('faucet')} scoring ${urlOf('scoring')} admin ${urlOf('admin')}`;
  for (const each of moved) options.log?.(`port ${DEFAULT_PORTS[each]} is taken: ${each} is at ${urlOf(each)}`);
  options.log?.(readyLine);

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    // Readers of checkpoints end with the chain; drained servers would wait for them.
    const drained = [...open.values()].map((each) => each.drain({ timeoutMs: 2_000 }));
    await chain.close();
    await Promise.all([...drained, proxy.close()]);
    await folder?.close();
  };

  ready = {
    rpcUrl: urlOf('rpc'),
    faucetUrl: urlOf('faucet'),
    adminUrl: urlOf('admin'),
    scoringUrl: urlOf('scoring'),
    ports: {
      rpc: open.get('rpc')!.port,
      faucet: open.get('faucet')!.port,
      scoring: open.get('scoring')!.port,
      admin: open.get('admin')!.port,
    },
    movedPorts: moved,
    readyLine,
    chainId: chain.chainId,
    accounts: setup.accounts,
    validators: setup.validators,
    modelIds: setup.modelIds,
    ledger,
    epoch: () => ledger.epoch(),
    time: chain.now,
    head: chain.head,
    advanceEpoch: ({ count, fullLength } = {}) => advance(count, fullLength),
    setTime: (time) => chain.setTime(time instanceof Date ? BigInt(time.getTime()) : time),
    createCheckpoint: chain.createCheckpoint,
    execute: chain.submit,
    fund: (address, amount) => {
      if (typeof amount !== 'bigint' || amount < 0n) {
        throw invalidArgument('amount', 'a bigint of shannons', amount, 'parseSoma("1.5") gives one.');
      }
      return purse.pay(parseAddress(address), [amount]);
    },
    impersonate: (address) => {
      if (!impersonation) {
        throw invalidArgument(
          'impersonate',
          'a network that allows it',
          address,
          'Start it with startLocalnet({ impersonation: true }).',
        );
      }
      impersonated.add(parseAddress(address));
    },
    stopImpersonating: (address) => {
      impersonated.delete(parseAddress(address));
    },
    snapshot: chain.snapshot,
    revert: chain.revert,
    replay: chain.apply,
    checkpoints: (from = {}) => chain.checkpoints(from),
    get listeners() {
      return chain.listeners;
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
  return ready;
};
