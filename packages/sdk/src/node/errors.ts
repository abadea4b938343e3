import { SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** There is no client.yaml, and nothing else to take a key from. */
    WALLET_NOT_FOUND: { readonly path: string };
    /** A client.yaml is not what it should be. No content is ever shown: it may hold passwords. `line` counts from 1. */
    WALLET_DAMAGED: { readonly path: string; readonly problem: string; readonly line?: number | undefined };
    /** client.yaml has no environment of that alias. */
    WALLET_UNKNOWN_ENVIRONMENT: { readonly path: string; readonly alias: string; readonly known: readonly string[] };
    /** client.yaml has an environment of that alias already. */
    WALLET_ENVIRONMENT_EXISTS: { readonly path: string; readonly alias: string };
    /** The active environment cannot be removed. */
    WALLET_ENVIRONMENT_ACTIVE: { readonly path: string; readonly alias: string };
    /** The wallet holds no key, or none that can sign here. */
    WALLET_EMPTY: { readonly path: string };
    /** An environment variable cannot be used. Its value is never shown. */
    WALLET_VARIABLE: { readonly variable: string; readonly problem: string };
  }
}

/** @see ErrorContexts.WALLET_DAMAGED */
export const damagedConfig = (path: string, problem: string, line?: number): SomaKitError<'WALLET_DAMAGED'> =>
  new SomaKitError(
    'WALLET_DAMAGED',
    `${path} is not a client.yaml as it should be: ${problem}${line === undefined ? '' : ` (line ${line})`}.`,
    {
      context: { path, problem, ...(line === undefined ? {} : { line }) },
      hint: 'The file was not changed. Mend it by hand, or take it from a backup.',
    },
  );
