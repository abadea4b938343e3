import { invalidArgument, kindOf } from '@somakit/core';
import type { Rpc } from '@somakit/rpc';
import type { Trust, TrustedStart, TrustFactory } from './types.js';

/** Loads the code that proves: pairings are no part of a client that does not use them. */
export type LoadVerifier = () => Promise<{ readonly createVerifier: (rpc: Rpc, start: TrustedStart) => Trust }>;

/** @throws INVALID_ARGUMENT */
export const checkStart = (start: unknown): TrustedStart => {
  const given = typeof start === 'object' && start !== null ? Object.keys(start) : [];
  if (given.length === 1 && ['chainId', 'checkpoint', 'committee'].includes(given[0] ?? ''))
    return start as TrustedStart;
  const hint = 'The chain identifier is the digest of checkpoint 0, from a source that is not the node.';
  throw invalidArgument('trustedStart', '{ chainId }, { checkpoint } or { committee }', start, hint);
};

const lazily = (rpc: Rpc, start: TrustedStart, loadVerifier: LoadVerifier): Trust => {
  let loading: Promise<Trust> | undefined;
  const load = (): Promise<Trust> => {
    loading ??= loadVerifier().then(({ createVerifier }) => createVerifier(rpc, start));
    return loading;
  };
  return {
    effects: async (of) => (await load()).effects(of),
    balanceChanges: async (...of) => (await load()).balanceChanges(...of),
    checkpoint: async (...of) => (await load()).checkpoint(...of),
    object: async (...of) => (await load()).object(...of),
  };
};

/** What proves the answers of a client's node, if anything is to. @throws INVALID_ARGUMENT */
export const trustOf = (
  rpc: Rpc,
  options: { readonly trust?: 'verify' | TrustFactory | undefined; readonly trustedStart?: TrustedStart | undefined },
  loadVerifier: LoadVerifier | undefined,
): Trust | undefined => {
  const { trust, trustedStart } = options;
  if (trust !== 'verify') {
    if (trustedStart !== undefined) {
      throw invalidArgument('trustedStart', "nothing without trust: 'verify'", kindOf(trustedStart));
    }
    if (trust === undefined) return undefined;
    if (typeof trust === 'function') return trust(rpc);
    throw invalidArgument('trust', "'verify', what verifyFrom gives, or nothing", kindOf(trust));
  }
  const start = checkStart(trustedStart);
  if (loadVerifier !== undefined) return lazily(rpc, start, loadVerifier);
  const hint = "import { verifyFrom } from '@somakit/sdk/verify', and give trust: verifyFrom({ chainId }).";
  throw invalidArgument('trust', 'what verifyFrom gives: pages load the code that proves by themselves', trust, hint);
};
