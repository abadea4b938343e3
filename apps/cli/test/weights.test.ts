import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitment, decryptWeights } from '@somakit/crypto';
import { decryptionKeyCommitment, embeddingCommitment } from '@somakit/sdk/transactions';
import { describe, expect, it } from 'vitest';
import { scratch, somakit } from './support/somakit.js';
import { KEYS, terminal } from './support/terminal.js';

const KEY = '4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi';
const withFile = () => {
  const cwd = scratch();
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
  writeFileSync(join(cwd, 'model.bin'), bytes);
  return { cwd, bytes, path: (name: string) => join(cwd, name) };
};

describe('somakit weights', () => {
  it('says which file is missing, and which key is none, without showing it', async () => {
    const { cwd } = withFile();
    const missing = await somakit(['weights', 'hash', 'nothing'], { cwd });
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain('FILE_NOT_FOUND');
    const env = { SOMAKIT_DECRYPTION_KEY: 'no-key-but-secret' };
    const wrong = await somakit(['weights', 'decrypt', 'model.bin', '-o', 'out'], { cwd, env });
    expect(wrong.code).toBe(3);
    expect(wrong.stdout + wrong.stderr).not.toContain('no-key-but-secret');
    const none = await somakit(['weights', 'decrypt', 'model.bin', '-o', 'out'], { cwd });
    expect(none.code).toBe(2);
    expect(readdirSync(cwd)).toEqual(['model.bin']);
  });

  it('encrypts with a new key, which only its file tells', async () => {
    const { cwd, bytes, path } = withFile();
    const done = await somakit(['weights', 'encrypt', 'model.bin', '--json'], { cwd });
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const encrypted = readFileSync(path('model.bin.enc'));
    expect(done.json()).toEqual([
      {
        schema: 'weights.encrypt/1',
        from: 'model.bin',
        to: 'model.bin.enc',
        checksum: commitment(encrypted),
        size: bytes.length,
        key_file: 'model.bin.enc.key',
      },
    ]);
    const key = readFileSync(path('model.bin.enc.key'), 'utf8').trim();
    expect(statSync(path('model.bin.enc.key')).mode & 0o777).toBe(0o600);
    expect(done.stdout).not.toContain(key);
    expect(decryptWeights(encrypted, key)).toEqual(bytes);
  });

  it('replaces neither a key nor, without --force, a file', async () => {
    const { cwd, path } = withFile();
    await somakit(['weights', 'encrypt', 'model.bin'], { cwd });
    const before = readFileSync(path('model.bin.enc'));
    const again = await somakit(['weights', 'encrypt', 'model.bin', '--force'], { cwd });
    expect(again.code).toBe(3);
    const known = ['--decryption-key-file', 'model.bin.enc.key'];
    expect(await somakit(['weights', 'encrypt', 'model.bin', ...known], { cwd })).toMatchObject({ code: 5 });
    expect(await somakit(['weights', 'encrypt', 'model.bin', ...known, '--force'], { cwd })).toMatchObject({ code: 0 });
    expect(readFileSync(path('model.bin.enc'))).toEqual(before);
  });

  it('decrypts, and refuses a file that is not the one of the checksum', async () => {
    const { cwd, bytes, path } = withFile();
    await somakit(['weights', 'encrypt', 'model.bin', '-o', 'a.enc'], { cwd });
    const key = ['--decryption-key-file', 'a.enc.key'];
    const wrong = await somakit(['weights', 'decrypt', 'a.enc', ...key, '--checksum', KEY], { cwd });
    expect(wrong.code).toBe(5);
    const done = await somakit(['weights', 'decrypt', 'a.enc', ...key, '--json'], { cwd });
    expect(done.json()[0]).toMatchObject({ to: 'a', size: bytes.length });
    expect(new Uint8Array(readFileSync(path('a')))).toEqual(bytes);
    const unnamed = await somakit(['weights', 'decrypt', 'model.bin', ...key], { cwd });
    expect(unnamed.code).toBe(2);
  });

  it('hashes files, and gives the commitments of a model commit', async () => {
    const { cwd, bytes } = withFile();
    const hash = await somakit(['weights', 'hash', 'model.bin', '--json'], { cwd });
    expect(hash.json()[0]).toMatchObject({ file: 'model.bin', checksum: commitment(bytes), size: bytes.length });
    const plain = await somakit(['weights', 'hash', 'model.bin'], { cwd });
    expect(plain.stdout).toBe(`${commitment(bytes)}  ${bytes.length}  model.bin\n`);
    const env = { SOMAKIT_DECRYPTION_KEY: KEY };
    const args = ['weights', 'commitment', 'model.bin', '--embedding=-0.5,1', '--json'];
    expect((await somakit(args, { cwd, env })).json()[0]).toMatchObject({
      weights: commitment(bytes),
      decryption_key: decryptionKeyCommitment(KEY),
      embedding: embeddingCommitment([-0.5, 1]),
    });
    expect(await somakit(['weights', 'commitment'], { cwd })).toMatchObject({ code: 2 });
  });

  it('leaves nothing behind on Ctrl-C in the middle of a large file', async () => {
    const { cwd, path } = withFile();
    // A hole of two gigabytes: large to read, nothing on the disk.
    truncateSync(path('model.bin'), 2 * 2 ** 30);
    const screen = terminal(['weights', 'encrypt', 'model.bin'], { cwd });
    await screen.waitFor(/█░+ encrypting [\d.]+ [MG]B of 2\.0 GB/);
    screen.write(KEYS.ctrlC);
    expect(await screen.ended()).toBe(130);
    expect(readdirSync(cwd)).toEqual(['model.bin']);
    truncateSync(path('model.bin'), 1000);
    expect(await somakit(['weights', 'encrypt', 'model.bin'], { cwd })).toMatchObject({ code: 0 });
  });

  it('goes on with the same key after a kill -9, and says how', async () => {
    const { cwd, path } = withFile();
    truncateSync(path('model.bin'), 2 * 2 ** 30);
    const screen = terminal(['weights', 'encrypt', 'model.bin'], { cwd });
    await screen.waitFor(/█░+ encrypting/);
    screen.signal('SIGKILL');
    await screen.ended();
    const left = readdirSync(cwd);
    expect(left).toContain('model.bin.enc.key');
    expect(left).not.toContain('model.bin.enc');
    truncateSync(path('model.bin'), 1000);
    const again = await somakit(['weights', 'encrypt', 'model.bin'], { cwd });
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('--decryption-key-file model.bin.enc.key');
    const known = await somakit(['weights', 'encrypt', 'model.bin', '--decryption-key-file', 'model.bin.enc.key'], {
      cwd,
    });
    expect(known).toMatchObject({ code: 0 });
    const key = readFileSync(path('model.bin.enc.key'), 'utf8').trim();
    expect(decryptWeights(readFileSync(path('model.bin.enc')), key)).toEqual(
      new Uint8Array(readFileSync(path('model.bin'))),
    );
  });
});
