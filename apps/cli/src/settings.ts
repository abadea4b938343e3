import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { configError } from './errors.js';

/** A setting that need not stand on the command line. */
interface Setting {
  /** The name of the option in commander, and in the file. */
  readonly name: string;
  /** In the environment; the first one that is set. */
  readonly variables: readonly string[];
  readonly kind: 'switch' | 'text';
}

const setting = (name: string, kind: Setting['kind'] = 'text', ...more: readonly string[]): Setting => ({
  name,
  kind,
  variables: [`SOMAKIT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`, ...more],
});

/** All settings: a flag goes before the environment, that before the file, that before client.yaml. */
export const SETTINGS: readonly Setting[] = [
  setting('json', 'switch'),
  setting('quiet', 'switch'),
  setting('verbose', 'switch'),
  setting('debug', 'switch'),
  setting('env'),
  setting('rpc', 'text', 'SOMAKIT_RPC_URL'),
  setting('config'),
  setting('from'),
  setting('timeout'),
  setting('keyFile'),
  setting('keyCommand'),
  setting('passwordFile'),
  setting('passwordCommand'),
  setting('faucetUrl'),
  setting('adminUrl'),
  setting('scoringUrl'),
];

/** Pairs of which one makes the other idle: the one that was said more nearly wins. */
const RIVALS: readonly (readonly [string, string])[] = [
  ['env', 'rpc'],
  ['keyFile', 'keyCommand'],
  ['passwordFile', 'passwordCommand'],
];

const RANK: Readonly<Record<string, number>> = { config: 1, env: 2, implied: 3, cli: 3 };

/** Services of a network that are not where the official program expects them. */
export interface ServiceSettings {
  readonly faucetUrl?: string;
  readonly adminUrl?: string;
  readonly scoringUrl?: string;
}

/** What the file says. */
export interface SettingsFile {
  readonly path: string;
  readonly values: Readonly<Record<string, string | boolean>>;
  readonly environments: Readonly<Record<string, ServiceSettings>>;
}

/** Where the file is. */
export const settingsPath = (env: NodeJS.ProcessEnv = process.env): string =>
  env.SOMAKIT_CONFIG_FILE || join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'somakit', 'config.json');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the file, where there is one. @throws CLI_CONFIG */
export const readSettingsFile = (env: NodeJS.ProcessEnv = process.env): SettingsFile => {
  const path = settingsPath(env);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' && !env.SOMAKIT_CONFIG_FILE) {
      return { path, values: {}, environments: {} };
    }
    throw configError(path, `${path} cannot be read.`, undefined, cause);
  }
  const fail = (problem: string, hint?: string) => configError(path, `${path}: ${problem}.`, hint);
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw fail('it is not JSON');
  }
  if (!isObject(content)) throw fail('it is not a JSON object');
  const { environments = {}, ...rest } = content;
  const values: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(rest)) {
    const known = SETTINGS.find((each) => each.name === name);
    if (known === undefined) {
      throw fail(`there is no setting ${name}`, `There are ${SETTINGS.map((each) => each.name).join(', ')}.`);
    }
    if (known.kind === 'switch' ? typeof value !== 'boolean' : !['string', 'number'].includes(typeof value)) {
      throw fail(`${name} must be ${known.kind === 'switch' ? 'true or false' : 'a text'}`);
    }
    values[name] = typeof value === 'boolean' ? value : String(value);
  }
  if (!isObject(environments) || !Object.values(environments).every(isObject)) {
    throw fail('environments must hold an object for each alias');
  }
  return { path, values, environments: environments as Record<string, ServiceSettings> };
};

const isOn = (text: string): boolean => !/^(0|false|no|off)$/i.test(text);

/** What the environment says of a setting. */
export const fromEnvironment = (name: string, env: NodeJS.ProcessEnv = process.env): string | boolean | undefined => {
  const known = SETTINGS.find((each) => each.name === name);
  const text = known?.variables.map((variable) => env[variable]?.trim()).find((value) => value);
  return text === undefined ? undefined : known?.kind === 'switch' ? isOn(text) : text;
};

/** Gives options that the command line leaves out what the environment or the file says. */
export const applySettings = (action: Command, file: SettingsFile, env: NodeJS.ProcessEnv = process.env): void => {
  const owners = new Map<string, Command>();
  for (let command: Command | null = action; command !== null; command = command.parent) {
    for (const option of command.options) {
      const name = option.attributeName();
      if (!owners.has(name)) owners.set(name, command);
    }
  }
  for (const { name } of SETTINGS) {
    const owner = owners.get(name);
    if (owner === undefined || RANK[owner.getOptionValueSource(name) ?? ''] !== undefined) continue;
    const given = fromEnvironment(name, env);
    const value = given ?? file.values[name];
    if (value === undefined) continue;
    const option = owner.options.find((each) => each.attributeName() === name);
    const parse = option?.parseArg as ((text: string, before: unknown) => unknown) | undefined;
    const parsed = typeof value === 'string' && parse !== undefined ? parse(value, undefined) : value;
    owner.setOptionValueWithSource(name, parsed, given === undefined ? 'config' : 'env');
  }
  for (const pair of RIVALS) {
    const [a, b] = pair.map((name) => RANK[owners.get(name)?.getOptionValueSource(name) ?? ''] ?? 0) as [
      number,
      number,
    ];
    const [first, second] = pair;
    if (a > b && b > 0) owners.get(second)?.setOptionValueWithSource(second, undefined, 'default');
    if (b > a && a > 0) owners.get(first)?.setOptionValueWithSource(first, undefined, 'default');
  }
};
