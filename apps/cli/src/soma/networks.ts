import { NETWORKS } from '@somakit/sdk';

/** Services beside the node. */
export interface ServiceUrls {
  readonly faucetUrl?: string | undefined;
  readonly adminUrl?: string | undefined;
  readonly scoringUrl?: string | undefined;
}

const LOCAL = /^(?:127\.\d+\.\d+\.\d+|0\.0\.0\.0|localhost|\[::1\])$/;

/** Where the services of a network are when nothing says so: as the official program has it. */
export const serviceUrls = (rpcUrl: string): ServiceUrls => {
  let host: string;
  try {
    host = new URL(rpcUrl).hostname;
  } catch {
    return {};
  }
  const { rpcUrl: _, ...local } = NETWORKS.localnet;
  if (LOCAL.test(host)) return local;
  if (host.includes('testnet')) return { faucetUrl: NETWORKS.testnet.faucetUrl };
  return {};
};
