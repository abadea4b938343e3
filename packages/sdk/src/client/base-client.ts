import { invalidArgument, kindOf, SomaKitError, systemClock } from '@somakit/core';
import { createAdmin, createFaucet, createRpc, createScoring } from '@somakit/rpc';
import { type LoadVerifier, trustOf } from '../trust/lazy.js';
import { createCoinPools } from '../write/pools.js';
import { closeWatcher } from '../write/watcher.js';
import '../errors.js';
import { createChain } from './chain.js';
import { NETWORKS, type NetworkUrls } from './networks.js';
import type { SomaBase, SomaClientOptions } from './types.js';

/** A client to which methods can be added. */
export type Extendable<T> = T & {
  /** The same client with methods of one's own: `client.extend((client) => ({ ... }))`. */
  extend<A extends object>(actions: (client: Extendable<T>) => A): Extendable<T & A>;
};

/** Adds `extend` to a client. */
export const extendable = <T extends object>(base: T): Extendable<T> => {
  const client = Object.defineProperties({}, Object.getOwnPropertyDescriptors(base)) as Extendable<T>;
  Object.defineProperty(client, 'extend', {
    value: <A extends object>(actions: (client: Extendable<T>) => A) => {
      const more = actions(client);
      const merged = Object.defineProperties({}, Object.getOwnPropertyDescriptors(base));
      return extendable(Object.defineProperties(merged, Object.getOwnPropertyDescriptors(more)) as T & A);
    },
  });
  return client;
};

const urlsOf = (options: SomaClientOptions): Partial<NetworkUrls> => {
  const { network, rpcUrl, transport, faucetUrl, adminUrl, scoringUrl } = options;
  const given = [network, rpcUrl, transport].filter((each) => each !== undefined).length;
  if (given !== 1) {
    const hint = 'createSomaClient({ network: "testnet" }), or { rpcUrl: "http://127.0.0.1:9000" }.';
    throw invalidArgument('network', 'exactly one of network, rpcUrl and transport', { network, rpcUrl }, hint);
  }
  if (network !== undefined && !Object.hasOwn(NETWORKS, network)) {
    throw invalidArgument('network', Object.keys(NETWORKS).join(' or '), network);
  }
  const preset: Partial<NetworkUrls> = network === undefined ? {} : NETWORKS[network];
  return {
    ...preset,
    ...(rpcUrl === undefined ? {} : { rpcUrl }),
    ...(faucetUrl === undefined ? {} : { faucetUrl }),
    ...(adminUrl === undefined ? {} : { adminUrl }),
    ...(scoringUrl === undefined ? {} : { scoringUrl }),
  };
};

/** Made when it is first asked for. */
const lazily = <T extends { close(): void }>(
  service: 'faucet' | 'admin' | 'scoring',
  url: string | undefined,
  make: (url: string) => T,
): { get(): T; close(): void } => {
  let made: T | undefined;
  return {
    get: () => {
      if (url === undefined) {
        const option = `${service}Url`;
        throw new SomaKitError('SERVICE_NOT_CONFIGURED', `This client has no ${service} service.`, {
          context: { service, option },
          hint: `Give createSomaClient the option ${option}.`,
        });
      }
      made ??= make(url);
      return made;
    },
    close: () => made?.close(),
  };
};

/** What every client has, methods aside. @throws INVALID_ARGUMENT */
export const baseOf = (options: SomaClientOptions, loadVerifier: LoadVerifier | undefined): SomaBase => {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument('options', '{ network }, { rpcUrl } or { transport }', kindOf(options));
  }
  const { headers, retry, timeoutMs, transport, signer, clock = systemClock } = options;
  const urls = urlsOf(options);
  const shared = { retry, timeoutMs, clock };
  const rpc = createRpc(transport === undefined ? { ...shared, url: urls.rpcUrl, headers } : { ...shared, transport });
  const faucet = lazily('faucet', urls.faucetUrl, (url) => createFaucet({ ...shared, url }));
  const admin = lazily('admin', urls.adminUrl, (url) => createAdmin({ ...shared, url }));
  const scoring = lazily('scoring', urls.scoringUrl, (url) => createScoring({ ...shared, url }));
  const trust = trustOf(rpc, options, loadVerifier);
  const chain = createChain(rpc, clock);
  const coins = createCoinPools(rpc, clock);
  chain.onEpoch(coins.reset);
  return {
    rpc,
    get faucet() {
      return faucet.get();
    },
    get admin() {
      return admin.get();
    },
    get scoring() {
      return scoring.get();
    },
    signer,
    clock,
    chain,
    trust,
    coins,
    close: () => {
      closeWatcher(rpc);
      if (transport === undefined) rpc.close();
      for (const each of [faucet, admin, scoring]) each.close();
    },
  };
};

/**
 * A client without methods, for the free functions: what is not imported is in no bundle.
 *
 * @throws INVALID_ARGUMENT
 * @example
 * import { createBaseClient, getBalance } from '@somakit/sdk';
 * const client = createBaseClient({ network: 'localnet' });
 * console.log(await getBalance(client, { address: '0xb0b' }));
 * client.close();
 */
export const createBaseClient = (options: SomaClientOptions): Extendable<SomaBase> =>
  extendable(baseOf(options, undefined));
