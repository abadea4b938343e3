/** Where the services of a network are. */
export interface NetworkUrls {
  readonly rpcUrl: string;
  readonly faucetUrl?: string | undefined;
  readonly adminUrl?: string | undefined;
  readonly scoringUrl?: string | undefined;
}

/** The networks that have a name. Source: sdk/src/lib.rs, the presets of `chain`. */
export const NETWORKS = {
  testnet: {
    rpcUrl: 'https://fullnode.testnet.soma.org',
    faucetUrl: 'https://faucet.testnet.soma.org',
  },
  localnet: {
    rpcUrl: 'http://127.0.0.1:9000',
    faucetUrl: 'http://127.0.0.1:9123',
    scoringUrl: 'http://127.0.0.1:9124',
    adminUrl: 'http://127.0.0.1:9125',
  },
} as const satisfies Readonly<Record<string, NetworkUrls>>;

export type NetworkName = keyof typeof NETWORKS;
