import { invalidArgument, SomaKitError, systemClock } from '@somakit/core';
import { createAdmin, createFaucet, createRpc, createScoring } from '@somakit/rpc';
import { lazyTrust } from '../trust/lazy.js';
import { createCoinPools } from '../write/pools.js';
import '../errors.js';
import { methodsOf, type SomaMethods } from './actions.js';
import { createChain } from './chain.js';
import { NETWORKS, type NetworkUrls } from './networks.js';
import type { SomaBase, SomaClientOptions } from './types.js';

/** A client with every operation as a method. */
export type SomaClient = Extendable<SomaBase & SomaMethods>;

/** A client to which methods can be added. */
export type Extendable<T> = T & {
  /** The same client with methods of one's own: `client.extend((client) => ({ ... }))`. */
  extend<A extends object>(actions: (client: Extendable<T>) => A): Extendable<T & A>;
};

const extendable = <T extends object>(base: T): Extendable<T> => {
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

/**
 * A client of a SOMA network: reads, writes, the market, staking, the faucet. Synchronous, and opens nothing until the
 * first call; services that are down matter only to calls that need them.
 *
 * @throws INVALID_ARGUMENT
 * @example
 * import { createSomaClient, Keypair, parseSoma } from '@somakit/sdk';
 * const signer = Keypair.generate();
 * const client = createSomaClient({ network: 'localnet', signer });
 * await client.requestFaucet({ address: signer.address });
 * const { digest, fee } = await client.transferCoin({ recipient: '0xb0b', amount: parseSoma('0.5') });
 * console.log(digest, fee.totalFee, await client.getBalance({ address: signer.address }));
 * client.close();
 */
export const createSomaClient = (options: SomaClientOptions): SomaClient => {
  const { headers, retry, timeoutMs, transport, signer, clock = systemClock } = options;
  const urls = urlsOf(options);
  const shared = { retry, timeoutMs, clock };
  const rpc = createRpc(transport === undefined ? { ...shared, url: urls.rpcUrl, headers } : { ...shared, transport });
  const faucet = lazily('faucet', urls.faucetUrl, (url) => createFaucet({ ...shared, url }));
  const admin = lazily('admin', urls.adminUrl, (url) => createAdmin({ ...shared, url }));
  const scoring = lazily('scoring', urls.scoringUrl, (url) => createScoring({ ...shared, url }));
  const { trust, trustedStart } = options;
  if (trust !== undefined && trust !== 'verify') throw invalidArgument('trust', 'verify, or nothing', trust);
  if (trust === undefined && trustedStart !== undefined) {
    throw invalidArgument('trustedStart', "nothing without trust: 'verify'", trustedStart);
  }
  const chain = createChain(rpc, clock);
  const coins = createCoinPools(rpc);
  chain.onEpoch(coins.reset);
  const base: SomaBase = {
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
    trust: trust === undefined ? undefined : lazyTrust(rpc, trustedStart),
    coins,
    close: () => {
      if (transport === undefined) rpc.close();
      for (const each of [faucet, admin, scoring]) each.close();
    },
  };
  const descriptors = {
    ...Object.getOwnPropertyDescriptors(base),
    ...Object.getOwnPropertyDescriptors(methodsOf(base)),
  };
  return extendable(Object.defineProperties({}, descriptors) as SomaBase & SomaMethods);
};
