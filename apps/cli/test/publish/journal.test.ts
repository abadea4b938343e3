import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseAddress, parseDigest, toBase58 } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { describe, expect, it } from 'vitest';
import { createJournal, findJournal, type Journal, listJournals, openJournal } from '../../src/publish/journal.js';
import { createSealer } from '../../src/publish/seal.js';
import { scratch } from '../support/somakit.js';

const digest = (fill: number) => parseDigest(toBase58(new Uint8Array(32).fill(fill)));
// A key whose text would be seen anywhere.
const KEY = digest(7);
const embedding = Float32Array.of(0.1, -0, 3e-45, -1e38, 16_777_217);
const begun = {
  kind: 'create',
  state: 'prepared',
  chainId: digest(1),
  environment: 'localnet',
  rpc: 'http://127.0.0.1:9000',
  address: parseAddress('0xa'),
  file: '/weights.enc',
  checksum: digest(2),
  size: 18_446_744_073_709_551_615n,
  url: 'https://example.com/w',
  check: true,
  stakeAmount: 1_000_000_000n,
  commissionRate: 0,
} as const;
const secrets = { key: KEY, embedding };
const none = () => undefined;

const start = (folder: string, sealer = undefined as ReturnType<typeof createSealer> | undefined): Journal =>
  createJournal(folder, begun, secrets, sealer);

describe('a journal', () => {
  it('is on disk for its owner alone when creating it returns', () => {
    const folder = join(scratch(), 'deep', 'publish');
    const journal = start(folder);
    expect(statSync(journal.file).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    journal.close();
  });

  it('gives back every bit of an embedding, u64 and bytes', () => {
    const folder = scratch();
    const journal = start(folder);
    const transaction = Uint8Array.of(0, 255, 128);
    journal.write({ state: 'creating', pending: { step: 'create', digest: digest(3) } }, { transaction });
    journal.close();
    const again = openJournal(folder, journal.record.id, none);
    expect(again.record).toEqual({ ...journal.record });
    expect(again.record.size).toBe(18_446_744_073_709_551_615n);
    expect([...new Uint8Array(again.secrets.embedding.buffer)]).toEqual([...new Uint8Array(embedding.buffer)]);
    expect(again.secrets.transaction).toEqual(transaction);
    again.close();
  });

  it('forgets a transaction that is settled', () => {
    const folder = scratch();
    const journal = start(folder);
    journal.write(
      { state: 'creating', pending: { step: 'create', digest: digest(3) } },
      { transaction: Uint8Array.of(9) },
    );
    journal.write({ state: 'created', pending: undefined }, { transaction: undefined });
    journal.close();
    const again = openJournal(folder, journal.record.id, none);
    expect(again.secrets.transaction).toBeUndefined();
    expect(again.record.pending).toBeUndefined();
    again.close();
  });

  it('keeps its old content, and says what is wrong, when it cannot be written', () => {
    if (process.getuid?.() === 0) return expect(process.getuid()).toBe(0);
    const folder = scratch();
    const journal = start(folder);
    chmodSync(folder, 0o500);
    try {
      expect(() => journal.write({ state: 'created' })).toThrow(expect.objectContaining({ code: 'CLI_CONFIG' }));
    } finally {
      chmodSync(folder, 0o700);
    }
    expect(journal.record.state).toBe('prepared');
    journal.close();
  });

  it('is worked on by one process at a time', () => {
    const folder = scratch();
    const journal = start(folder);
    expect(() => openJournal(folder, journal.record.id, none)).toThrow(
      expect.objectContaining({ code: 'PUBLISH_BUSY', retryable: true }),
    );
    journal.close();
    openJournal(folder, journal.record.id, none).close();
    expect(readdirSync(folder)).toEqual([`${journal.record.id}.json`]);
  });

  it('is taken over from a process that died, and not from one that lives or is elsewhere', () => {
    const folder = scratch();
    const journal = start(folder);
    journal.close();
    const { id } = journal.record;
    const lock = join(folder, `${id}.lock`);
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    for (const [holder, busy] of [
      [{ pid: process.ppid, host: hostname() }, true],
      [{ pid: dead, host: 'another-machine' }, true],
      [{ pid: dead, host: hostname() }, false],
      // The earlier life of a container has the same process id.
      [{ pid: process.pid, host: hostname() }, false],
    ] as const) {
      writeFileSync(lock, JSON.stringify(holder));
      const open = () => openJournal(folder, id, none).close();
      if (busy) expect(open, JSON.stringify(holder)).toThrow(expect.objectContaining({ code: 'PUBLISH_BUSY' }));
      else expect(open, JSON.stringify(holder)).not.toThrow();
    }
  });

  it('does not mind what a dying process left half written', () => {
    const folder = scratch();
    const journal = start(folder);
    journal.close();
    writeFileSync(`${journal.file}.0a1b2c.tmp`, '{"format":"somakit-pub');
    const again = openJournal(folder, journal.record.id, none);
    expect(again.record.state).toBe('prepared');
    again.close();
    expect(readdirSync(folder)).toEqual([`${journal.record.id}.json`]);
  });

  it('refuses files that are damaged or of a newer version, and never shows what they hold', () => {
    const folder = scratch();
    const journal = start(folder);
    journal.close();
    const good = JSON.parse(readFileSync(journal.file, 'utf8')) as Record<string, unknown>;
    const broken: unknown[] = [
      undefined,
      { ...good, version: 2 },
      { ...good, format: 'else' },
      { ...good, record: { ...(good.record as object), state: 'flying' } },
      { ...good, record: { ...(good.record as object), size: '-1' } },
      { ...good, secrets: { key: KEY } },
      { ...good, secrets: { ...(good.secrets as object), embedding: 'AAA=' } },
    ];
    for (const each of broken) {
      writeFileSync(journal.file, each === undefined ? `{"key":"${KEY}` : JSON.stringify(each));
      let error: unknown;
      try {
        openJournal(folder, journal.record.id, none);
      } catch (caught) {
        error = caught;
      }
      expect(error).toMatchObject({ code: 'PUBLISH_JOURNAL_DAMAGED' });
      expect(`${(error as Error).stack} ${JSON.stringify(error)} ${String((error as Error).cause)}`).not.toContain(KEY);
    }
    // Nothing holds it now.
    expect(readdirSync(folder)).toEqual([`${journal.record.id}.json`]);
  });
});

describe('a sealed journal', () => {
  const owner = Keypair.generate();
  const sealer = createSealer(owner.toSecretKey());

  it('holds no secret in clear, and opens for the same account only', () => {
    const folder = scratch();
    const journal = start(folder, sealer);
    journal.write({ state: 'created' }, { transaction: Uint8Array.of(1, 2, 3) });
    journal.close();
    const content = readFileSync(journal.file, 'utf8');
    expect(content).not.toContain(KEY);
    expect(content).not.toContain('embedding');
    expect(JSON.parse(content).record).toMatchObject({ state: 'created', url: begun.url });
    const again = openJournal(folder, journal.record.id, () => sealer);
    expect(again.secrets).toMatchObject({ key: KEY, embedding, transaction: Uint8Array.of(1, 2, 3) });
    again.close();
    const other = createSealer(Keypair.generate().toSecretKey());
    for (const wrong of [other, undefined])
      expect(() => openJournal(folder, journal.record.id, () => wrong)).toThrow(
        expect.objectContaining({ code: 'PUBLISH_JOURNAL_DAMAGED' }),
      );
  });

  it('does not open after a change of what can be read', () => {
    const folder = scratch();
    const journal = start(folder, sealer);
    journal.close();
    writeFileSync(journal.file, readFileSync(journal.file, 'utf8').replace(begun.url, 'https://evil.example/w'));
    expect(() => openJournal(folder, journal.record.id, () => sealer)).toThrow(
      expect.objectContaining({ code: 'PUBLISH_JOURNAL_DAMAGED' }),
    );
  });

  it('seals a plain journal with the next write once the keystore is encrypted', () => {
    const folder = scratch();
    const journal = start(folder);
    journal.close();
    const again = openJournal(folder, journal.record.id, () => sealer);
    again.write({ state: 'created' });
    again.close();
    expect(readFileSync(journal.file, 'utf8')).not.toContain(KEY);
  });
});

describe('the list of publications', () => {
  it('is empty where there is none', () => {
    expect(listJournals(join(scratch(), 'nowhere'))).toEqual([]);
  });

  it('shows damaged ones as such beside the others', () => {
    const folder = scratch();
    start(folder).close();
    writeFileSync(join(folder, 'deadbeef.json'), 'x');
    writeFileSync(join(folder, 'else.txt'), 'x');
    mkdirSync(join(folder, 'folder'));
    const listed = listJournals(folder);
    expect(listed.map((each) => ('record' in each ? each.record.state : each.error.code))).toEqual([
      'PUBLISH_JOURNAL_DAMAGED',
      'prepared',
    ]);
  });

  it('finds the only open one, or the one that is meant', () => {
    const folder = scratch();
    expect(() => findJournal(folder, undefined)).toThrow(expect.objectContaining({ code: 'PUBLISH_NOT_FOUND' }));
    const first = start(folder);
    const second = start(folder);
    const modelId = parseAddress('0xabc') as unknown as NonNullable<typeof second.record.modelId>;
    second.write({ state: 'committed', modelId });
    expect(() => findJournal(folder, undefined)).toThrow(/2 publications are open/);
    expect(findJournal(folder, first.record.id.slice(0, 6)).id).toBe(first.record.id);
    expect(findJournal(folder, modelId).id).toBe(second.record.id);
    first.write({ state: 'done' });
    expect(findJournal(folder, undefined).id).toBe(second.record.id);
    expect(findJournal(folder, first.record.id).state).toBe('done');
    first.close();
    second.close();
  });
});
