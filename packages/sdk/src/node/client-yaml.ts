import { type Address, parseAddress } from '@somakit/core';
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParseOptions,
  parseDocument,
  Scalar,
  type SchemaOptions,
  YAMLMap,
  YAMLSeq,
} from 'yaml';
import { damagedConfig } from './errors.js';

/** A network of client.yaml. */
export interface WalletEnvironment {
  readonly alias: string;
  /** URL of the node. */
  readonly rpc: string;
  /** `user:password`, sent to the node with every call. */
  readonly basicAuth?: string | undefined;
  /** What the chain calls itself, once somebody has asked. */
  readonly chainId?: string | undefined;
}

/** What client.yaml says. Source: `sdk/src/client_config.rs`, `SomaClientConfig`. */
export interface ClientConfig {
  /** Path of the keystore; undefined when the file names none. */
  readonly keystore: string | undefined;
  /** Path of a second keystore. */
  readonly externalKeys: string | undefined;
  readonly environments: readonly WalletEnvironment[];
  readonly activeEnvironment: string | undefined;
  readonly activeAddress: Address | undefined;
}

/** A client.yaml that can be changed; what is not changed stays as it was written, comments and unknown fields too. */
export interface ClientYaml extends ClientConfig {
  readonly text: string;
  /** The file with changes. An environment is found by its alias. */
  with(change: ClientChange): string;
}

/** What {@link ClientYaml} can change. */
export interface ClientChange {
  readonly keystore?: string | undefined;
  readonly activeEnvironment?: string | undefined;
  /** null for none. */
  readonly activeAddress?: Address | null | undefined;
  readonly addEnvironment?: WalletEnvironment | undefined;
  readonly removeEnvironment?: string | undefined;
  readonly chainId?: { readonly alias: string; readonly chainId: string } | undefined;
}

// serde_yaml 0.8 quotes these; every other text it writes plain.
const SPECIAL = /^$|^[ &*?|\-<>=!%@.]| $|^0x|[:{}[\],#`"'\\\p{Cc}]/u;
const WORDS = /^(yes|Yes|YES|no|No|NO|True|TRUE|true|False|FALSE|false|on|On|ON|off|Off|OFF|null|Null|NULL|~)$/;
const NUMBER = /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|inf|infinity|nan)$/i;

const styleOf = (text: string): 'PLAIN' | 'QUOTE_DOUBLE' =>
  SPECIAL.test(text) || WORDS.test(text) || NUMBER.test(text) ? 'QUOTE_DOUBLE' : 'PLAIN';

/** A value as the official programs write it. */
const scalar = (value: string | null): Scalar => {
  const node = new Scalar<string | null>(value);
  if (value === null) node.source = '~';
  else node.type = styleOf(value);
  return node;
};

const put = (map: YAMLMap, key: string, value: string | null): void => {
  const there = map.get(key, true);
  if (!isScalar(there)) {
    map.set(new Scalar(key), scalar(value));
    // A field that was there in another form keeps its place: set() replaces the value of an equal key.
    return;
  }
  const made = scalar(value);
  there.value = made.value;
  if (made.type === undefined) delete there.type;
  else there.type = made.type;
  if (made.source === undefined) delete there.source;
  else there.source = made.source;
};

const environmentNode = ({ alias, rpc, basicAuth, chainId }: WalletEnvironment): YAMLMap => {
  const map = new YAMLMap();
  map.set(new Scalar('alias'), scalar(alias));
  map.set(new Scalar('rpc'), scalar(rpc));
  map.set(new Scalar('basic_auth'), scalar(basicAuth ?? null));
  if (chainId !== undefined) map.set(new Scalar('chain_id'), scalar(chainId));
  return map;
};

const OPTIONS: ParseOptions & SchemaOptions = { schema: 'failsafe', customTags: ['null'] };

const aliasOf = (node: unknown): unknown => (isMap(node) ? node.get('alias') : undefined);

const edited = (text: string, change: ClientChange): string => {
  const document = parseDocument(text, OPTIONS);
  const root = document.contents as YAMLMap;
  let environments = root.get('envs');
  if (change.keystore !== undefined) {
    const of = new YAMLMap();
    of.set(new Scalar('File'), scalar(change.keystore));
    root.set(new Scalar('keystore'), of);
  }
  if (change.activeEnvironment !== undefined) put(root, 'active_env', change.activeEnvironment);
  if (change.activeAddress !== undefined) put(root, 'active_address', change.activeAddress?.slice(2) ?? null);
  if (change.addEnvironment !== undefined) {
    if (!isSeq(environments)) {
      environments = new YAMLSeq();
      root.set(new Scalar('envs'), environments);
    }
    const list = environments as YAMLSeq;
    if (list.items.length === 0) list.flow = false;
    list.add(environmentNode(change.addEnvironment));
  }
  const find = (alias: string): number =>
    isSeq(environments) ? environments.items.findIndex((each) => aliasOf(each) === alias) : -1;
  if (change.removeEnvironment !== undefined) {
    const index = find(change.removeEnvironment);
    if (index >= 0) (environments as YAMLSeq).delete(index);
  }
  if (change.chainId !== undefined) {
    const node = isSeq(environments) ? environments.items[find(change.chainId.alias)] : undefined;
    if (isMap(node)) put(node, 'chain_id', change.chainId.chainId);
  }
  return document.toString({ lineWidth: 0 });
};

/**
 * Reads a client.yaml. Every value is taken as the text that is written: an address of digits alone is no number.
 * @throws WALLET_DAMAGED
 */
export const readClientYaml = (text: string, path: string): ClientYaml => {
  const lines = new LineCounter();
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines });
  const [error] = document.errors;
  // The parser's message quotes the text around the fault: it is not kept.
  if (error !== undefined) throw damagedConfig(path, `it is not YAML (${error.code})`, error.linePos?.[0].line);
  if (!isMap(document.contents)) throw damagedConfig(path, 'it is not a mapping');
  let value: unknown;
  try {
    value = document.toJS();
  } catch {
    throw damagedConfig(path, 'its aliases cannot be followed');
  }
  const fields = value as Record<string, unknown>;
  const lineOf = (...at: readonly (string | number)[]): number | undefined => {
    const range = (document.getIn(at, true) as { range?: readonly number[] } | undefined)?.range;
    return range?.[0] === undefined ? undefined : lines.linePos(range[0]).line;
  };
  const optional = (of: Record<string, unknown>, name: string, ...at: readonly (string | number)[]) => {
    const found = of[name];
    if (found === undefined || found === null) return undefined;
    if (typeof found !== 'string') throw damagedConfig(path, `${name} is not a text`, lineOf(...at, name));
    return found;
  };
  const fileOf = (name: string): string | undefined => {
    const found = fields[name];
    if (found === undefined || found === null) return undefined;
    if (typeof found === 'object' && 'InMem' in found) {
      // External keys in memory are no use to anybody else; as the keystore they would be lost.
      if (name === 'external_keys') return undefined;
      throw damagedConfig(path, 'its keystore is kept in memory (InMem); only File can be opened', lineOf(name));
    }
    const file = typeof found === 'object' ? (found as Record<string, unknown>).File : undefined;
    if (typeof file !== 'string') throw damagedConfig(path, `${name} is not File and a path`, lineOf(name));
    return file;
  };
  const list = fields.envs ?? [];
  if (!Array.isArray(list)) throw damagedConfig(path, 'envs is not a list', lineOf('envs'));
  const environments = list.map((each: unknown, index): WalletEnvironment => {
    const of = (typeof each === 'object' && each !== null ? each : {}) as Record<string, unknown>;
    const alias = optional(of, 'alias', 'envs', index);
    const rpc = optional(of, 'rpc', 'envs', index);
    if (alias === undefined || rpc === undefined) {
      throw damagedConfig(path, `environment ${index + 1} has no alias or no rpc`, lineOf('envs', index));
    }
    const basicAuth = optional(of, 'basic_auth', 'envs', index);
    const chainId = optional(of, 'chain_id', 'envs', index);
    return Object.freeze({
      alias,
      rpc,
      ...(basicAuth === undefined ? {} : { basicAuth }),
      ...(chainId === undefined ? {} : { chainId }),
    });
  });
  const address = optional(fields, 'active_address');
  let activeAddress: Address | undefined;
  try {
    // The official reader takes 64 digits with or without 0x, and nothing shorter.
    if (address !== undefined && !/^(0x)?[0-9a-f]{64}$/i.test(address)) throw new RangeError();
    activeAddress = address === undefined ? undefined : parseAddress(address);
  } catch {
    throw damagedConfig(path, 'active_address is not 64 hexadecimal digits', lineOf('active_address'));
  }
  return {
    text,
    keystore: fileOf('keystore'),
    externalKeys: fileOf('external_keys'),
    environments,
    activeEnvironment: optional(fields, 'active_env'),
    activeAddress,
    with: (change) => edited(text, change),
  };
};

/** A new client.yaml, byte for byte as the official programs write it. */
export const writeClientYaml = (config: {
  readonly keystore: string;
  readonly environments: readonly WalletEnvironment[];
  readonly activeEnvironment: string;
  readonly activeAddress: Address;
}): string => {
  const root = new YAMLMap();
  const keystore = new YAMLMap();
  keystore.set(new Scalar('File'), scalar(config.keystore));
  root.set(new Scalar('keystore'), keystore);
  root.set(new Scalar('external_keys'), scalar(null));
  const list = new YAMLSeq();
  for (const each of config.environments) list.add(environmentNode(each));
  root.set(new Scalar('envs'), list);
  root.set(new Scalar('active_env'), scalar(config.activeEnvironment));
  root.set(new Scalar('active_address'), scalar(config.activeAddress.slice(2)));
  const document = parseDocument('--- {}', OPTIONS);
  document.contents = root as never;
  return document.toString({ lineWidth: 0 });
};
