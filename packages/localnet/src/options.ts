import type { Genesis, GenesisOptions, RecordedGenesis } from '@somakit/ledger';
import type { RpcServerLimits } from '@somakit/rpc/server';
import type { LocalnetScorer } from './side/scoring.js';

/** The ports of a network: `default` 9000, 9123, 9124, 9125 or an error; `free` any; `auto` the default ones where free. */
export type PortChoice =
  | 'default'
  | 'free'
  | 'auto'
  | {
      /** 0 or left out: a free one. */
      readonly rpc?: number | undefined;
      readonly faucet?: number | undefined;
      readonly scoring?: number | undefined;
      readonly admin?: number | undefined;
    };

/** How a network begins; everything has the default of the reference's local network. */
export type LocalnetGenesis = Omit<GenesisOptions, 'timestampMs' | 'faucet'> & {
  /** The start of the chain, in ms. Defaults to now. */
  readonly timestampMs?: bigint | undefined;
};

/** Where a fork begins. */
export interface LocalnetFork {
  /** A node of the chain. */
  readonly rpcUrl: string;
  /** Whose objects come along, beside the system state and the targets: a node has no list of everything. */
  readonly owners?: readonly string[] | undefined;
}

/** Options of `startLocalnet`. */
export interface LocalnetOptions {
  /** Defaults to `auto`. */
  readonly ports?: PortChoice | undefined;
  /** Defaults to 127.0.0.1; anything else opens the network, its faucet and its admin port to others. */
  readonly host?: string | undefined;
  /** Target embeddings of 16 values instead of 2048. Defaults to false. */
  readonly smallModel?: boolean | undefined;
  /** Length of an epoch. Defaults to one day. */
  readonly epochDurationMs?: number | undefined;
  /** Whether epochs end by time. Defaults to true. */
  readonly autoEpochs?: boolean | undefined;
  /** Without it there is a checkpoint as soon as there is a transaction; with it, one per interval that has any. */
  readonly checkpointIntervalMs?: number | undefined;
  /** Folder that keeps everything; needs the optional dependency `lmdb`. In memory when left out. */
  readonly dataDir?: string | undefined;
  /** How many checkpoints are kept; all when left out. Live objects are always kept. */
  readonly history?: number | undefined;
  /** Scores for the scoring port, which otherwise answers UNAVAILABLE. */
  readonly scorer?: LocalnetScorer | undefined;
  /** What generated keys come from; equal seeds give equal accounts. Known to all: no place for real funds. Defaults to `somakit`. */
  readonly seed?: string | undefined;
  /** A number of generated accounts (5 by default), addresses, or accounts in detail. */
  readonly accounts?: GenesisOptions['accounts'];
  /** A number of simulated validators (1 by default), or each in detail. */
  readonly validators?: GenesisOptions['validators'];
  /** Models that are active from the start, which then has open targets too. */
  readonly models?: GenesisOptions['models'];
  /** More of the genesis, or a whole one: built by `buildGenesis`, or recorded. */
  readonly genesis?: LocalnetGenesis | Genesis | RecordedGenesis | undefined;
  /** Goes on, apart, from the state of a live chain instead of a genesis. The faucet has made-up coins then. */
  readonly fork?: LocalnetFork | undefined;
  /** The faucet's grant, or false for none. Defaults to one coin of 2 SOMA. */
  readonly faucet?: false | { readonly amount?: bigint | undefined; readonly coins?: number | undefined } | undefined;
  /** What one client may take: sizes, times, connections. Defaults to those of `@somakit/rpc/server`. */
  readonly limits?: Partial<RpcServerLimits> | undefined;
  /** Allows `impersonate`. Refused outside loopback. Defaults to false. */
  readonly impersonation?: boolean | undefined;
  /** The name that service info and headers give. Defaults to `localnet`. */
  readonly chain?: string | undefined;
  /** The version that the server reports; official clients compare it with their own. Defaults to 0.1.21. */
  readonly version?: string | undefined;
  /** Wall clock in ms. Defaults to the machine's. */
  readonly clock?: (() => number) | undefined;
  /** Hears the ready line and, with `auto`, which ports are others. */
  readonly log?: ((line: string) => void) | undefined;
}
