import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { SomaKitError } from '@somakit/core';
import { OPEN_STATES, type PublishRecord, type PublishSecrets, parseJournal, printJournal } from './record.js';
import type { Sealer } from './seal.js';
import './errors.js';

// Everything here is synchronous: the signed transaction has to be on disk before the call that sends it goes on.

/** A publication that this process works on. */
export interface Journal {
  readonly file: string;
  readonly record: PublishRecord;
  readonly secrets: PublishSecrets;
  /** Changes some fields and has them on disk when it returns. */
  write(record: Partial<PublishRecord>, secrets?: Partial<PublishSecrets>): void;
  /** Lets others work on it. */
  close(): void;
}

const systemCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const syncFolder = (folder: string): void => {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Not every platform can open a folder; the file is complete either way.
  }
};

const fileFailure = (file: string, error: unknown): SomaKitError =>
  new SomaKitError('CLI_CONFIG', `${file} cannot be written (${systemCode(error) ?? String(error)}).`, {
    context: { file },
    cause: error,
    hint: 'Nothing was sent: what a crash would need is written before anything leaves.',
  });

const temporaryOf = (file: string): string => `${file}.${randomBytes(6).toString('hex')}.tmp`;

/** Puts a whole new text in the place of the old one: after a power cut one of the two is there. */
const replace = (folder: string, file: string, content: string): void => {
  const temporary = temporaryOf(file);
  try {
    const handle = openSync(temporary, 'wx', 0o600);
    try {
      const bytes = Buffer.from(content);
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    // Not narrowed or widened by the umask of whoever runs this.
    chmodSync(temporary, 0o600);
    renameSync(temporary, file);
    syncFolder(folder);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileFailure(file, error);
  }
};

interface Holder {
  readonly pid: number;
  readonly host: string;
}

const holderOf = (content: string): Holder | undefined => {
  try {
    const { pid, host } = JSON.parse(content) as Partial<Holder>;
    return Number.isSafeInteger(pid) && typeof host === 'string' ? { pid: pid!, host } : undefined;
  } catch {
    return undefined;
  }
};

const held = new Set<string>();

/** A lock may name our own process id: that of a container's earlier life. */
const isGone = (file: string, holder: Holder | undefined): boolean => {
  if (holder === undefined || holder.host !== hostname()) return false;
  if (holder.pid === process.pid) return !held.has(file);
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
};

const readOr = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** One process works on a publication: two could commit it twice. */
const lock = (file: string): (() => void) => {
  const mine = temporaryOf(file);
  const handle = openSync(mine, 'wx', 0o600);
  try {
    writeSync(handle, JSON.stringify({ pid: process.pid, host: hostname() }));
  } finally {
    closeSync(handle);
  }
  try {
    for (let i = 0; i < 3; i++) {
      try {
        // A link is there with its content or not at all.
        linkSync(mine, file);
        held.add(file);
        return () => {
          held.delete(file);
          rmSync(file, { force: true });
        };
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw fileFailure(file, error);
      }
      const content = readOr(file);
      if (content === undefined) continue;
      const holder = holderOf(content);
      if (!isGone(file, holder)) break;
      // Two may see the same dead holder: only who moves that very lock away may go on.
      const moved = temporaryOf(file);
      try {
        renameSync(file, moved);
        if (readOr(moved) !== content) linkSync(moved, file);
      } catch {
      } finally {
        rmSync(moved, { force: true });
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  const pid = holderOf(readOr(file) ?? '')?.pid;
  const by = pid === undefined ? 'another process' : `process ${pid}`;
  throw new SomaKitError('PUBLISH_BUSY', `The publication is worked on by ${by}.`, {
    context: { file, pid },
    hint: `Wait for it or end it. Is it long gone, or of another machine? Then remove ${file}.`,
    retryable: true,
  });
};

const pathOf = (folder: string, id: string): string => join(folder, `${id}.json`);

const journalOf = (
  folder: string,
  start: PublishRecord,
  startSecrets: PublishSecrets,
  sealer: Sealer | undefined,
  unlock: () => void,
): Journal => {
  const file = pathOf(folder, start.id);
  let record = start;
  let secrets = startSecrets;
  return {
    file,
    get record() {
      return record;
    },
    get secrets() {
      return secrets;
    },
    write: (changed, changedSecrets = {}) => {
      const next = { ...record, ...changed, updatedAt: new Date().toISOString() };
      const nextSecrets = { ...secrets, ...changedSecrets };
      replace(folder, file, printJournal(next, nextSecrets, sealer));
      // Only what is on disk is true.
      record = next;
      secrets = nextSecrets;
    },
    close: unlock,
  };
};

/** Where the journals of a configuration are. */
export const journalFolder = (configFolder: string): string => join(configFolder, 'publish');

/** A new publication, on disk when this returns. @throws CLI_CONFIG */
export const createJournal = (
  folder: string,
  record: Omit<PublishRecord, 'id' | 'createdAt' | 'updatedAt' | 'transactions'>,
  secrets: PublishSecrets,
  sealer: Sealer | undefined,
): Journal => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileFailure(folder, error);
  }
  const id = randomBytes(4).toString('hex');
  const unlock = lock(join(folder, `${id}.lock`));
  try {
    const createdAt = new Date().toISOString();
    const whole: PublishRecord = { id, ...record, createdAt, updatedAt: createdAt, transactions: [] };
    const journal = journalOf(folder, whole, secrets, sealer, unlock);
    journal.write({});
    return journal;
  } catch (error) {
    unlock();
    throw error;
  }
};

/**
 * Takes up a publication.
 * @throws PUBLISH_BUSY while another process has it, PUBLISH_NOT_FOUND, PUBLISH_JOURNAL_DAMAGED
 */
export const openJournal = (
  folder: string,
  id: string,
  sealerOf: (record: PublishRecord, sealed: boolean) => Sealer | undefined,
): Journal => {
  const file = pathOf(folder, id);
  const unlock = lock(join(folder, `${id}.lock`));
  try {
    const content = readOr(file);
    if (content === undefined) throw notFound(folder, id);
    const { record, sealed, secrets } = parseJournal(content, file);
    // A keystore may have been encrypted since: then the next write seals.
    const sealer = sealerOf(record, sealed);
    const journal = journalOf(folder, record, secrets(sealer), sealer, unlock);
    // What was being written when an earlier process died.
    for (const name of readdirSync(folder))
      if (name.startsWith(`${id}.json.`) && name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
    return journal;
  } catch (error) {
    unlock();
    throw error;
  }
};

/** A publication in a list: what may be shown, or why nothing can. */
export type ListedJournal =
  | { readonly file: string; readonly record: PublishRecord; readonly sealed: boolean }
  | { readonly file: string; readonly error: SomaKitError };

/** All publications, oldest first. Needs no key. */
export const listJournals = (folder: string): readonly ListedJournal[] => {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^[0-9a-f]{8}\.json$/.test(name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
  const listed = names.flatMap((name): ListedJournal[] => {
    const file = join(folder, name);
    const content = readOr(file);
    if (content === undefined) return [];
    try {
      const { record, sealed } = parseJournal(content, file);
      return [{ file, record, sealed }];
    } catch (error) {
      return [{ file, error: error as SomaKitError }];
    }
  });
  const startOf = (each: ListedJournal): string => ('record' in each ? each.record.createdAt : '');
  return listed.sort((a, b) => (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0));
};

const notFound = (folder: string, id: string | undefined): SomaKitError =>
  new SomaKitError(
    'PUBLISH_NOT_FOUND',
    id === undefined ? 'No publication is open.' : `There is no publication ${id}.`,
    { context: { id, folder }, hint: '`somakit model publish --status` lists them.' },
  );

/**
 * The publication that is meant: by its id or the beginning of it, by its model's id, or the only open one.
 * @throws PUBLISH_NOT_FOUND, INVALID_ARGUMENT through `ambiguous`
 */
export const findJournal = (folder: string, wanted: string | undefined): PublishRecord => {
  const records = listJournals(folder).flatMap((each) => ('record' in each ? [each.record] : []));
  const open = records.filter(({ state }) => OPEN_STATES.includes(state));
  const found =
    wanted === undefined
      ? open
      : records.filter(({ id, modelId }) => (wanted.length >= 4 && id.startsWith(wanted)) || modelId === wanted);
  // Of a model's publications the latest that is open counts.
  const byModel = wanted?.startsWith('0x')
    ? (found.filter((each) => open.includes(each)).at(-1) ?? found.at(-1))
    : undefined;
  if (byModel !== undefined) return byModel;
  if (found.length === 1) return found[0]!;
  if (found.length === 0) throw notFound(folder, wanted);
  throw new SomaKitError('PUBLISH_NOT_FOUND', `${found.length} publications are open: say which one.`, {
    context: { id: wanted, folder },
    hint: `One of ${found.map(({ id }) => id).join(', ')}.`,
  });
};
