import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAddress, SomaKitError, toBase64 } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import {
  blsPublicKey,
  createProofOfPossession,
  formatBlsSecretKey,
  generateBlsSecretKey,
  parseBlsPublicKey,
  parseBlsSecretKey,
} from '@somakit/crypto/bls';
import { parse } from 'yaml';
import { configError } from '../errors.js';
import { writeSecret } from './new-key.js';

/** What a validator tells of itself to join. Source: types/src/validator_info.rs, GenesisValidatorInfo. */
export interface ValidatorInfo {
  readonly accountAddress: string;
  readonly protocolKey: Uint8Array;
  readonly workerKey: Uint8Array;
  readonly networkKey: Uint8Array;
  readonly proofOfPossession: Uint8Array;
  readonly commissionRate: number;
  readonly networkAddress: string;
  readonly p2pAddress: string;
  readonly primaryAddress: string;
  readonly proxyAddress: string;
}

/** The file as the official program writes it: keys in kebab-case, the proof as a list of bytes. */
const infoYaml = (info: ValidatorInfo): string =>
  [
    '---',
    'info:',
    `  account-address: "${info.accountAddress.slice(2)}"`,
    `  protocol-key: ${toBase64(info.protocolKey)}`,
    `  worker-key: ${toBase64(info.workerKey)}`,
    `  network-key: ${toBase64(info.networkKey)}`,
    '  proof-of-possession:',
    ...[...info.proofOfPossession].map((byte) => `    - ${byte}`),
    `  commission-rate: ${info.commissionRate}`,
    `  network-address: ${info.networkAddress}`,
    `  p2p-address: ${info.p2pAddress}`,
    `  primary-address: ${info.primaryAddress}`,
    `  proxy-address: ${info.proxyAddress}`,
    '',
  ].join('\n');

/** Reads a validator.info file. @throws CLI_CONFIG */
export const readValidatorInfo = async (file: string): Promise<ValidatorInfo> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw configError(file, `${file} cannot be read.`, 'somakit validator make-validator-info writes one.', cause);
  });
  try {
    const { info } = parse(text) as { info: Record<string, unknown> };
    const field = (name: string): string => {
      const value = info[name] ?? info[name.replaceAll('-', '_')];
      if (typeof value === 'string' || typeof value === 'number') return String(value);
      throw configError(file, `${file} has no ${name}.`);
    };
    const key = (name: string): Uint8Array => Uint8Array.from(Buffer.from(field(name), 'base64'));
    const proof = (info['proof-of-possession'] ?? info.proof_of_possession) as readonly number[];
    return {
      accountAddress: parseAddress(field('account-address')),
      protocolKey: parseBlsPublicKey(field('protocol-key')),
      workerKey: key('worker-key'),
      networkKey: key('network-key'),
      proofOfPossession: Uint8Array.from(proof),
      commissionRate: Number(field('commission-rate')),
      networkAddress: field('network-address'),
      p2pAddress: field('p2p-address'),
      primaryAddress: field('primary-address'),
      proxyAddress: field('proxy-address'),
    };
  } catch (cause) {
    if (cause instanceof SomaKitError && cause.code === 'CLI_CONFIG') throw cause;
    throw configError(file, `${file} is not a validator.info file.`, undefined, cause);
  }
};

const keyFile = async (
  folder: string,
  name: string,
  make: () => string,
): Promise<{ readonly text: string; readonly made: boolean }> => {
  const path = join(folder, name);
  if (existsSync(path)) return { text: (await readFile(path, 'utf8')).trim(), made: false };
  const text = make();
  await writeSecret(path, text);
  return { text, made: true };
};

export interface MadeInfo {
  readonly info: ValidatorInfo;
  readonly file: string;
  /** Files that were written now, validator.info last. */
  readonly made: readonly string[];
  /** Key files that were there and are used. */
  readonly used: readonly string[];
}

/** Writes the keys of a validator, those that are missing, and its validator.info. */
export const makeValidatorInfo = async (parameters: {
  readonly folder: string;
  readonly host: string;
  readonly commissionRate: number;
  readonly account: Keypair;
  /** Whether the account's key is copied beside the others: a node wants it there. */
  readonly copyAccountKey: boolean;
}): Promise<MadeInfo> => {
  const { folder, host, commissionRate, account, copyAccountKey } = parameters;
  const made: string[] = [];
  const used: string[] = [];
  const take = async (name: string, make: () => string): Promise<string> => {
    const found = await keyFile(folder, name, make);
    (found.made ? made : used).push(name);
    return found.text;
  };
  const protocol = parseBlsSecretKey(await take('protocol.key', () => formatBlsSecretKey(generateBlsSecretKey())));
  const own = copyAccountKey
    ? Keypair.fromKeyFile(await take('account.key', () => account.toKeystoreEntry()))
    : account;
  const fresh = () => Keypair.generate().toKeystoreEntry();
  const network = Keypair.fromKeyFile(await take('network.key', fresh));
  const worker = Keypair.fromKeyFile(await take('worker.key', fresh));
  const address = (port: number): string => `/dns/${host}/tcp/${port}/http`;
  const info: ValidatorInfo = {
    accountAddress: own.address,
    protocolKey: blsPublicKey(protocol),
    workerKey: worker.publicKey,
    networkKey: network.publicKey,
    proofOfPossession: createProofOfPossession(protocol, own.address),
    commissionRate,
    networkAddress: address(8080),
    p2pAddress: address(8084),
    primaryAddress: address(8081),
    proxyAddress: address(8090),
  };
  const file = join(folder, 'validator.info');
  await writeFile(file, infoYaml(info));
  made.push('validator.info');
  return { info, file, made, used };
};
