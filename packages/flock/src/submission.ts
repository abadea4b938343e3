import { invalidArgument } from '@somakit/core';
import type { JsonValue, SubmissionBody } from './types.js';

/** A model that is handed in. LLM tasks take `baseModel`, `gpuType` and `revision`; reinforcement learning `revision` and `modelFilename`. */
export interface ModelReference {
  /** Number of the task; its decimal text is taken too. */
  readonly taskId: number | string;
  /** Repository on the Hugging Face Hub, `owner/name`. It must be public: validators read it. */
  readonly repo: string;
  /** The task's base model, as its page names it. Unknown values are sent as they are. */
  readonly baseModel?: string | undefined;
  /** Free text, such as `NVIDIA H200`. */
  readonly gpuType?: string | undefined;
  /** Commit on the Hub, 40 hex digits. Validators take the branch `main` when it is missing. */
  readonly revision?: string | undefined;
  /** File within the repository, such as `model.onnx`. */
  readonly modelFilename?: string | undefined;
  /** More members of the submission's `data`, for task families that this version does not know. */
  readonly extra?: Readonly<Record<string, JsonValue>> | undefined;
}

const REPO = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9_][\w.-]{0,95}$/;
const REVISION = /^[0-9a-f]{40}$/;

/** A task or assignment id as a number. @throws INVALID_ARGUMENT */
export const checkId = (argument: string, value: number | string): number => {
  const id = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id;
  throw invalidArgument(argument, 'an integer', value);
};

/** @throws INVALID_ARGUMENT unless it is `owner/name` as the Hub has it. */
export const checkRepo = (repo: string): string => {
  if (typeof repo === 'string' && REPO.test(repo) && !/\.\.|--|\.git$/.test(repo.slice(repo.indexOf('/') + 1)))
    return repo;
  throw invalidArgument('repo', 'a repository of the Hugging Face Hub, owner/name', repo);
};

const checkText = (argument: string, value: string | undefined): string | undefined => {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
  throw invalidArgument(argument, 'a text that is not empty', value);
};

/** The body that `submitTask` sends. @throws INVALID_ARGUMENT */
export const submissionBody = (model: ModelReference): SubmissionBody => {
  const { revision, baseModel, gpuType, modelFilename, extra = {} } = model;
  if (revision !== undefined && !(typeof revision === 'string' && REVISION.test(revision))) {
    throw invalidArgument('revision', 'a commit of the Hub, 40 lower-case hex digits', revision);
  }
  checkText('baseModel', baseModel);
  checkText('gpuType', gpuType);
  checkText('modelFilename', modelFilename);
  return {
    task_id: checkId('taskId', model.taskId),
    data: {
      ...extra,
      hg_repo_id: checkRepo(model.repo),
      ...(baseModel === undefined ? {} : { base_model: baseModel }),
      ...(gpuType === undefined ? {} : { gpu_type: gpuType }),
      ...(revision === undefined ? {} : { revision }),
      ...(modelFilename === undefined ? {} : { model_filename: modelFilename }),
    },
  };
};
