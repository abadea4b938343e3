import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { isError } from '@somakit/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Keypair } from '../../src/keypair.js';
import { Keystore, readAliases } from '../../src/node/index.js';
import { startChild } from './child.js';

let folder: string;
const at = (name: string) => join(folder, name);
const path = () => at('soma.keystore');
const aliases = () => at('soma.aliases');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-keystore-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const code = async (promise: Promise<unknown>) => {
  const error = await failure(promise);
  return isError(error) ? error.code : error;
};

// The official form, made here from the rules and without our own code.
const official = (secrets: readonly Uint8Array[], names: readonly string[]) => {
  const keys = secrets.map((secret, i) => {
    const publicKey = ed25519.getPublicKey(secret);
    const flagged = Buffer.concat([Buffer.of(0), publicKey]);
    return {
      address: Buffer.from(blake2b(flagged, { dkLen: 32 })).toString('hex'),
      entry: Buffer.concat([Buffer.of(0), secret]).toString('base64'),
      publicKey: flagged.toString('base64'),
      alias: names[i] ?? `key-${i}`,
    };
  });
  keys.sort((a, b) => (a.address < b.address ? -1 : 1));
  return {
    keys,
    keystore: keys.length === 0 ? '[]' : `[\n${keys.map(({ entry }) => `  "${entry}"`).join(',\n')}\n]`,
    aliases:
      keys.length === 0
        ? '[]'
        : `[\n${keys.map(({ alias, publicKey }) => `  {\n    "alias": "${alias}",\n    "public_key_base64": "${publicKey}"\n  }`).join(',\n')}\n]`,
  };
};
/** An encrypted keystore's JSON, to be spoilt. */
interface Box {
  [field: string]: unknown;
  kdf: Record<string, unknown>;
  cipher: Record<string, unknown>;
}
const SECRETS = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));
const NAMES = ['brave-ruby', 'Calm.agate', 'x', 'z_9'];

const place = async (keystore: string, aliasText?: string) => {
  await writeFile(path(), keystore, { mode: 0o600 });
  if (aliasText !== undefined) await writeFile(aliases(), aliasText);
};

describe('an official keystore', () => {
  it('that we write is byte for byte what the rules say, whatever the order of adding', async () => {
    const expected = official(SECRETS, NAMES);
    for (const order of [
      [0, 1, 2, 3],
      [3, 1, 0, 2],
    ]) {
      await rm(path(), { force: true });
      await rm(aliases(), { force: true });
      const keystore = await Keystore.open(path(), { create: true });
      for (const i of order) await keystore.add(Keypair.fromSecretKey(SECRETS[i]!), { alias: NAMES[i] });
      expect(await readFile(path(), 'utf8')).toBe(expected.keystore);
      expect(await readFile(aliases(), 'utf8')).toBe(expected.aliases);
      expect((await stat(path())).mode & 0o777).toBe(0o600);
      expect(await readdir(folder)).toEqual(['soma.aliases', 'soma.keystore']);
    }
  });
  it('that others wrote is read, and a change keeps all of it', async () => {
    const { keystore: text, aliases: aliasText, keys } = official(SECRETS, NAMES);
    await place(text, aliasText);
    const keystore = await Keystore.open(path());
    expect(keystore.list().map(({ address, alias }) => ({ address, alias }))).toEqual(
      keys.map(({ address, alias }) => ({ address: `0x${address}`, alias })),
    );
    const { alias } = await keystore.add(Keypair.fromSecretKey(new Uint8Array(32).fill(9)));
    const grown = official([...SECRETS, new Uint8Array(32).fill(9)], [...NAMES, alias]);
    expect(await readFile(path(), 'utf8')).toBe(grown.keystore);
    expect(await readFile(aliases(), 'utf8')).toBe(grown.aliases);
    await keystore.remove(alias);
    expect(await readFile(path(), 'utf8')).toBe(text);
    expect(await readFile(aliases(), 'utf8')).toBe(aliasText);
  });
  it('is read and written as it was for any keys and aliases', async () => {
    const anyAlias = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-_.]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyAlias, { maxLength: 6 }), async (names) => {
        const secrets = names.map(() => new Uint8Array(randomBytes(32)));
        const files = official(secrets, names);
        await place(files.keystore, files.aliases);
        const keystore = await Keystore.open(path());
        await keystore.saveAs(at('copy.keystore'), { overwrite: true });
        expect(await readFile(at('copy.keystore'), 'utf8')).toBe(files.keystore);
        expect(await readFile(at('copy.aliases'), 'utf8')).toBe(files.aliases);
        for (const [i, name] of names.entries())
          expect(keystore.get(name).toSecretKeyHex()).toBe(Buffer.from(secrets[i]!).toString('hex'));
      }),
      { numRuns: 25 },
    );
  });
  it('in any JSON layout and order is read', async () => {
    const { keys } = official(SECRETS, NAMES);
    await place(
      JSON.stringify(keys.map(({ entry }) => entry).reverse()),
      `\n${JSON.stringify(keys.map(({ alias, publicKey }) => ({ public_key_base64: publicKey, alias, more: 1 })))}\n`,
    );
    expect((await Keystore.open(path())).list().map(({ alias }) => alias)).toEqual(keys.map(({ alias }) => alias));
  });
  it('without aliases gives every key the same alias each time, and writes nothing until a change', async () => {
    await place(official(SECRETS, []).keystore);
    const first = (await Keystore.open(path())).list().map(({ alias }) => alias);
    const second = (await Keystore.open(path())).list().map(({ alias }) => alias);
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(4);
    for (const alias of first) expect(alias).toMatch(/^[a-z]+-[a-z]+$/);
    expect(await readdir(folder)).toEqual(['soma.keystore']);
  });
  it('keeps the rights of its aliases file, and the links that lead to its files', async () => {
    const files = official(SECRETS, NAMES);
    await mkdir(at('real'));
    await writeFile(at('real/keys'), files.keystore, { mode: 0o600 });
    await symlink(at('real/keys'), path());
    await writeFile(aliases(), files.aliases);
    await chmod(aliases(), 0o640);
    const keystore = await Keystore.open(path());
    await keystore.remove(NAMES[0]!);
    expect((await stat(aliases())).mode & 0o777).toBe(0o640);
    expect(await readFile(at('real/keys'), 'utf8')).toBe(official(SECRETS.slice(1), NAMES.slice(1)).keystore);
  });
});

describe('the names beside a keystore', () => {
  it('are read without it, and without a password', async () => {
    expect(await readAliases(path())).toEqual([]);
    const keystore = await Keystore.open(path(), { create: true });
    for (const [index, secret] of SECRETS.entries()) {
      await keystore.add(Keypair.fromSecretKey(secret), { alias: NAMES[index] });
    }
    const names = keystore.list().map(({ alias, address, keypair: { publicKey } }) => ({ alias, address, publicKey }));
    expect(await readAliases(path())).toEqual(names);
    await rm(path());
    expect(await readAliases(path())).toEqual(names);
  });

  it('are refused when they are damaged, or no file', async () => {
    await writeFile(aliases(), '[{"alias":"a","public_key_base64":"AA=="}]');
    expect(await code(readAliases(path()))).toBe('KEYSTORE_DAMAGED');
    await rm(aliases());
    await mkdir(aliases());
    expect(await code(readAliases(path()))).toBe('NOT_A_FILE');
  });
});

describe('a damaged keystore', () => {
  const { keystore: good, aliases: goodAliases, keys } = official(SECRETS, NAMES);
  const secretText = keys[0]!.entry;
  const entryOf = (bytes: readonly number[]) => Buffer.from(bytes).toString('base64');

  it.each([
    ['nothing', ''],
    ['a cut file', good.slice(0, -30)],
    ['no array', `"${secretText}"`],
    ['a number', `[7]`],
    ['null', `[null]`],
    ['an object among the keys', `["${secretText}", {}]`],
    ['bad Base64', `["${secretText.slice(0, -1)}!"]`],
    ['the other Base64 alphabet', `["${entryOf([0, ...new Uint8Array(32).fill(255)]).replaceAll('/', '_')}"]`],
    ['a key of 31 bytes', `["${entryOf([0, ...new Uint8Array(31).fill(7)])}"]`],
    ['a key of 33 bytes', `["${entryOf([0, ...new Uint8Array(33).fill(7)])}"]`],
    ['an unknown flag', `["${entryOf([9, ...new Uint8Array(32).fill(7)])}"]`],
    ['a BLS key', `["${entryOf([1, ...new Uint8Array(32).fill(7)])}"]`],
    ['a key twice', `["${secretText}", "${secretText}"]`],
    ['text after the end', `${good}x`],
  ])('is refused when it holds %s, kept as it is, and not quoted', async (_, text) => {
    await place(text);
    const error = await failure(Keystore.open(path(), { create: true }));
    expect(isError(error, 'KEYSTORE_DAMAGED')).toBe(true);
    const shown = JSON.stringify(
      isError(error) && [error.toJSON(), error.message, error.stack, String(error.cause), error.hint],
    );
    expect(shown).not.toContain(secretText.slice(4, 12));
    expect(await readFile(path(), 'utf8')).toBe(text);
    const keystore = await Keystore.open(at('other.keystore'), { create: true });
    await keystore.add(Keypair.generate());
    expect(await code(keystore.saveAs(path()))).toBe('FILE_EXISTS');
    expect(await readFile(path(), 'utf8')).toBe(text);
  });
  it.each([
    ['no JSON', 'alias'],
    ['no array', '{}'],
    ['null', '[null]'],
    ['an alias that starts with a digit', goodAliases.replace('brave', '1brave')],
    ['an alias with a blank', goodAliases.replace('brave-ruby', 'brave ruby')],
    ['no alias', goodAliases.replace('"alias": "x"', '"name": "x"')],
    ['an alias twice', goodAliases.replace('"x"', '"z_9"')],
    ['a bad public key', goodAliases.replace(keys[0]!.publicKey, 'AAAA')],
    ['a public key twice', goodAliases.replace(keys[0]!.publicKey, keys[1]!.publicKey)],
  ])('is refused when its aliases file holds %s', async (_, text) => {
    await place(good, text);
    expect(await code(Keystore.open(path()))).toBe('KEYSTORE_DAMAGED');
    expect(await code(Keystore.open(path(), { repairAliases: true }))).toBe('KEYSTORE_DAMAGED');
    expect(await readFile(aliases(), 'utf8')).toBe(text);
  });
  it('is refused when the aliases are those of other keys, and repaired on demand', async () => {
    await place(good, official(SECRETS.slice(0, 3), NAMES).aliases);
    const missing = await failure(Keystore.open(path()));
    expect(isError(missing, 'KEYSTORE_ALIASES_MISMATCH') && missing.context.keysWithoutAlias).toEqual([
      Keypair.fromSecretKey(SECRETS[3]!).address,
    ]);
    await place(official(SECRETS.slice(1), NAMES.slice(1)).keystore, goodAliases);
    const extra = await failure(Keystore.open(path()));
    expect(isError(extra, 'KEYSTORE_ALIASES_MISMATCH') && extra.context.aliasesWithoutKey).toEqual([NAMES[0]]);

    const repaired = await Keystore.open(path(), { repairAliases: true });
    await repaired.rename(NAMES[1]!, 'new-name');
    expect(await readFile(aliases(), 'utf8')).toBe(official(SECRETS.slice(1), ['new-name', ...NAMES.slice(2)]).aliases);
  });
  it.each([0o644, 0o660, 0o604, 0o601])('is refused with the mode %o, with the command that mends it', async (mode) => {
    await place(good, goodAliases);
    await chmod(path(), mode);
    const error = await failure(Keystore.open(path()));
    expect(isError(error, 'KEYSTORE_OPEN_MODE') && error.hint).toBe(`chmod 600 ${path()}`);
    const keystore = await Keystore.open(path(), { allowOpenMode: true });
    await keystore.rename('x', 'y');
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });
  it('is refused when it is missing, a folder, or too big', async () => {
    expect(await code(Keystore.open(path()))).toBe('KEYSTORE_NOT_FOUND');
    expect(await code(Keystore.open(folder, { allowOpenMode: true }))).toBe('NOT_A_FILE');
    await place(`[${' '.repeat(17 << 20)}]`);
    expect(await code(Keystore.open(path()))).toBe('KEYSTORE_DAMAGED');
    expect(await code(Keystore.open(''))).toBe('INVALID_ARGUMENT');
    expect(await code(Keystore.open(path(), { lockTimeoutMs: -1 }))).toBe('INVALID_ARGUMENT');
  });
});

describe('the keys of a keystore', () => {
  const open = async () => {
    const files = official(SECRETS, NAMES);
    await place(files.keystore, files.aliases);
    return Keystore.open(path());
  };
  it('are found by alias and by every spelling of the address', async () => {
    const keystore = await open();
    const { address } = Keypair.fromSecretKey(SECRETS[1]!);
    for (const identity of [NAMES[1]!, address, address.slice(2), address.toUpperCase().replace('0X', '0x')]) {
      expect(keystore.get(identity).address).toBe(address);
      expect(keystore.has(identity)).toBe(true);
    }
    expect(keystore.export(NAMES[1]!)).toBe(Keypair.fromSecretKey(SECRETS[1]!).toSecretKey());
  });
  it('are not found by anything else, and what may be a secret is not repeated', async () => {
    const keystore = await open();
    const secret = Keypair.generate();
    for (const identity of ['nobody', '0x1', secret.toSecretKey(), secret.toKeystoreEntry(), 'word word word', '', 7]) {
      expect(keystore.has(identity as never)).toBe(false);
      expect(() => keystore.get(identity as never)).toThrow(
        expect.objectContaining({ code: 'KEYSTORE_KEY_NOT_FOUND' }),
      );
    }
    for (const identity of [secret.toSecretKey(), secret.toKeystoreEntry()])
      expect(() => keystore.get(identity)).not.toThrow(identity);
  });
  it('cannot be added twice or under a taken or impossible alias, and then nothing is written', async () => {
    const keystore = await open();
    const before = await readFile(path(), 'utf8');
    expect(await code(keystore.add(Keypair.fromSecretKey(SECRETS[0]!)))).toBe('KEYSTORE_KEY_EXISTS');
    expect(await code(keystore.add(Keypair.generate(), { alias: 'x' }))).toBe('KEYSTORE_ALIAS_TAKEN');
    expect(await code(keystore.rename('x', 'z_9'))).toBe('KEYSTORE_ALIAS_TAKEN');
    expect(await code(keystore.remove('nobody'))).toBe('KEYSTORE_KEY_NOT_FOUND');
    expect(await code(keystore.add({} as never))).toBe('INVALID_ARGUMENT');
    for (const alias of ['', '1a', 'a b', 'ä', '-a', 'a/b', 'a\n']) {
      expect(await code(keystore.add(Keypair.generate(), { alias }))).toBe('INVALID_ALIAS');
      expect(await code(keystore.rename('x', alias))).toBe('INVALID_ALIAS');
    }
    expect(await readFile(path(), 'utf8')).toBe(before);
    expect(await readdir(folder)).toEqual(['soma.aliases', 'soma.keystore']);
  });
  it('get random aliases of adjective and stone, also when they are renamed without one', async () => {
    const keystore = await open();
    const { alias } = await keystore.add(Keypair.generate());
    expect(alias).toMatch(/^[a-z]+-[a-z]+$/);
    expect((await keystore.rename('x')).alias).toMatch(/^[a-z]+-[a-z]+$/);
    expect((await keystore.rename('z_9', 'z_9')).alias).toBe('z_9');
  });
  it('are not shown when a keystore is printed', async () => {
    const keystore = await open();
    expect(JSON.stringify(keystore)).not.toContain(Buffer.from(SECRETS[0]!).toString('hex'));
    expect(JSON.stringify(keystore)).not.toContain(Keypair.fromSecretKey(SECRETS[0]!).toKeystoreEntry());
  });
  it('of a second opened object are not lost by a change of the first', async () => {
    const first = await open();
    const second = await Keystore.open(path());
    await second.add(Keypair.generate(), { alias: 'from-second' });
    await first.add(Keypair.generate(), { alias: 'from-first' });
    expect(first.has('from-second')).toBe(true);
    expect(second.has('from-first')).toBe(false);
    await second.reload();
    expect(second.has('from-first')).toBe(true);
  });
  it('can be changed many times at once in one object', async () => {
    const keystore = await open();
    await Promise.all(Array.from({ length: 10 }, () => keystore.add(Keypair.generate())));
    expect((await Keystore.open(path())).list().length).toBe(14);
  });
});

describe('two writers at once', () => {
  const start = (action: string, count: number) =>
    new Promise<{ status: number | null; signal: string | null; stderr: string }>((resolve) => {
      const process_ = startChild('./keystore-child.ts', [path(), action, String(count)], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      process_.stderr?.on('data', (text) => {
        stderr += text;
      });
      process_.on('close', (status, signal) => resolve({ status, signal, stderr }));
    });

  it.each([
    ['from the start', ''],
    ['after one before them has died', JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() })],
  ])('lose no key of each other, %s', async (_, lock) => {
    if (lock !== '') await writeFile(`${path()}.lock`, lock);
    const results = await Promise.all([start('add', 6), start('add', 6), start('add', 6)]);
    expect(results.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      results.map(() => ({ status: 0, stderr: '' })),
    );
    expect((await Keystore.open(path())).list().length).toBe(18);
    expect(await readdir(folder)).toEqual(['soma.aliases', 'soma.keystore']);
  });
  it('get a clear error when they do not want to wait', async () => {
    const keystore = await Keystore.open(path(), { create: true });
    await keystore.add(Keypair.generate());
    const before = await readFile(path(), 'utf8');
    await writeFile(`${path()}.lock`, JSON.stringify({ pid: process.pid, host: hostname() }));
    const error = await failure(keystore.add(Keypair.generate()));
    expect(isError(error, 'KEYSTORE_LOCKED') && [error.context, error.retryable]).toEqual([
      { path: path(), lockPath: `${path()}.lock`, pid: process.pid },
      true,
    ]);
    expect(await readFile(path(), 'utf8')).toBe(before);
    await writeFile(`${path()}.lock`, 'not ours');
    expect(await code(keystore.add(Keypair.generate()))).toBe('KEYSTORE_LOCKED');
    await writeFile(`${path()}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: 'another-machine' }));
    expect(await code(keystore.add(Keypair.generate()))).toBe('KEYSTORE_LOCKED');
  });
  it('are not stopped by the lock of a program that has died', async () => {
    const keystore = await Keystore.open(path(), { create: true });
    await writeFile(`${path()}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
    await keystore.add(Keypair.generate());
    expect(await readdir(folder)).toEqual(['soma.aliases', 'soma.keystore']);
  });
  it.each([
    ['before its first file is in place', 0],
    ['between its two files', 1],
  ])('may be killed %s: the old keys are intact and the next change goes on', async (_, renames) => {
    const keystore = await Keystore.open(path(), { create: true });
    await keystore.add(Keypair.fromSecretKey(SECRETS[0]!), { alias: 'old' });
    const before = await readFile(path(), 'utf8');
    expect((await start('die-before-rename', renames)).signal).toBe('SIGKILL');
    expect(await readFile(path(), 'utf8')).toBe(before);
    const reopened = await Keystore.open(path());
    expect(reopened.list().map(({ alias }) => alias)).toEqual(['old']);
    await reopened.add(Keypair.fromSecretKey(SECRETS[1]!), { alias: 'new' });
    const files = official(SECRETS.slice(0, 2), ['old', 'new']);
    expect(await readFile(path(), 'utf8')).toBe(files.keystore);
    expect(await readFile(aliases(), 'utf8')).toBe(files.aliases);
  });
});

describe('an encrypted keystore', () => {
  const scrypt = { n: 2 ** 10 };
  const filled = async (password: string | Uint8Array = 'correct horse') => {
    const keystore = await Keystore.open(path(), { create: true, password, scrypt });
    for (const [i, secret] of SECRETS.entries()) await keystore.add(Keypair.fromSecretKey(secret), { alias: NAMES[i] });
    return keystore;
  };
  const change = async (edit: (box: Box) => void) => {
    const box = JSON.parse(await readFile(path(), 'utf8'));
    edit(box);
    await writeFile(path(), JSON.stringify(box));
  };

  it('opens with its password and shows nothing without', async () => {
    await filled();
    const text = await readFile(path(), 'utf8');
    for (const secret of SECRETS) expect(text).not.toContain(Keypair.fromSecretKey(secret).toKeystoreEntry());
    for (const name of NAMES.slice(0, 2)) expect(text).not.toContain(name);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['soma.keystore']);
    const keystore = await Keystore.open(path(), { password: 'correct horse' });
    expect(keystore.encrypted).toBe(true);
    expect(
      keystore
        .list()
        .map(({ alias }) => alias)
        .sort(),
    ).toEqual(NAMES.slice().sort());
    expect(await code(Keystore.open(path()))).toBe('KEYSTORE_ENCRYPTED');
  });
  it('gives one and the same error for a wrong password and for damage, whatever is damaged', async () => {
    await filled();
    const original = await readFile(path(), 'utf8');
    const flip = (text: unknown) => {
      const bytes = Buffer.from(String(text), 'base64');
      bytes[bytes.length >> 1]! ^= 1;
      return bytes.toString('base64');
    };
    const errors = [await failure(Keystore.open(path(), { password: 'Correct horse' }))];
    const edits: ((box: Box) => void)[] = [
      (box) => {
        box.box = flip(box.box);
      },
      (box) => {
        box.box = '';
      },
      (box) => {
        box.box = 7;
      },
      (box) => {
        box.box = 'not Base64!';
      },
      (box) => {
        box.box = String(box.box).slice(0, 40);
      },
      (box) => {
        box.kdf.salt = flip(box.kdf.salt);
      },
      (box) => {
        box.kdf.n = 2 ** 11;
      },
      (box) => {
        box.kdf.p = 2;
      },
      (box) => {
        box.cipher.nonce = flip(box.cipher.nonce);
      },
    ];
    for (const edit of edits) {
      await writeFile(path(), original);
      await change(edit);
      errors.push(await failure(Keystore.open(path(), { password: 'correct horse' })));
    }
    for (const error of errors) {
      expect(isError(error, 'KEYSTORE_WRONG_PASSWORD')).toBe(true);
      expect((error as Error).message).toBe((errors[0] as Error).message);
      expect((error as Error).cause).toBeUndefined();
      expect((error as Error).message).not.toContain('horse');
    }
  });
  it.each<[string, (box: Box) => void]>([
    [
      'another format',
      (box) => {
        box.format = 'x';
      },
    ],
    [
      'a newer version',
      (box) => {
        box.version = 2;
      },
    ],
    [
      'an unknown field',
      (box) => {
        box.more = 1;
      },
    ],
    [
      'a missing field',
      (box) => {
        delete box.box;
      },
    ],
    [
      'another kdf',
      (box) => {
        box.kdf.name = 'pbkdf2';
      },
    ],
    [
      'a cost of gigabytes',
      (box) => {
        box.kdf.n = 2 ** 30;
      },
    ],
    [
      'a cost of two limits together',
      (box) => {
        Object.assign(box.kdf, { n: 2 ** 20, r: 16 });
      },
    ],
    [
      'a cost of minutes',
      (box) => {
        Object.assign(box.kdf, { n: 2 ** 20, r: 8, p: 16 });
      },
    ],
    [
      'no cost',
      (box) => {
        box.kdf.n = 1;
      },
    ],
    [
      'a cost that is no power of two',
      (box) => {
        box.kdf.n = 3000;
      },
    ],
    [
      'a cost of another type',
      (box) => {
        box.kdf.n = '1024';
      },
    ],
    [
      'a short salt',
      (box) => {
        box.kdf.salt = 'AAAA';
      },
    ],
    [
      'a short nonce',
      (box) => {
        box.cipher.nonce = 'AAAA';
      },
    ],
    [
      'another cipher',
      (box) => {
        box.cipher.name = 'aes';
      },
    ],
    [
      'no kdf',
      (box) => {
        Object.assign(box, { kdf: null });
      },
    ],
  ])('is refused before any work when its header has %s', async (_, edit) => {
    await filled();
    await change(edit);
    expect(await code(Keystore.open(path(), { password: 'correct horse' }))).toBe('KEYSTORE_DAMAGED');
  });
  it('takes passwords as text of any normal form and as bytes, and no empty ones', async () => {
    await filled('caf\u00e9 \ufb01');
    for (const password of ['cafe\u0301 fi', new TextEncoder().encode('caf\u00e9 fi')]) {
      expect((await Keystore.open(path(), { password })).list().length).toBe(4);
    }
    for (const password of ['', new Uint8Array(), 7, null]) {
      expect(await code(Keystore.open(path(), { password: password as never }))).toBe('INVALID_ARGUMENT');
    }
  });
  it('refuses to write with a cost outside of the limits', async () => {
    for (const cost of [{ n: 512 }, { n: 1000 }, { n: 2 ** 21 }, { r: 0 }, { p: 17 }, { n: 2 ** 20, r: 16 }]) {
      const keystore = await Keystore.open(path(), { create: true, password: 'p', scrypt: cost });
      expect(await code(keystore.add(Keypair.generate()))).toBe('INVALID_ARGUMENT');
    }
    expect(await readdir(folder)).toEqual([]);
  });
  it('never uses a salt or nonce twice', async () => {
    const keystore = await filled();
    const first = JSON.parse(await readFile(path(), 'utf8'));
    await keystore.rename('x', 'y');
    const second = JSON.parse(await readFile(path(), 'utf8'));
    expect(second.kdf.salt).not.toBe(first.kdf.salt);
    expect(second.cipher.nonce).not.toBe(first.cipher.nonce);
  });
  it('becomes an official one and an official one becomes encrypted', async () => {
    const files = official(SECRETS, NAMES);
    const encrypted = await filled();
    await encrypted.saveAs(at('out.keystore'));
    expect(await readFile(at('out.keystore'), 'utf8')).toBe(files.keystore);
    expect(await readFile(at('out.aliases'), 'utf8')).toBe(files.aliases);
    const plain = await Keystore.open(at('out.keystore'));
    expect(plain.encrypted).toBe(false);
    const again = await plain.saveAs(at('again'), { password: 'other', scrypt });
    await again.rename('x', 'y');
    expect((await Keystore.open(at('again'), { password: 'other' })).get('y').toSecretKeyHex()).toBe('03'.repeat(32));
    expect(await code(Keystore.open(at('out.keystore'), { password: 'other' }))).toBe('KEYSTORE_NOT_ENCRYPTED');
    expect(await code(plain.saveAs(at('again')))).toBe('FILE_EXISTS');
  });
  it('is in the documented format: opened here by noble alone', async () => {
    const { scrypt: nobleScrypt } = await import('@noble/hashes/scrypt.js');
    const { xchacha20poly1305 } = await import('@noble/ciphers/chacha.js');
    await filled('pässword');
    const { box, ...header } = JSON.parse(await readFile(path(), 'utf8'));
    const { n, r, p, salt } = header.kdf;
    const key = nobleScrypt(new TextEncoder().encode('pässword'), new Uint8Array(Buffer.from(salt, 'base64')), {
      N: n,
      r,
      p,
      dkLen: 32,
    });
    const content = xchacha20poly1305(
      key,
      new Uint8Array(Buffer.from(header.cipher.nonce, 'base64')),
      new TextEncoder().encode(JSON.stringify(header)),
    ).decrypt(new Uint8Array(Buffer.from(box, 'base64')));
    expect(JSON.parse(new TextDecoder().decode(content))).toEqual({
      keys: official(SECRETS, NAMES).keys.map(({ alias, entry }) => ({ alias, key: entry })),
    });
  });
});
