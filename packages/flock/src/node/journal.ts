import { mkdir, open, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, SomaKitError } from '@somakit/core';
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

/** Runs alone among all processes with this journal. A lock whose owner has died is taken over after a minute. */
export const withLock = async <T>(journal: string, clock: Clock, run: () => Promise<T>): Promise<T> => {
  const lock = `${journal}.lock`;
  await mkdir(dirname(journal), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    try {
      await (await open(lock, 'wx')).close();
      break;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    }
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (age < STALE_MS || attempt >= 3) {
      throw new SomaKitError('FLOCK_SUBMISSION_BUSY', 'Another process works on the same submission.', {
        context: { lock },
        hint: 'Wait for it. After a crash the lock opens by itself within a minute.',
        retryable: true,
      });
    }
    await unlink(lock).catch(() => {});
  }
  let cancel = () => {};
  const beat = () => {
    cancel = clock.schedule(() => {
      void open(lock, 'r+')
        .then(async (file) => {
          const now = new Date();
          await file.utimes(now, now).finally(() => file.close());
        })
        .catch(() => {});
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
