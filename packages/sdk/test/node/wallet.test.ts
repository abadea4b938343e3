import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isError } from '@somakit/core';
import { keypairFromMnemonic } from '@somakit/crypto/mnemonic';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Keypair } from '../../src/index.js';
import { openWallet, WALLET_VARIABLES } from '../../src/node/index.js';

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-wallet-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const none = {};
const create = (more: object = {}) => openWallet({ configDir: folder, env: none, create: true, ...more });
const open = (more: object = {}) => openWallet({ configDir: folder, env: none, ...more });
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const thrown = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};
const scrypt = { n: 1024 };

describe('openWallet', () => {
  it('refuses a folder without a wallet, and leaves it as it is', async () => {
    expect(await failure(open())).toMatchObject({ code: 'WALLET_NOT_FOUND', context: { path: at('client.yaml') } });
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes what the first run of the official program makes', async () => {
    const wallet = await create();
    const [key] = wallet.keys;
    expect(await readFile(at('client.yaml'), 'utf8')).toBe(`---
keystore:
  File: ${at('soma.keystore')}
external_keys: ~
envs:
  - alias: testnet
    rpc: "https://fullnode.testnet.soma.org:443"
    basic_auth: ~
  - alias: local
    rpc: "http://127.0.0.1:9000"
    basic_auth: ~
active_env: testnet
active_address: ${key?.address.slice(2)}
`);
    expect((await readdir(folder)).sort()).toEqual(['client.yaml', 'soma.aliases', 'soma.keystore']);
    for (const name of ['client.yaml', 'soma.keystore']) expect((await stat(at(name))).mode & 0o777).toBe(0o600);
    expect(wallet).toMatchObject({ saved: true, activeEnvironment: { alias: 'testnet' }, activeAddress: key?.address });
  });

  it('tells the words of the new key once', async () => {
    const wallet = await create();
    const words = wallet.takeMnemonic();
    expect(keypairFromMnemonic(words ?? '').address).toBe(wallet.activeAddress);
    expect(wallet.takeMnemonic()).toBeUndefined();
    expect(JSON.stringify(wallet)).not.toContain(words);
    const again = await create();
    expect(again.takeMnemonic()).toBeUndefined();
    expect(again.keys).toEqual(wallet.keys);
  });

  it('makes one wallet, however many start at once', async () => {
    const wallets = await Promise.all(Array.from({ length: 5 }, () => create()));
    expect(wallets.filter((each) => each.takeMnemonic() !== undefined)).toHaveLength(1);
    expect(new Set(wallets.map(({ activeAddress }) => activeAddress)).size).toBe(1);
  });

  it('finds its folder by SOMA_CONFIG_DIR', async () => {
    await create();
    const wallet = await openWallet({ env: { SOMA_CONFIG_DIR: folder } });
    expect(wallet.configFile).toBe(at('client.yaml'));
  });

  it('opens a client.yaml without a keystore, and the first key is active when none is stored', async () => {
    await writeFile(at('client.yaml'), 'envs:\n  - alias: a\n    rpc: http://127.0.0.1:1\n');
    const empty = await open();
    expect(empty).toMatchObject({ keys: [], activeAddress: undefined, activeEnvironment: { alias: 'a' } });
    expect(thrown(() => empty.signer())).toMatchObject({ code: 'WALLET_EMPTY' });
    const { key } = await empty.generateKey({ alias: 'mine' });
    expect(empty.activeAddress).toBe(key.address);
    expect(await readFile(at('client.yaml'), 'utf8')).toBe('envs:\n  - alias: a\n    rpc: http://127.0.0.1:1\n');
  });

  it('refuses a keystore that others may read', async () => {
    await create();
    await chmod(at('soma.keystore'), 0o644);
    expect(await failure(open())).toMatchObject({ code: 'KEYSTORE_OPEN_MODE' });
    expect((await open({ allowOpenMode: true })).keys).toHaveLength(1);
  });
});

describe('a wallet', () => {
  it('finds addresses and aliases, with and without 0x', async () => {
    const wallet = await create();
    const { key } = await wallet.generateKey({ alias: 'cafe' });
    expect(wallet.resolve('cafe')).toBe(key.address);
    expect(wallet.resolve(key.address.slice(2))).toBe(key.address);
    expect(wallet.resolve('0xb0b')).toBe(`0x${'b0b'.padStart(64, '0')}`);
    expect(thrown(() => wallet.resolve('nobody'))).toMatchObject({ code: 'KEYSTORE_KEY_NOT_FOUND' });
    const words = Array(12).fill('abandon').join(' ');
    expect(JSON.stringify(thrown(() => wallet.resolve(words)))).not.toContain('abandon');
    expect(wallet.signer('cafe').address).toBe(key.address);
  });

  it('switches, and another program sees it', async () => {
    const wallet = await create();
    const { key } = await wallet.generateKey({ alias: 'second' });
    expect(wallet.activeAddress).not.toBe(key.address);
    await wallet.switchAddress('second');
    await wallet.switchEnvironment('local');
    const other = await open();
    expect(other).toMatchObject({ activeAddress: key.address, activeEnvironment: { alias: 'local' } });
    expect(await failure(wallet.switchEnvironment('mainnet'))).toMatchObject({
      code: 'WALLET_UNKNOWN_ENVIRONMENT',
      context: { alias: 'mainnet', known: ['testnet', 'local'] },
    });
    expect(await failure(wallet.switchAddress('third'))).toMatchObject({ code: 'KEYSTORE_KEY_NOT_FOUND' });
  });

  it('loses nothing of what another program writes meanwhile', async () => {
    const [a, b] = [await create(), await open()];
    await Promise.all([
      a.addEnvironment({ alias: 'x', rpc: 'http://x' }),
      b.addEnvironment({ alias: 'y', rpc: 'http://y', basicAuth: 'me:secret' }),
      a.setChainId('local', 'localnet'),
      b.switchEnvironment('local'),
    ]);
    await a.reload();
    expect(a.environments.map(({ alias }) => alias).sort()).toEqual(['local', 'testnet', 'x', 'y']);
    expect(a.environment()).toEqual({ alias: 'local', rpc: 'http://127.0.0.1:9000', chainId: 'localnet' });
    expect(a.environment('y').basicAuth).toBe('me:secret');
  });

  it('does not write when nothing changes', async () => {
    const wallet = await create();
    const { ino } = await stat(at('client.yaml'));
    await wallet.switchEnvironment('testnet');
    await wallet.switchAddress(wallet.activeAddress ?? '');
    expect((await stat(at('client.yaml'))).ino).toBe(ino);
  });

  it('keeps environments apart, and the active one', async () => {
    const wallet = await create();
    const twice = wallet.addEnvironment({ alias: 'local', rpc: 'http://x' });
    expect(await failure(twice)).toMatchObject({ code: 'WALLET_ENVIRONMENT_EXISTS' });
    const noUrl = wallet.addEnvironment({ alias: 'z', rpc: 'x:9000' });
    expect(await failure(noUrl)).toMatchObject({ code: 'INVALID_ARGUMENT', context: { argument: 'rpc' } });
    expect(await failure(wallet.removeEnvironment('testnet'))).toMatchObject({ code: 'WALLET_ENVIRONMENT_ACTIVE' });
    await wallet.removeEnvironment('local');
    expect((await open()).environments.map(({ alias }) => alias)).toEqual(['testnet']);
  });

  it('makes another key active when the active one is removed', async () => {
    const wallet = await create();
    const first = wallet.activeAddress ?? '';
    const { key } = await wallet.generateKey();
    expect((await wallet.removeKey(first)).address).toBe(first);
    expect((await open()).activeAddress).toBe(key.address);
    await wallet.removeKey(key.address);
    expect((await open()).activeAddress).toBeUndefined();
    expect(await readFile(at('client.yaml'), 'utf8')).toContain('active_address: ~\n');
  });

  it('takes a key, or words, and neither both nor none', async () => {
    const wallet = await create();
    const keypair = Keypair.generate();
    const key = await wallet.addKey({ keypair, alias: 'given', activate: true });
    expect(key).toMatchObject({ alias: 'given', address: keypair.address, source: 'keystore' });
    expect(wallet.activeAddress).toBe(keypair.address);
    const mnemonic = `${'abandon '.repeat(11)}about`;
    expect((await wallet.addKey({ mnemonic })).address).toMatch(/^0x5e93a736/);
    for (const bad of [{}, { keypair, mnemonic }]) {
      expect(await failure(wallet.addKey(bad))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect((await wallet.renameKey('given', 'mine')).alias).toBe('mine');
    expect(wallet.keys.map(({ alias }) => alias)).toContain('mine');
  });

  it('resolves and signs with external keys too', async () => {
    const outside = await openWallet({ configDir: at('outside'), env: none, create: true });
    const wallet = await create();
    const text = await readFile(at('client.yaml'), 'utf8');
    const line = `external_keys:\n  File: ${outside.keystore.path}`;
    await writeFile(at('client.yaml'), text.replace('external_keys: ~', line));
    await wallet.reload();
    const [external] = outside.keys;
    expect(wallet.keys).toContainEqual({ ...external, source: 'external' });
    expect(wallet.signer(external?.alias).address).toBe(external?.address);
  });
});

describe('a wallet of the environment', () => {
  const keypair = Keypair.generate();

  it.each([
    ['Bech32', keypair.toSecretKey()],
    ['hex', keypair.toSecretKeyHex()],
    ['0x', `0x${keypair.toSecretKeyHex()}`],
  ])('takes the key of SOMAKIT_PRIVATE_KEY as %s, without any file', async (_, secret) => {
    const wallet = await openWallet({ configDir: folder, env: { SOMAKIT_PRIVATE_KEY: ` ${secret}\n` } });
    expect(wallet).toMatchObject({ saved: false, activeAddress: keypair.address });
    expect(wallet.keys).toMatchObject([{ alias: WALLET_VARIABLES.privateKey, source: 'variable' }]);
    expect(wallet.signer().address).toBe(keypair.address);
    expect(await failure(wallet.switchEnvironment('local'))).toMatchObject({ code: 'WALLET_NOT_FOUND' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('never shows a key that it cannot use', async () => {
    for (const secret of [`${keypair.toSecretKey()}x`, keypair.toSecretKeyHex().slice(1), 'hunter2']) {
      const error = (await failure(open({ env: { SOMAKIT_PRIVATE_KEY: secret } }))) as Error;
      expect(error).toMatchObject({ code: 'WALLET_VARIABLE', context: { variable: 'SOMAKIT_PRIVATE_KEY' } });
      expect(`${JSON.stringify(error)}${error.stack}${String(error.cause)}`).not.toContain(secret.slice(-7));
    }
  });

  it('puts the key and the environment of variables before those of the file', async () => {
    const stored = await create();
    const env = { SOMAKIT_PRIVATE_KEY: keypair.toSecretKey(), SOMAKIT_ENV: 'local' };
    const wallet = await open({ env });
    expect(wallet).toMatchObject({ activeAddress: keypair.address, activeEnvironment: { alias: 'local' } });
    expect(wallet.signer(stored.keys[0]?.alias).address).toBe(stored.activeAddress);
    const elsewhere = await open({ env: { SOMAKIT_RPC_URL: 'http://127.0.0.1:7' } });
    expect(elsewhere.createClient().rpc.url).toContain('127.0.0.1:7');
    expect(await failure(open({ env: { SOMAKIT_RPC_URL: 'ftp://x' } }))).toMatchObject({ code: 'WALLET_VARIABLE' });
    const nowhere = await open({ env: { SOMAKIT_ENV: 'mars' } });
    expect(nowhere.activeEnvironment).toBeUndefined();
    expect(thrown(() => nowhere.createClient())).toMatchObject({ code: 'WALLET_UNKNOWN_ENVIRONMENT' });
  });

  it('signs with any signer', async () => {
    const signer = { address: keypair.address, signTransaction: () => new Uint8Array(97) };
    const wallet = await open({ signer });
    expect(wallet).toMatchObject({ saved: false, activeAddress: keypair.address });
    expect(wallet.signer()).toBe(signer);
    expect(wallet.createClient().signer).toBe(signer);
  });
});

describe('a wallet with an encrypted keystore', () => {
  it('is made with a password, and asks for it', async () => {
    const made = await create({ password: 'secret', scrypt });
    expect(await readFile(at('soma.keystore'), 'utf8')).toContain('somakit-keystore');
    expect(await failure(open())).toMatchObject({ code: 'KEYSTORE_ENCRYPTED' });
    expect(await failure(open({ password: 'other' }))).toMatchObject({ code: 'KEYSTORE_WRONG_PASSWORD' });
    const asked: string[] = [];
    const password = async (path: string) => {
      asked.push(path);
      return 'secret';
    };
    expect((await open({ password })).keys).toEqual(made.keys);
    expect(asked).toEqual([at('soma.keystore')]);
    expect((await open({ env: { SOMAKIT_PASSWORD: 'secret' } })).keys).toEqual(made.keys);
  });

  it('does not ask for a keystore that is open', async () => {
    await create();
    const password = () => {
      throw new Error('asked');
    };
    expect((await open({ password })).keys).toHaveLength(1);
    expect((await open({ env: { SOMAKIT_PASSWORD: 'x' } })).keys).toHaveLength(1);
    const error = await failure(open({ password: 'x' }));
    expect(isError(error) && error.code).toBe('KEYSTORE_NOT_ENCRYPTED');
  });

  it('opens locked without asking, and tells what is wrong when a key is wanted', async () => {
    const made = await create({ password: 'secret', scrypt });
    const password = () => {
      throw new Error('asked');
    };
    const wallet = await open({ locked: true, password });
    expect(wallet).toMatchObject({ locked: true, saved: true, activeAddress: made.activeAddress, keys: [] });
    expect(wallet.environments).toEqual(made.environments);
    expect(wallet.resolve('0x5')).toMatch(/^0x0+5$/);
    expect(wallet.toJSON()).toMatchObject({ keystore: at('soma.keystore'), activeAddress: made.activeAddress });
    const encrypted = { code: 'KEYSTORE_ENCRYPTED', hint: expect.stringContaining('password') };
    expect(thrown(() => wallet.keystore)).toMatchObject(encrypted);
    expect(thrown(() => wallet.signer())).toMatchObject(encrypted);
    expect(thrown(() => wallet.resolve('nobody'))).toMatchObject(encrypted);
    expect(thrown(() => wallet.createClient({ identity: made.activeAddress }))).toMatchObject(encrypted);
    for (const change of [
      wallet.generateKey(),
      wallet.removeKey('a'),
      wallet.renameKey('a'),
      wallet.switchAddress('a'),
    ]) {
      expect(await failure(change)).toMatchObject(encrypted);
    }
    // What needs no key works: reading the chain, and client.yaml.
    const client = wallet.createClient();
    expect(client.signer).toBeUndefined();
    client.close();
    await wallet.switchEnvironment('local');
    await wallet.setChainId('local', 'abc');
    await wallet.reload();
    expect(wallet.activeEnvironment).toMatchObject({ alias: 'local', chainId: 'abc' });
    expect((await open({ password: 'secret' })).activeAddress).toBe(made.activeAddress);
  });

  it('shows the names that lie beside a locked keystore, and signs with a key from elsewhere', async () => {
    const made = await create();
    const [key] = made.keys;
    await made.keystore.saveAs(at('soma.keystore'), { overwrite: true, password: 'secret', scrypt });
    const wallet = await open({ locked: true });
    expect(wallet.locked).toBe(true);
    expect(wallet.keys).toEqual([key]);
    expect(wallet.resolve(key?.alias ?? '')).toBe(key?.address);
    const other = Keypair.generate();
    const variable = await open({ locked: true, env: { SOMAKIT_PRIVATE_KEY: other.toSecretKey() } });
    expect(variable.createClient().signer?.address).toBe(other.address);
  });

  it('opens as ever what is not encrypted, locked or not, and makes nothing locked', async () => {
    const made = await create();
    const wallet = await open({ locked: true });
    expect(wallet).toMatchObject({ locked: false, keys: made.keys });
    expect(wallet.signer().address).toBe(made.activeAddress);
    expect(await failure(create({ locked: true }))).toMatchObject({ context: { argument: 'locked' } });
    expect(await failure(openWallet(null as never))).toMatchObject({ context: { argument: 'options' } });
  });
});

describe("a wallet's client", () => {
  it('knows the services of the environments that have some', async () => {
    const wallet = await create();
    const testnet = wallet.createClient();
    expect(testnet.rpc.url).toContain('fullnode.testnet.soma.org');
    expect(testnet.faucet.url).toContain('faucet.testnet.soma.org');
    expect(thrown(() => testnet.admin)).toMatchObject({ code: 'SERVICE_NOT_CONFIGURED' });
    const local = wallet.createClient({ environment: 'local', adminUrl: 'http://127.0.0.1:5' });
    expect(local.faucet.url).toContain('127.0.0.1:9123');
    expect(local.admin.url).toContain('127.0.0.1:5');
    const { key } = await wallet.generateKey({ alias: 'other' });
    expect(wallet.createClient({ identity: 'other' }).signer?.address).toBe(key.address);
    expect(wallet.createClient({ rpcUrl: 'http://127.0.0.1:6' }).rpc.url).toContain('127.0.0.1:6');
  });

  it('sends the credentials of an environment with its calls', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer().on('stream', (stream, headers) => {
      seen.push(headers.authorization);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' }, { endStream: true });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const wallet = await create();
    await wallet.addEnvironment({ alias: 'mine', rpc: `http://127.0.0.1:${port}`, basicAuth: 'me:sécret' });
    const client = wallet.createClient({ environment: 'mine', retry: false });
    try {
      await expect(client.getChainId()).rejects.toMatchObject({ code: 'RPC_NOT_FOUND' });
      expect(seen).toEqual([`Basic ${Buffer.from('me:sécret').toString('base64')}`]);
    } finally {
      client.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
