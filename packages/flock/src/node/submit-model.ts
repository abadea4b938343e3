import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { invalidArgument, isError, SomaKitError, systemClock, throwIfAborted } from '@somakit/core';
import type { FlockClient } from '../client.js';
import { type ModelReference, submissionBody } from '../submission.js';
import type { StoredSubmission, Submission, Task } from '../types.js';
import { type FolderContent, readFolder } from './folder.js';
import { type Journal, readJournal, withLock, writeJournal } from './journal.js';
import { checkToken, type UploadParameters, uploadContent } from './upload.js';

export interface SubmitModelParameters extends UploadParameters, Omit<ModelReference, 'repo' | 'revision'> {
  /** With the key of the node that submits. */
  readonly client: FlockClient;
  /** Refused when it is above the task's limit. */
  readonly parameterCount?: number | undefined;
  /** Where progress is kept. Default: in the folder's `.cache/somakit`, which never goes up. */
  readonly journal?: string | undefined;
}

export interface SubmitModelResult {
  readonly task: Task;
  readonly repo: string;
  readonly commit: string;
  readonly url: string;
  /** The service's answer; `undefined` when an earlier run had submitted and its answer was lost. */
  readonly submission: StoredSubmission | undefined;
  /** What this run found done by an earlier one. */
  readonly resumed: 'nothing' | 'upload' | 'submission';
}

/** The content of a folder by names, sizes and times: enough to see that something has changed, and quick for many gigabytes. */
const identityOf = ({ files }: FolderContent, parts: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify([parts, files.map(({ path, size, modifiedMs }) => [path, size, modifiedMs])]))
    .digest('hex');

const sameRepo = (link: unknown, repo: string): boolean =>
  typeof link === 'string' && link.replace(/\/+$/, '').toLowerCase().endsWith(`/${repo.toLowerCase()}`);

/** The commit of a submission, where the service tells it. */
const revisionOf = (submission: Submission): unknown =>
  submission.revision ?? (submission.data as { readonly revision?: unknown } | undefined)?.revision;

/** How many submissions of the repository, and of no other commit, the service knows for the task. */
const countSubmissions = async (
  client: FlockClient,
  taskId: number,
  repo: string,
  commit: string | undefined,
  signal: AbortSignal | undefined,
): Promise<number> => {
  let count = 0;
  for await (const submission of client.iterateSubmissions({ taskId, signal })) {
    const revision = revisionOf(submission) ?? commit;
    if (sameRepo(submission.link, repo) && revision === commit) count++;
  }
  return count;
};

/**
 * Uploads a folder to the Hub and hands it in for a task, in one step that can be repeated safely: run it again after whatever
 * failure, and it goes on where it was. A finished upload is not made again; a submission whose answer was lost is looked for
 * among the key's submissions before it is sent once more; a submission that is done is not sent again. A folder that has
 * changed, or another argument, is a new submission.
 *
 * Refuses before the upload when the task is not open or the model is too large.
 *
 * @throws FLOCK_TASK_NOT_OPEN, FLOCK_TOO_MANY_PARAMETERS, FLOCK_OUTCOME_UNKNOWN, FLOCK_SUBMISSION_BUSY, FLOCK_BAD_JOURNAL,
 * and what `uploadToHub`, `getTask`, `getSubmissions` and `submitTask` throw
 * @example
 * import { createFlockClient } from '@somakit/flock';
 * import { submitModel } from '@somakit/flock/node';
 * const { commit } = await submitModel({
 *   client: createFlockClient(),
 *   taskId: 7,
 *   repo: 'me/task-7-qwen',
 *   folder: 'outputs',
 *   baseModel: 'Qwen/Qwen2.5-7B-Instruct',
 *   gpuType: 'NVIDIA H200',
 * });
 */
export const submitModel = async (parameters: SubmitModelParameters): Promise<SubmitModelResult> => {
  const { client, folder = 'outputs', repo, signal, clock = systemClock } = parameters;
  const { baseModel, gpuType, modelFilename, extra } = parameters;
  const model = { taskId: parameters.taskId, repo, baseModel, gpuType, modelFilename, extra };
  const { task_id: taskId, data } = submissionBody(model);
  if (parameters.private) throw invalidArgument('private', 'false: validators cannot read a private repository', true);
  checkToken(parameters.token);
  throwIfAborted(signal, 'submitModel');
  const journalPath =
    parameters.journal ?? join(resolve(folder), '.cache', 'somakit', `task-${taskId}-${repo.replace('/', '--')}.json`);
  const content = await readFolder(folder, parameters.ignore ?? [], signal);
  const identity = identityOf(content, [taskId, data, parameters.branch ?? 'main', parameters.hubUrl ?? '']);

  return withLock(journalPath, clock, async () => {
    const kept = await readJournal(journalPath);
    let journal: Journal = kept?.identity === identity ? kept : { version: 1, identity };
    const keep = async (more: Partial<Journal>) => {
      journal = { ...journal, ...more };
      await writeJournal(journalPath, journal);
    };
    const result = (task: Task, resumed: SubmitModelResult['resumed']): SubmitModelResult => ({
      task,
      repo,
      commit: journal.commit!,
      url: journal.url!,
      submission: journal.submission ?? undefined,
      resumed,
    });

    if (journal.submission !== undefined) return result(await client.getTask({ taskId, signal }), 'submission');
    // Sent by an earlier run, which did not learn what became of it. The task may have closed since then.
    if (
      journal.before !== undefined &&
      (await countSubmissions(client, taskId, repo, journal.commit, signal)) > journal.before
    ) {
      await keep({ submission: null });
      return result(await client.getTask({ taskId, signal }), 'submission');
    }
    const task = await client.preflight({ taskId, parameterCount: parameters.parameterCount, signal });
    const resumed = journal.commit === undefined ? 'nothing' : 'upload';
    if (journal.commit === undefined) {
      const { commit, url } = await uploadContent(parameters, content);
      await keep({ commit, url });
    }
    if (journal.before === undefined)
      await keep({ before: await countSubmissions(client, taskId, repo, journal.commit, signal) });
    throwIfAborted(signal, 'submitModel');
    let submission: StoredSubmission;
    try {
      submission = await client.submitTask({ ...model, revision: journal.commit, signal });
    } catch (error) {
      // A clear refusal: what is sent next starts from a fresh count.
      if (isError(error, 'FLOCK_API_ERROR') && error.context.outcomeUnknown !== true) {
        const { before: _, ...rest } = journal;
        journal = rest;
        await keep({});
      }
      if (!isError(error, 'HTTP_INVALID_BODY')) throw error;
      throw new SomaKitError('FLOCK_OUTCOME_UNKNOWN', `The answer to the submission cannot be read. ${error.message}`, {
        context: { method: 'POST', url: error.context.url },
        hint: 'Run the same again: it looks for the submission before it sends another.',
        cause: error,
      });
    }
    await keep({ submission });
    return result(task, resumed);
  });
};
