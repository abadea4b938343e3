import { SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** There is no keystore file. */
    KEYSTORE_NOT_FOUND: { readonly path: string };
    /** A keystore or aliases file is not what it should be. `entry` counts from 0. No content is ever shown. */
    KEYSTORE_DAMAGED: { readonly path: string; readonly problem: string; readonly entry?: number | undefined };
    /** Others than its owner may read or write the keystore file. */
    KEYSTORE_OPEN_MODE: { readonly path: string; readonly mode: string };
    /** The aliases file names other keys than the keystore holds. */
    KEYSTORE_ALIASES_MISMATCH: {
      readonly path: string;
      readonly keysWithoutAlias: readonly string[];
      readonly aliasesWithoutKey: readonly string[];
    };
    /** The keystore has no key of that address or alias. */
    KEYSTORE_KEY_NOT_FOUND: { readonly path: string; readonly identity: string };
    /** The keystore has that key already. */
    KEYSTORE_KEY_EXISTS: { readonly path: string; readonly address: string; readonly alias: string };
    /** Another key of the keystore has that alias. */
    KEYSTORE_ALIAS_TAKEN: { readonly path: string; readonly alias: string };
    /** The file is an encrypted keystore, and no password was given. */
    KEYSTORE_ENCRYPTED: { readonly path: string };
    /** A password was given, and the file is not an encrypted keystore. */
    KEYSTORE_NOT_ENCRYPTED: { readonly path: string };
    /** The password is wrong, or the encrypted part or the header was changed: the two cannot be told apart. */
    KEYSTORE_WRONG_PASSWORD: { readonly path: string };
  }
}

/** @see ErrorContexts.KEYSTORE_DAMAGED */
export const damaged = (path: string, problem: string, entry?: number, cause?: unknown) =>
  new SomaKitError(
    'KEYSTORE_DAMAGED',
    `${path} is not a keystore file as it should be: ${problem}${entry === undefined ? '' : ` (entry ${entry})`}.`,
    {
      context: { path, problem, ...(entry === undefined ? {} : { entry }) },
      hint: 'The file was not changed. Take it from a backup, or mend it by hand.',
      cause,
    },
  );
