import type { Clock, RetryPolicy } from '@somakit/core';
import type { Signer } from '@somakit/crypto';
import type { Admin, Faucet, Rpc, RpcTransport, Scoring } from '@somakit/rpc';
import type { Trust, TrustedStart, TrustFactory } from '../trust/types.js';
import type { CoinPools } from '../write/pools.js';
import type { Chain } from './chain.js';
import type { NetworkName } from './networks.js';

/** What every call that waits takes. */
export interface WaitOptions {
  /** Ends the call at once. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** What {@link createSomaClient} takes: a `network`, or an `rpcUrl`, or a `transport`. */
export interface SomaClientOptions {
  /** A network with a name. */
  readonly network?: NetworkName | undefined;
  readonly rpcUrl?: string | undefined;
  /** Goes before the network's. */
  readonly faucetUrl?: string | undefined;
  readonly adminUrl?: string | undefined;
  readonly scoringUrl?: string | undefined;
  /** Signs writes that bring no signer of their own. */
  readonly signer?: Signer | undefined;
  /** For the node, instead of a URL: a transport of `@somakit/rpc`. The caller closes it. */
  readonly transport?: RpcTransport | undefined;
  /** Sent with every call to the node. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How reads are repeated while a server is unavailable; false for never. */
  readonly retry?: RetryPolicy | false | undefined;
  /** For calls that bring no limit of their own. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /**
   * `verify` proves what matters by the signatures of the validators: the effects and balance changes of writes (with
   * `wait`), transactions, checkpoints, and that objects are as some transaction left them. VERIFICATION_FAILED names what
   * does not fit. Needs `trustedStart`. Lists, balances, targets and the system state remain the node's word. For pages it is
   * `verifyFrom(start)` of `@somakit/sdk/verify`, so that no others load the code for it.
   */
  readonly trust?: 'verify' | TrustFactory | undefined;
  /** Where proof begins, with `verify`. */
  readonly trustedStart?: TrustedStart | undefined;
}

/** What the free functions work on. */
export interface SomaBase {
  /** The node, call by call. */
  readonly rpc: Rpc;
  /** @throws SERVICE_NOT_CONFIGURED */
  readonly faucet: Faucet;
  /** @throws SERVICE_NOT_CONFIGURED */
  readonly admin: Admin;
  /** @throws SERVICE_NOT_CONFIGURED */
  readonly scoring: Scoring;
  readonly signer: Signer | undefined;
  readonly clock: Clock;
  /** What the client remembers of the chain: the figures of the epoch. */
  readonly chain: Chain;
  /** Proves answers; undefined where the node is believed. */
  readonly trust: Trust | undefined;
  /** The coins of the accounts that write. */
  readonly coins: CoinPools;
  /** Drops the connections. A later call opens new ones. */
  close(): void;
}
