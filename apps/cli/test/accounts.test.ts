import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBase64 } from '@somakit/core';
import { createMultiSig, formatPublicKey, Keypair, parseIntent, verifyTransactionSignature } from '@somakit/crypto';
import { generateMnemonic, keypairFromMnemonic } from '@somakit/crypto/mnemonic';
import { describe, expect, it } from 'vitest';
import { scratch, somakit } from './support/somakit.js';
import { terminal } from './support/terminal.js';

const CONFIG = ['.soma', 'soma_config'];
const fileIn = (home: string, name: string): string => join(home, ...CONFIG, name);

/** A home with the files that the official program writes, two keys in it. */
const officialHome = () => {
  const home = scratch();
  const keys = [Keypair.generate(), Keypair.generate()].sort((a, b) => (a.address < b.address ? -1 : 1));
  const [first, second] = keys as [Keypair, Keypair];
  const files = {
    'client.yaml': [
      '---',
      'keystore:',
      `  File: ${fileIn(home, 'soma.keystore')}`,
      'external_keys: ~',
      'envs:',
      '  - alias: testnet',
      '    rpc: "https://fullnode.testnet.soma.org:443"',
      '    basic_auth: ~',
      '  - alias: local',
      '    rpc: "http://127.0.0.1:9000"',
      '    basic_auth: ~',
      'active_env: testnet',
      `active_address: ${second.address.slice(2)}`,
      '',
    ].join('\n'),
    'soma.keystore': JSON.stringify(
      keys.map((key) => key.toKeystoreEntry()),
      null,
      2,
    ),
    'soma.aliases': JSON.stringify(
      [
        { alias: 'brave-opal', public_key_base64: formatPublicKey(first.publicKey) },
        { alias: 'calm-jade', public_key_base64: formatPublicKey(second.publicKey) },
      ],
      null,
      2,
    ),
  };
  mkdirSync(join(home, ...CONFIG), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(fileIn(home, name), text, { mode: 0o600 });
  const unchanged = () => {
    for (const [name, text] of Object.entries(files)) expect(readFileSync(fileIn(home, name), 'utf8')).toBe(text);
  };
  const run = (args: readonly string[], options: Parameters<typeof somakit>[1] = {}) =>
    somakit(args, { cwd: home, ...options });
  return { home, first, second, files, unchanged, run };
};

describe('the official files', () => {
  it('stay byte for byte as they are when nothing is changed', async () => {
    const { run, unchanged, first, second } = officialHome();
    const list = await run(['wallet', 'list', '--json']);
    expect(list.json().map(({ alias, address, active }) => [alias, address, active])).toEqual([
      ['brave-opal', first.address, false],
      ['calm-jade', second.address, true],
    ]);
    for (const args of [
      ['wallet', 'active'],
      ['wallet', 'export', 'brave-opal'],
      ['wallet', 'switch', 'calm-jade'],
      ['env', 'list'],
      ['env', 'active'],
      ['env', 'switch', 'testnet'],
      ['alias', 'list'],
      ['keys', 'list'],
    ]) {
      expect(await run(args)).toMatchObject({ code: 0 });
    }
    unchanged();
  });

  it('come back as they were when a change is taken back', async () => {
    const { run, unchanged, home } = officialHome();
    await run(['wallet', 'switch', 'brave-opal']);
    await run(['env', 'switch', 'local']);
    await run(['alias', 'set', 'brave-opal', 'savings']);
    expect(readFileSync(fileIn(home, 'soma.aliases'), 'utf8')).toContain('"alias": "savings"');
    expect((await run(['wallet', 'active'])).stdout).toMatch(/^savings 0x/);
    await run(['wallet', 'switch', 'calm-jade']);
    await run(['env', 'switch', 'testnet']);
    await run(['keytool', 'update-alias', 'savings', 'brave-opal']);
    unchanged();
  });
});

describe('somakit wallet', () => {
  it('never asks in a pipeline when there is no wallet, and says what to do', async () => {
    const { code, stdout, stderr } = await somakit(['wallet', 'list'], { stdin: 'y\n' });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('somakit wallet new');
  });

  it('makes no key whose recovery phrase nobody would see', async () => {
    const home = scratch();
    for (const more of [[], ['--json']]) {
      const { code, stderr } = await somakit(['wallet', 'new', ...more], { cwd: home });
      expect(code).toBe(2);
      expect(stderr).toContain('--mnemonic-file');
    }
    expect(existsSync(join(home, '.soma'))).toBe(false);
  });

  it('makes the official files with the first key, its phrase in a file for the owner alone', async () => {
    const home = scratch();
    const args = ['wallet', 'new', '--alias', 'main', '--word-length', 'word24', '--mnemonic-file', 'phrase', '--json'];
    const made = await somakit(args, { cwd: home });
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const phrase = readFileSync(join(home, 'phrase'), 'utf8').trim();
    expect(phrase.split(' ')).toHaveLength(24);
    expect(statSync(join(home, 'phrase')).mode & 0o777).toBe(0o600);
    const { address } = keypairFromMnemonic(phrase);
    expect(made.json()[0]).toMatchObject({
      schema: 'wallet.new/1',
      alias: 'main',
      address,
      active: true,
      created: true,
    });
    expect(made.stdout).not.toContain(phrase);
    expect(JSON.parse(readFileSync(fileIn(home, 'soma.keystore'), 'utf8'))).toHaveLength(1);
    expect(statSync(fileIn(home, 'soma.keystore')).mode & 0o777).toBe(0o600);
    const again = await somakit(args, { cwd: home });
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('is there already');
  });

  it('shows the phrase once, on a terminal', async () => {
    const shown = terminal(['wallet', 'new', '--alias', 'main']);
    expect(await shown.ended()).toBe(0);
    const phrase = /\n {2}([a-z ]+[a-z])\r?\n/.exec(shown.text())?.[1] ?? '';
    expect(phrase.split(' ')).toHaveLength(12);
    const { stdout } = await somakit(['wallet', 'active'], { cwd: shown.cwd });
    expect(stdout).toBe(`main ${keypairFromMnemonic(phrase).address}\n`);
  });

  it('takes no secret from the command line and does not repeat it', async () => {
    const { run } = officialHome();
    const secret = Keypair.generate().toSecretKey();
    for (const args of [
      ['wallet', 'import', secret],
      ['keys', 'import', secret, 'ed25519'],
      ['keys', 'unpack', secret],
    ]) {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toContain(secret);
    }
  });

  it('imports keys from standard input, a file and a command, and phrases too', async () => {
    const { run, home } = officialHome();
    const keys = [Keypair.generate(), Keypair.generate(), Keypair.generate()] as const;
    const piped = await run(['wallet', 'import', '--alias', 'piped', '--json'], {
      stdin: `${keys[0].toSecretKey()}\n`,
    });
    expect(piped.json()[0]).toMatchObject({ schema: 'wallet.key/1', alias: 'piped', address: keys[0].address });
    writeFileSync(join(home, 'hex'), keys[1].toSecretKeyHex());
    const file = await run(['wallet', 'import', '--file', 'hex', '--switch', '--json']);
    expect(file.json()[0]).toMatchObject({ address: keys[1].address, active: true });
    writeFileSync(join(home, 'entry'), keys[2].toKeystoreEntry());
    const command = await run(['keytool', 'import', '--key-command', 'cat entry', '--json']);
    expect(command.json()[0]).toMatchObject({ address: keys[2].address });
    const phrase = generateMnemonic();
    const words = await run(['wallet', 'import', '--json'], { stdin: phrase });
    expect(words.json()[0]).toMatchObject({ address: keypairFromMnemonic(phrase).address });
    const twice = await run(['wallet', 'import'], { stdin: phrase });
    expect(twice.code).toBe(5);
    const wrong = await run(['wallet', 'import', '--json'], { stdin: 'nonsense' });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).not.toContain('nonsense');
  });

  it('gives a key out as text or into a new file, and never into JSON', async () => {
    const { run, home, first } = officialHome();
    const shown = await run(['wallet', 'export', 'brave-opal']);
    expect(shown.stdout).toBe(`${first.toSecretKey()}\n`);
    const refused = await run(['wallet', 'export', 'brave-opal', '--json']);
    expect(refused.code).toBe(2);
    const file = await run(['keytool', 'export', '--key-identity', 'brave-opal', '-o', 'key', '--json']);
    expect(file.json()[0]).toMatchObject({ action: 'export', alias: 'brave-opal', file: 'key' });
    expect(file.stdout).not.toContain('somaprivkey');
    expect(readFileSync(join(home, 'key'), 'utf8')).toBe(`${first.toSecretKey()}\n`);
    expect(statSync(join(home, 'key')).mode & 0o777).toBe(0o600);
  });

  it('removes a key only with a yes', async () => {
    const { run, unchanged, first } = officialHome();
    expect((await run(['wallet', 'remove', 'calm-jade'])).code).toBe(2);
    const dry = await run(['wallet', 'remove', 'calm-jade', '--dry-run', '--json']);
    expect(dry.json()[0]).toMatchObject({ action: 'wallet.remove', alias: 'calm-jade' });
    unchanged();
    const done = await run(['wallet', 'remove', 'calm-jade', '--yes', '--json']);
    expect(done.json()[0]).toMatchObject({ schema: 'wallet.change/1', action: 'remove' });
    // The active one was removed: the other one takes its place.
    expect((await run(['wallet', 'active', '--json'])).json()[0]).toMatchObject({ address: first.address });
    const unknown = await run(['wallet', 'remove', 'nobody', '--yes']);
    expect(unknown.code).toBe(3);
    expect(unknown.stderr).toContain('KEYSTORE_KEY_NOT_FOUND');
  });

  it('encrypts the keystore, asks for its password on a terminal, and decrypts it', async () => {
    const { home, run, second, files } = officialHome();
    const encrypting = terminal(['wallet', 'encrypt'], { cwd: home });
    await encrypting.waitFor('New password: ');
    encrypting.write('correct horse\r');
    await encrypting.waitFor('Once more: ');
    encrypting.write('correct horse\r');
    expect(await encrypting.ended()).toBe(0);
    expect(encrypting.text()).not.toContain('correct horse');
    expect(readFileSync(fileIn(home, 'soma.keystore'), 'utf8')).toMatch(/^\{/);

    const locked = await run(['wallet', 'export', '--json']);
    expect(locked.code).toBe(3);
    expect(JSON.parse(locked.stderr)).toMatchObject({ code: 'KEYSTORE_ENCRYPTED' });
    const wrong = await run(['wallet', 'list'], { env: { SOMAKIT_PASSWORD: 'wrong horse' } });
    expect(wrong).toMatchObject({ code: 3 });
    expect(wrong.stderr).not.toContain('wrong horse');
    writeFileSync(join(home, 'password'), 'correct horse\n');
    for (const source of [
      ['--password-file', 'password'],
      ['--password-command', 'cat password'],
    ]) {
      expect((await run(['wallet', 'export', ...source])).stdout).toBe(`${second.toSecretKey()}\n`);
    }
    const exporting = terminal(['wallet', 'export'], { cwd: home });
    await exporting.waitFor('Password of');
    exporting.write('correct horse\r');
    expect(await exporting.ended()).toBe(0);
    expect(exporting.text()).toContain(second.toSecretKey());
    // What signs nothing asks nobody, and knows the names all the same.
    expect((await run(['wallet', 'active'])).stdout).toBe(`calm-jade ${second.address}\n`);
    const away = ['balance', 'brave-opal', '--rpc', 'http://127.0.0.1:1', '--timeout', '3'];
    expect((await run(away)).stderr).toContain('RPC_UNAVAILABLE');

    expect((await run(['wallet', 'decrypt', '--password-file', 'password'])).code).toBe(2);
    const done = await run(['wallet', 'decrypt', '--password-file', 'password', '--yes', '--json']);
    expect(done.json()[0]).toMatchObject({ schema: 'wallet.keystore/1', encrypted: false });
    expect(readFileSync(fileIn(home, 'soma.keystore'), 'utf8')).toBe(files['soma.keystore']);
  });

  it('ends with 130, the terminal as it was, when Ctrl-C answers a password', async () => {
    const { home } = officialHome();
    const asked = terminal(['wallet', 'encrypt'], { cwd: home });
    await asked.waitFor('New password: ');
    asked.write('\u0003');
    expect(await asked.ended()).toBe(130);
  });
});

describe('somakit keys', () => {
  it('takes a keystore by itself and leaves the wallet alone', async () => {
    const { home, first, second, unchanged, run } = officialHome();
    const made = Keypair.generate();
    const path = join(home, 'elsewhere', 'other.keystore');
    const at = (...args: string[]) => run(['keytool', '--keystore-path', path, ...args]);
    expect(await at('list')).toMatchObject({ code: 3, stderr: expect.stringContaining('KEYSTORE_NOT_FOUND') });

    const secret = `${made.toSecretKey()}\n`;
    const added = await run(['keytool', '--keystore-path', path, 'import', '--alias', 'other', '--json'], {
      stdin: secret,
    });
    expect(added.json()).toMatchObject([{ alias: 'other', address: made.address, active: false }]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([made.toKeystoreEntry()]);
    const again = await run(['keytool', 'import', '--keystore-path', path, '--switch'], { stdin: secret });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('--switch') });

    const listed = await run(['keytool', 'list', '--keystore-path', path, '--json']);
    expect(listed.json()).toMatchObject([{ alias: 'other', address: made.address, active: false }]);
    const renamed = await at('update-alias', 'other', 'newer', '--json');
    expect(renamed.json()).toMatchObject([{ action: 'rename', alias: 'newer', before: 'other' }]);
    expect(JSON.parse(readFileSync(join(home, 'elsewhere', 'other.aliases'), 'utf8'))).toMatchObject([
      { alias: 'newer' },
    ]);

    expect(await at('export')).toMatchObject({ code: 2, stderr: expect.stringContaining('Whose key') });
    expect((await at('export', '--key-identity', 'newer')).stdout).toBe(secret);
    expect(await at('export', '--key-identity', first.address)).toMatchObject({ code: 3, stdout: '' });
    const data = toBase64(new TextEncoder().encode('anything'));
    const signing = ['sign', '--data', data, '--intent', '030000'];
    expect(await at(...signing)).toMatchObject({ code: 2, stderr: expect.stringContaining('--address') });
    const signed = await at(...signing, '--address', 'newer');
    expect(signed.stdout.trim()).toBe(
      toBase64(made.signTransaction(new TextEncoder().encode('anything'), { intent: parseIntent('030000') })),
    );
    expect(await at(...signing, '--address', second.address)).toMatchObject({ code: 3 });
    unchanged();
  });

  it('needs no client.yaml for a keystore by itself, and asks for the password of an encrypted one', async () => {
    const home = scratch();
    const made = Keypair.generate();
    const run = (args: readonly string[], env: Record<string, string> = {}, stdin = '') =>
      somakit(['keys', '--keystore-path', 'sealed.keystore', ...args], { cwd: home, env, stdin });
    const added = await run(['import', '--encrypt'], { SOMAKIT_PASSWORD: 'correct horse' }, made.toSecretKey());
    expect(added).toMatchObject({ code: 0 });
    expect(readFileSync(join(home, 'sealed.keystore'), 'utf8')).not.toContain(made.toKeystoreEntry());
    expect(await run(['list'])).toMatchObject({ code: 3, stderr: expect.stringContaining('KEYSTORE_ENCRYPTED') });
    expect(await run(['list'], { SOMAKIT_PASSWORD: 'wrong' })).toMatchObject({ code: 3, stdout: '' });
    const listed = await run(['list', '--json'], { SOMAKIT_PASSWORD: 'correct horse' });
    expect(listed.json()).toMatchObject([{ address: made.address }]);
    const twice = await run(['import', '--encrypt'], { SOMAKIT_PASSWORD: 'correct horse' }, made.toSecretKey());
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') });
    expect(existsSync(join(home, '.soma'))).toBe(false);
  });

  it('makes key files that are readable for the owner alone, and shows whose they are', async () => {
    const home = scratch();
    const made = await somakit(['keys', 'generate', 'ed25519', '--mnemonic-file', 'phrase', '--json'], { cwd: home });
    const { file, address } = made.json<{ file: string; address: string }>()[0]!;
    expect(file).toBe(`${address}.key`);
    expect(statSync(join(home, file)).mode & 0o777).toBe(0o600);
    for (const command of ['show', 'load-keypair']) {
      const shown = await somakit(['keys', command, file, '--json'], { cwd: home });
      expect(shown.json()[0]).toMatchObject({ schema: 'key.file/1', address });
    }
    const bls = await somakit(['keytool', 'generate', 'bls12381', '-o', 'protocol.key', '--json'], { cwd: home });
    expect(bls.json()[0]).toMatchObject({ file: 'protocol.key', key_scheme: 'bls12381' });
    const wrong = await somakit(['keys', 'generate', 'secp256k1'], { cwd: home });
    expect(wrong.code).toBe(2);
    const unpacked = await somakit(['keys', 'unpack', '--file', file, '-o', 'copy.key'], { cwd: home });
    expect(unpacked.code).toBe(0);
    expect(readFileSync(join(home, 'copy.key'), 'utf8')).toBe(readFileSync(join(home, file), 'utf8'));
  });
});

describe('somakit multisig', () => {
  const members = [Keypair.generate(), Keypair.generate(), Keypair.generate()] as const;
  const pks = members.map(({ publicKey }) => formatPublicKey(publicKey));
  const twoOfThree = createMultiSig({
    members: members.map(({ publicKey }) => ({ publicKey, weight: 1 })),
    threshold: 2,
  });

  it('gives the address of an account, under both names', async () => {
    const group = ['--pks', ...pks, '--weights', '1', '1', '1', '--threshold', '2', '--json'];
    for (const name of [
      ['multisig', 'address'],
      ['keytool', 'multi-sig-address'],
    ]) {
      const found = await somakit([...name, ...group]);
      expect(found.json()[0]).toMatchObject({ schema: 'multisig/1', address: twoOfThree.address, threshold: 2 });
    }
    const never = await somakit(['multisig', 'address', '--pks', ...pks, '--threshold', '4']);
    expect(never.code).toBe(2);
  });

  it('puts signatures together in any order and tells who signed', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const sigs = [members[2], members[0]].map((member) => toBase64(member.signTransaction(bytes)));
    const combined = await somakit(['multisig', 'combine', '--pks', ...pks, '--threshold', '2', '--sigs', ...sigs]);
    const signature = combined.stdout.trim();
    expect(verifyTransactionSignature(bytes, signature)).toBe(twoOfThree.address);
    const args = ['keytool', 'decode-multi-sig', '--multisig', signature, '--json'];
    const decoded = await somakit([...args, '--tx-bytes', toBase64(bytes)]);
    expect(decoded.json()[0]).toMatchObject({ weight: 2, reached: true, verified: true });
    expect(decoded.json<{ members: { signed: boolean }[] }>()[0]!.members.map(({ signed }) => signed)).toEqual([
      true,
      false,
      true,
    ]);
    const other = await somakit([...args, '--tx-bytes', toBase64(new Uint8Array([9]))]);
    expect(other.code).toBe(5);
    expect(other.json()[0]).toMatchObject({ verified: false });
    const tooFew = await somakit(['multisig', 'combine', '--pks', ...pks, '--threshold', '2', '--sigs', sigs[0]!]);
    expect(tooFew.code).toBe(5);
    expect(tooFew.stderr).toContain('MULTISIG_THRESHOLD_NOT_REACHED');
  });
});
