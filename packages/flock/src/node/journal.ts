import { link, mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { type Clock, randomUuid, SomaKitError } from '@somakit/core';
import type { StoredSubmission } from '../types.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** Another process submits with the same journal. */
    FLOCK_SUBMISSION_BUSY: { readonly lock: string };
    /** The journal is not one of ours. */
    FLOCK_BAD_JOURNAL: { readonly journal: string };
  }
}

/** How far one submission is. Holds no secret. */
export interface Journal {
  readonly version: 1;
  /** What is handed in: another task, repository, folder content or argument is another submission. */
  readonly identity: string;
  /** The upload's commit, once it is there. */
  readonly commit?: string;
  readonly url?: string;
  /** Set before the submission is sent: how many submissions of this repository the service knew. */
  readonly before?: number;
  /** The service's answer, once it is there; `null` when it was found by asking. */
  readonly submission?: StoredSubmission | null;
}

export const readJournal = async (path: string): Promise<Journal | undefined> => {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const journal = JSON.parse(text) as Journal;
    if (journal.version === 1 && typeof journal.identity === 'string') return journal;
  } catch {
    // Told below.
  }
  throw new SomaKitError('FLOCK_BAD_JOURNAL', `${path} is not a journal of a submission.`, {
    context: { journal: path },
    hint: 'Look on train.flock.io what has been submitted, then remove the file.',
  });
};

/** Whole or not at all, also when the machine stops in between. */
export const writeJournal = async (path: string, journal: Journal): Promise<void> => {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(journal, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
};

const STALE_MS = 60_000;
const BEAT_MS = 15_000;

/** Whether the process that a lock names has ended, as far as this machine can tell. */
const hasEnded = (owner: string): boolean => {
  const [pid = '', host] = owner.trim().split(' ');
  if (host !== hostname() || !/^[1-9]\d*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as { code?: unknown }).code === 'ESRCH';
  }
};

/** Takes a lock away whose owner has died. Another process may have done so first: then its new lock is put back. */
const breakStale = async (lock: string): Promise<boolean> => {
  const owner = await readFile(lock, 'utf8').catch(() => undefined);
  if (owner === undefined) return true;
  const age = await stat(lock).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (age < STALE_MS && !hasEnded(owner)) return false;
  const aside = `${lock}.${process.pid}`;
  if (
    !(await rename(lock, aside).then(
      () => true,
      () => false,
    ))
  )
    return true;
  const taken = await readFile(aside, 'utf8').catch(() => '');
  if (taken !== owner) await link(aside, lock).catch(() => {});
  await rm(aside, { force: true });
  return taken === owner;
};

/** Runs alone among all processes with this journal. The lock of a process that has died opens by itself. */
export const withLock = async <T>(journal: string, clock: Clock, run: () => Promise<T>): Promise<T> => {
  const lock = `${journal}.lock`;
  await mkdir(dirname(journal), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    try {
      await writeFile(lock, `${process.pid} ${hostname()} ${randomUuid()}\n`, { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    }
    if (attempt >= 3 || !(await breakStale(lock))) {
      throw new SomaKitError('FLOCK_SUBMISSION_BUSY', 'Another process works on the same submission.', {
        context: { lock },
        hint: 'Wait for it. The lock of a process that has died opens by itself, on another machine within a minute.',
        retryable: true,
      });
    }
  }
  let cancel = () => {};
  const beat = () => {
    cancel = clock.schedule(() => {
      const now = new Date();
      utimes(lock, now, now).catch(() => {});
      beat();
    }, BEAT_MS);
  };
  beat();
  try {
    return await run();
  } finally {
    cancel();
    await rm(lock, { force: true });
  }
};
