import { SomaKitError } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import './errors.js';

/** Environment variables, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variables that a wallet heeds. */
export const WALLET_VARIABLES = {
  /** Folder of client.yaml, as the official programs take it. */
  configDir: 'SOMA_CONFIG_DIR',
  /** A private key, Bech32 or hex: goes before the active address, and needs no files. */
  privateKey: 'SOMAKIT_PRIVATE_KEY',
  /** URL of a node: goes before the active environment, and needs no files. */
  rpcUrl: 'SOMAKIT_RPC_URL',
  /** Alias of an environment of client.yaml: goes before the active one. */
  environment: 'SOMAKIT_ENV',
  /** Password of an encrypted keystore. */
  password: 'SOMAKIT_PASSWORD',
} as const;

/** The text of a variable; blanks around it and empty ones do not count. */
export const variable = (variables: Variables, name: string): string | undefined =>
  variables[name]?.trim() || undefined;

/** The key of SOMAKIT_PRIVATE_KEY. @throws WALLET_VARIABLE */
export const keyOfVariables = (variables: Variables): Keypair | undefined => {
  const name = WALLET_VARIABLES.privateKey;
  const text = variable(variables, name);
  if (text === undefined) return undefined;
  try {
    return Keypair.fromSecretKey(text);
  } catch {
    // No cause: nothing that has seen the key may come near a log.
    throw new SomaKitError('WALLET_VARIABLE', `${name} is not a private key.`, {
      context: { variable: name, problem: 'it is neither a somaprivkey1... text nor 64 hexadecimal digits' },
      hint: 'Set it to what a wallet exports (somaprivkey1...), or to the 32 bytes as hexadecimal digits.',
    });
  }
};

/** The URL of SOMAKIT_RPC_URL. @throws WALLET_VARIABLE */
export const rpcOfVariables = (variables: Variables): string | undefined => {
  const name = WALLET_VARIABLES.rpcUrl;
  const text = variable(variables, name);
  if (text === undefined || isHttpUrl(text)) return text;
  throw new SomaKitError('WALLET_VARIABLE', `${name} is not an http or https URL.`, {
    context: { variable: name, problem: 'it is not an http or https URL' },
  });
};

/** Whether a text can be the URL of a node. */
export const isHttpUrl = (text: unknown): text is string =>
  typeof text === 'string' && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
