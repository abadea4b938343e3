import { invalidArgument } from '@somakit/core';
import type { Rpc } from '@somakit/rpc';
import type { Trust, TrustedStart } from './types.js';

/** A verifier that is loaded with the first answer to prove: pairings are no part of a client that does not use them. */
export const lazyTrust = (rpc: Rpc, start: TrustedStart | undefined): Trust => {
  const given = typeof start === 'object' && start !== null ? Object.keys(start) : [];
  if (given.length !== 1 || !['chainId', 'checkpoint', 'committee'].includes(given[0] ?? '')) {
    const hint = 'The chain identifier is the digest of checkpoint 0, from a source that is not the node.';
    throw invalidArgument('trustedStart', '{ chainId }, { checkpoint } or { committee }', start, hint);
  }
  let loading: Promise<Trust> | undefined;
  const load = (): Promise<Trust> => {
    loading ??= import('./verifier.js').then(({ createVerifier }) => createVerifier(rpc, start as TrustedStart));
    return loading;
  };
  return {
    effects: async (of) => (await load()).effects(of),
    balanceChanges: async (...of) => (await load()).balanceChanges(...of),
    checkpoint: async (...of) => (await load()).checkpoint(...of),
    object: async (...of) => (await load()).object(...of),
  };
};
