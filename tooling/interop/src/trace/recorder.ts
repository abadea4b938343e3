import { createSomaClient, isError, Keypair, type SomaClient, type TargetView, type WriteOptions } from '@somakit/sdk';
import { decodeSignedTransaction } from '@somakit/sdk/transactions';
import { debugText } from './rust-text.js';

/** One entry of a trace, as `python/trace.py` prints it. */
export type Entry = Record<string, unknown>;

export interface Urls {
  readonly rpcUrl: string;
  readonly faucetUrl: string;
  readonly adminUrl: string;
}

/** Observations of a step beyond the balances. */
type Observation = 'state' | 'targets';

export interface Recorder<Name extends string> {
  readonly client: SomaClient;
  readonly actors: Readonly<Record<Name, Keypair>>;
  readonly entries: Entry[];
  /** What a write takes so that the chain decides, as it does for the Python client, and so that its kind is known. */
  as(name: Name): WriteOptions & { readonly signer: Keypair; readonly preflight: false };
  /** Runs a step and records how it ended and what is to be seen then. */
  step<T>(
    name: string,
    run?: () => Promise<T>,
    options?: { readonly result?: (value: T) => unknown; readonly see?: readonly Observation[] },
  ): Promise<T | undefined>;
  /** Adds to the entry of the last step. */
  note(more: Entry): void;
}

/** The Python client gives SOMA as doubles, and the trace turns them back. */
const throughDouble = (shannons: bigint): number => Math.trunc((Number(shannons) / 1e9) * 1e9);

/** Python's `json.dumps` with sorted keys. */
const pythonJson = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `"${key}": ${pythonJson(each)}`).join(', ')}}`;
};

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const ascending = (values: Iterable<number>): number[] => [...new Set(values)].sort((a, b) => a - b);

const stateOf = async (client: SomaClient): Promise<Entry> => {
  const state = await client.getLatestSystemState();
  const { distanceThreshold, ...target } = state.targetState;
  return {
    epoch: Number(state.epoch),
    total_stake: Number(state.totalStake),
    validators: state.validators
      .map(({ votingPower, commissionRate, nextEpochStake, nextEpochCommissionRate, stakingPool: pool }) =>
        pythonJson({
          vp: Number(votingPower),
          rate: Number(commissionRate),
          next_stake: Number(nextEpochStake),
          next_rate: Number(nextEpochCommissionRate),
          pool: {
            soma_balance: Number(pool.somaBalance),
            rewards_pool: Number(pool.rewardsPool),
            pool_token_balance: Number(pool.poolTokenBalance),
            pending_stake: Number(pool.pendingStake),
            pending_total_soma_withdraw: Number(pool.pendingTotalSomaWithdraw),
            pending_pool_token_withdraw: Number(pool.pendingPoolTokenWithdraw),
          },
        }),
      )
      .sort(),
    emission: {
      balance: Number(state.emissionPool.balance),
      emission_per_epoch: Number(state.emissionPool.emissionPerEpoch),
    },
    targets: {
      distance_threshold: {
        dtype: 0,
        bytes: [...new Uint8Array(Float32Array.from(distanceThreshold.data).buffer)],
        shape: distanceThreshold.shape.map(Number),
      },
      ...Object.fromEntries(Object.entries(target).map(([name, value]) => [snake(name), Number(value)])),
    },
    safe_mode: state.safeMode,
    reports: state.validatorReportRecords.size,
    registry_keys: Object.keys(state.modelRegistry).map(snake).sort(),
  };
};

const targetsOf = async (client: SomaClient): Promise<Entry> => {
  const summary = (found: readonly TargetView[]): Entry => ({
    n: found.length,
    thresholds: ascending(found.map(({ distanceThreshold }) => Number(distanceThreshold.toFixed(6)))),
    rewards: ascending(found.map(({ rewardPool }) => Number(rewardPool))),
    epochs: ascending(found.map(({ generationEpoch }) => Number(generationEpoch))),
    models: ascending(found.map(({ modelIds }) => modelIds.length)),
    bonds: ascending(found.map(({ bondAmount }) => Number(bondAmount))),
  });
  const seen: Entry = {};
  // The Python client sees one page only.
  for (const status of ['open', 'filled', 'claimed'] as const) {
    seen[status] = summary((await client.listTargets({ status })).targets);
  }
  return seen;
};

/** Accounts of `python/trace.py`: their keys come from their names, so that both sides play with the same ones. */
const actorOf = async (name: string): Promise<Keypair> => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`trace-${name}`));
  return Keypair.fromSecretKey(new Uint8Array(bytes));
};

export const createRecorder = async <const Name extends string>(
  urls: Urls,
  names: readonly Name[],
): Promise<Recorder<Name>> => {
  const client = createSomaClient(urls);
  const pairs = await Promise.all(names.map(async (name) => [name, await actorOf(name)] as const));
  const actors = Object.fromEntries(pairs) as Record<Name, Keypair>;
  const entries: Entry[] = [];
  let kind = '';

  const balances = async (): Promise<Entry> => {
    const found: Entry = {};
    for (const [name, { address }] of pairs) found[name] = throughDouble(await client.getBalance({ address }));
    return found;
  };

  /** The sentence of the Python client. */
  const textOf = (error: unknown): string => {
    if (isError(error, 'TRANSACTION_FAILED')) {
      const text = debugText(error.context.failure).replace(/0x[0-9a-f]{6,}/g, '<hex>');
      return `Transaction failed: ${kind} failed (digest: <b58>): Failure { error: ${text} }`;
    }
    if (isError(error, 'INVALID_ADDRESS')) return 'Unable to parse AccountAddress (must be hex string of length 32)';
    if (isError(error, 'INSUFFICIENT_COINS') && error.context.available === 0n) return 'No coin found for <hex>';
    throw error;
  };

  return {
    client,
    actors,
    entries,
    as: (name) => ({
      signer: actors[name],
      preflight: false,
      onSigned: ({ transaction }) => {
        kind = decodeSignedTransaction(transaction).data.kind.kind;
      },
    }),
    step: async (step, run, { result, see = [] } = {}) => {
      const entry: Entry = { step };
      let value: Awaited<ReturnType<NonNullable<typeof run>>> | undefined;
      if (run !== undefined) {
        try {
          value = await run();
          entry.ok = true;
          if (result !== undefined) entry.result = result(value);
        } catch (error) {
          entry.ok = false;
          entry.error = textOf(error);
        }
      }
      entry.balances = await balances();
      if (see.includes('state')) entry.state = await stateOf(client);
      if (see.includes('targets')) entry.targets = await targetsOf(client);
      entries.push(entry);
      return value;
    },
    note: (more) => {
      Object.assign(entries.at(-1)!, more);
    },
  };
};

/** The pseudo-random embeddings of `python/trace.py`. */
export const embeddingOf = async (seed: string, length: number): Promise<Float32Array> => {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(seed));
  let x = new DataView(hash).getBigUint64(0);
  return Float32Array.from({ length }, () => {
    x = BigInt.asUintN(64, x * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n);
    return (Number(x >> 33n) / 2 ** 31) * 2 - 1;
  });
};
