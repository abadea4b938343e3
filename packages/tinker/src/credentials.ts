import type * as childProcessModule from 'node:child_process';
import type * as fsModule from 'node:fs';
import { type Clock, throwIfAborted } from '@somakit/core';
import { credentialsError, isJwt, jwtExpiry } from './jwt.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the credential comes from. `read` gives it, fresh each time for a command. */
export interface CredentialSource {
  readonly kind: 'key' | 'command';
  readonly read: (signal: AbortSignal) => Promise<string>;
}

export interface CredentialOptions {
  readonly apiKey: string | undefined;
  readonly credential: ((signal: AbortSignal) => string | Promise<string>) | undefined;
  readonly anyKey: boolean;
  readonly env: Environment;
  readonly clock: Clock;
}

const MISSING_HINT =
  'Pass apiKey, set TINKER_API_KEY, set TINKER_CREDENTIAL_CMD to a command that prints a credential, or run `tinker auth login`.';

const builtin = <T>(name: string): T | undefined =>
  typeof process === 'undefined' ? undefined : (process.getBuiltinModule?.(name) as T | undefined);

/** Runs the user's own command in a shell and gives what it prints. */
const runCommand = (command: string, env: Environment, signal: AbortSignal): Promise<string> => {
  throwIfAborted(signal);
  const childProcess = builtin<typeof childProcessModule>('node:child_process');
  if (childProcess === undefined) {
    throw credentialsError('command', 'TINKER_CREDENTIAL_CMD needs Node.', 'Pass `credential`, a function, instead.');
  }
  return new Promise((resolve, reject) => {
    const options = { signal, env: { ...env } as NodeJS.ProcessEnv, maxBuffer: 2 ** 20, windowsHide: true };
    childProcess.exec(command, options, (error, stdout) => {
      const credential = stdout.trim();
      // What the command printed may be the credential: only how it ended is told.
      if (error !== null) {
        reject(credentialsError('command', `TINKER_CREDENTIAL_CMD failed (${error.code ?? error.signal ?? 'ended'}).`));
      } else if (credential === '') reject(credentialsError('command', 'TINKER_CREDENTIAL_CMD printed nothing.'));
      else resolve(credential);
    });
  });
};

/** The default key of `~/.tinker/credentials.json`. */
const storedKey = (env: Environment): string | undefined => {
  const fs = builtin<typeof fsModule>('node:fs');
  const home = env.HOME ?? env.USERPROFILE;
  if (fs === undefined || home === undefined || home === '') return undefined;
  let text: string;
  try {
    text = fs.readFileSync(`${home}/.tinker/credentials.json`, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const { default: id, keys } = JSON.parse(text) as { default?: string; keys?: Record<string, { key?: unknown }> };
    const key = id === undefined || keys === undefined || !Object.hasOwn(keys, id) ? undefined : keys[id]?.key;
    return typeof key === 'string' && key !== '' ? key : undefined;
  } catch {
    throw credentialsError(
      'store',
      `${home}/.tinker/credentials.json cannot be read.`,
      'Run `tinker auth login` again.',
    );
  }
};

/** @throws TINKER_CREDENTIALS */
const checkForm = (credential: string, anyKey: boolean): string => {
  if (anyKey ? credential.trim() !== '' : credential.startsWith('tml-') || isJwt(credential)) return credential;
  throw credentialsError(
    'form',
    "The Tinker API key must start with 'tml-' or be a JWT.",
    anyKey ? undefined : 'Servers with other keys: set anyKey.',
  );
};

/**
 * The credential in the order of the Python client: a JWT given as argument or in the environment; the argument;
 * TINKER_API_KEY; the command (or `credential`); the stored default key. A key of a wrong form gives way to the
 * command. `insistOnCommand`: only a command's credential or a JWT will do.
 *
 * @throws TINKER_CREDENTIALS
 */
export const findCredential = (options: CredentialOptions, insistOnCommand = false): CredentialSource => {
  const { env, clock, anyKey } = options;
  const fresh = (credential: string, what: string): string => {
    const expiry = isJwt(credential) ? jwtExpiry(credential) : undefined;
    if (expiry === undefined || clock.now() < expiry) return credential;
    throw credentialsError('expired', `${what} has expired.`, 'Get a fresh one, or set TINKER_CREDENTIAL_CMD.');
  };
  const fixed = (key: string): CredentialSource => ({
    kind: 'key',
    read: async () => fresh(key, 'The JWT that was given as API key'),
  });
  const given = options.credential;
  const command = env.TINKER_CREDENTIAL_CMD ?? '';
  const dynamic: CredentialSource | undefined =
    given === undefined && command === ''
      ? undefined
      : {
          kind: 'command',
          read: async (signal) => {
            const printed = given === undefined ? await runCommand(command, env, signal) : (await given(signal)).trim();
            if (printed === '') throw credentialsError('command', 'The credential function gave nothing.');
            return fresh(printed, 'The JWT from the credential command');
          },
        };
  const key = options.apiKey || env.TINKER_API_KEY || undefined;
  if (key !== undefined && isJwt(key)) return fixed(key);
  if (insistOnCommand) {
    if (dynamic !== undefined) return dynamic;
    throw credentialsError('not-accepted', 'This organisation takes no fixed keys.', 'Set TINKER_CREDENTIAL_CMD.');
  }
  if (key !== undefined) {
    try {
      return fixed(checkForm(key, anyKey));
    } catch (error) {
      if (dynamic !== undefined) return dynamic;
      throw error;
    }
  }
  if (dynamic !== undefined) return dynamic;
  const stored = storedKey(env);
  if (stored !== undefined) return fixed(checkForm(stored, anyKey));
  throw credentialsError('missing', 'There is no Tinker credential.', MISSING_HINT);
};
