import { invalidArgument, systemClock } from '@somakit/core';
import { type Api, type CallOptions, createApi, type FlockOptions } from './api.js';
import {
  assignmentSchema,
  countsSchema,
  storedSchema,
  submissionsSchema,
  taskSchema,
  tasksSchema,
  writeSchema,
} from './check.js';
import { bestPerLink, frameOf } from './frame/index.js';
import { checkSubmittable } from './phase.js';
import { checkId, type ModelReference, submissionBody } from './submission.js';
import type {
  Assignment,
  DailyCount,
  JsonValue,
  Metrics,
  Page,
  StoredSubmission,
  Submission,
  SubmissionBody,
  Task,
  TaskStatus,
} from './types.js';
import {
  type As,
  checkAs,
  checkPaging,
  createWallet,
  type FlockWallet,
  type IterateParameters,
  iteratePages,
  type OptionalRead,
  type PageParameters,
  type Read,
} from './wallet.js';
import { type TaskEvent, type WatchOptions, watch } from './watch.js';

export interface TaskId {
  /** Number of the task; its decimal text is taken too. */
  readonly taskId: number | string;
}

export interface SubmitTaskParameters extends ModelReference, CallOptions {
  /** Asks for the task first and refuses what cannot be accepted: a task that is not open, a model that is too large. Default false. */
  readonly preflight?: boolean | undefined;
  /** For the preflight: how many parameters the model has. */
  readonly parameterCount?: number | undefined;
}

export interface PreflightCall extends TaskId, CallOptions {
  readonly parameterCount?: number | undefined;
}

/** The client of FLock's training platform: see {@link createFlockClient}. */
export interface FlockClient {
  /** Whether the service is up. Never throws for what the service does. */
  health(options?: CallOptions): Promise<boolean>;
  /** One task, with the signed link to its training set. */
  readonly getTask: Read<TaskId, Task>;
  /** Tasks of one status, or of all. The order is the service's, not by id. */
  readonly listTasks: OptionalRead<{ readonly status?: TaskStatus | undefined }, readonly Task[]>;
  /** Tasks that take submissions. */
  readonly openTasks: OptionalRead<object, readonly Task[]>;
  readonly finalizedTasks: OptionalRead<object, readonly Task[]>;
  /** New, changed and removed tasks, for as long as the loop runs. The tasks that are there at first come as `added`. */
  watchTasks(
    options?: WatchOptions & { readonly status?: TaskStatus | undefined },
  ): AsyncGenerator<TaskEvent, void, undefined>;
  /** One page of the key's own submissions to a task. The table is flocky's: the best of each link, see {@link bestPerLink}. Needs the key. */
  readonly getSubmissions: Read<TaskId & PageParameters, Page<Submission>>;
  /** All of the key's own submissions to a task, page by page as they are asked for. Needs the key. */
  iterateSubmissions(parameters: TaskId & IterateParameters): AsyncGenerator<Submission, void, undefined>;
  /** Submissions a day on the whole platform, oldest day first. */
  readonly submissionStats: OptionalRead<object, readonly DailyCount[]>;
  /** Validations a day on the whole platform, oldest day first. */
  readonly validationStats: OptionalRead<object, readonly DailyCount[]>;
  /** Statistics of a wallet. @throws INVALID_ARGUMENT for an address of a wrong form or checksum. */
  wallet(address: string): FlockWallet;
  /**
   * Hands a model in. Sent exactly once: when no answer comes, FLOCK_OUTCOME_UNKNOWN says so. `submitModel` in
   * `@somakit/flock/node` can be repeated safely. Needs the key and a stake on the task; two submissions a day are allowed.
   */
  submitTask(parameters: SubmitTaskParameters): Promise<StoredSubmission>;
  /** What {@link submitTask} would send. Sends nothing. */
  previewSubmission(model: ModelReference): SubmissionBody;
  /** Asks for the task and refuses what the service would refuse; gives the task. @throws FLOCK_TASK_NOT_OPEN, FLOCK_TOO_MANY_PARAMETERS */
  preflight(parameters: PreflightCall): Promise<Task>;
  /** Work for a validator; one request in 3 minutes for each task. Refusals have the reasons `no_submissions` and `rate_limited`. Needs the key. */
  requestAssignment(parameters: TaskId & CallOptions): Promise<Assignment>;
  /** Reports the metrics of an assignment. Needs the key. @throws INVALID_ARGUMENT for a number that is not finite: JSON has none. */
  completeAssignment(
    parameters: { readonly assignmentId: number | string; readonly metrics: Metrics } & CallOptions,
  ): Promise<JsonValue | undefined>;
  /** Gives an assignment up. Needs the key. */
  failAssignment(parameters: { readonly assignmentId: number | string } & CallOptions): Promise<JsonValue | undefined>;
}

const MOST_PAGES = 1_000;

const listTasks = async (
  api: Api,
  { status, ...call }: { status?: string | undefined } & CallOptions,
): Promise<readonly Task[]> => {
  if (status !== undefined && (typeof status !== 'string' || status === ''))
    throw invalidArgument('status', 'a text', status);
  const fetchPage = (page?: number) =>
    api.read({
      path: ['tasks', 'list'],
      query: { status, page },
      schema: tasksSchema,
      // Validators ask for the whole list with their key.
      withKey: status === undefined ? 'if there' : 'no',
      ...call,
    });
  const first = await fetchPage();
  if (!('items' in first)) return first;
  // Not so today: the service sends a plain list. Every other list of it is paged.
  const tasks = [...first.items];
  for (let page = first.page + 1; page <= Math.min(first.pages, MOST_PAGES); page++) {
    const next = await fetchPage(page);
    if (!('items' in next) || next.items.length === 0) break;
    tasks.push(...next.items);
  }
  return tasks;
};

const checkMetrics = (metrics: Metrics): Metrics => {
  if (typeof metrics !== 'object' || metrics === null || Object.keys(metrics).length === 0) {
    throw invalidArgument('metrics', 'an object with a number or text for each metric', metrics);
  }
  for (const [name, value] of Object.entries(metrics)) {
    if (typeof value !== 'string' && !(typeof value === 'number' && Number.isFinite(value))) {
      throw invalidArgument(
        `metrics.${name}`,
        'a finite number or a text',
        value,
        'FLock reports 999 for a loss that is not finite.',
      );
    }
  }
  return metrics;
};

/**
 * A client of FLock's training platform (train.flock.io). Opens nothing by itself.
 *
 * Answers come as the service sends them, unknown members included, and are checked before you see them. Reads are
 * repeated after faults and on 429, 500, 502, 503, 504, with the server's own `Retry-After`; writes are sent once. Every
 * call takes `signal` and `timeoutMs`; every read also comes as a table with `as: 'frame'`.
 *
 * Calls throw FLOCK_API_ERROR (`reason`, `status`, `detail`), FLOCK_NO_API_KEY, FLOCK_OUTCOME_UNKNOWN (writes),
 * HTTP_NETWORK, HTTP_INVALID_BODY, HTTP_REDIRECT, HTTP_TOO_LARGE, TIMEOUT, ABORTED, INVALID_ARGUMENT. The key is in none of them.
 *
 * @throws INVALID_ARGUMENT for a `baseUrl` that is no http(s) URL.
 * @example
 * import { createFlockClient } from '@somakit/flock';
 * const flock = createFlockClient();
 * for (const task of await flock.openTasks()) console.log(task.id, task.title, task.submission_phase_ends_at);
 * console.log((await flock.finalizedTasks({ as: 'frame' })).toPretty());
 */
export const createFlockClient = (options: FlockOptions = {}): FlockClient => {
  const api = createApi(options);
  const clock = options.clock ?? systemClock;

  const getTask = ({ taskId, ...call }: TaskId & CallOptions) =>
    api.read({ path: ['tasks', 'get'], query: { task_id: checkId('taskId', taskId) }, schema: taskSchema, ...call });
  const tasksOf =
    (fixed?: string) =>
    async ({ as, status = fixed, ...call }: { status?: string | undefined } & CallOptions & As = {}) => {
      checkAs(as);
      const tasks = await listTasks(api, { status: fixed ?? status, ...call });
      return as === 'frame' ? frameOf(tasks) : tasks;
    };
  const statsOf =
    (type: 'submission' | 'validation') =>
    async ({ as, ...call }: CallOptions & As = {}) => {
      checkAs(as);
      const { data } = await api.read({ path: ['stats', 'emissions'], query: { type }, schema: countsSchema, ...call });
      return as === 'frame' ? frameOf(data) : data;
    };
  const submissionsPage = ({ taskId, page, size, ...call }: TaskId & PageParameters & CallOptions) =>
    api.read({
      path: ['tasks', 'wallet-submissions'],
      query: { task_id: checkId('taskId', taskId), page, size },
      schema: submissionsSchema,
      withKey: 'needed',
      ...call,
    });
  const preflight = async ({ taskId, parameterCount, ...call }: PreflightCall) => {
    const task = await getTask({ taskId, ...call });
    checkSubmittable({ task, now: clock.now(), parameterCount });
    return task;
  };
  const updateAssignment = (assignmentId: number | string, json: unknown, { signal, timeoutMs }: CallOptions) =>
    api.write({
      path: ['tasks', 'update-validation-assignment', checkId('assignmentId', assignmentId)],
      json,
      schema: writeSchema,
      signal,
      timeoutMs,
    });

  return {
    health: (call = {}) => api.answers({ path: ['health'], ...call }),
    getTask: (async ({ as, ...parameters }: TaskId & CallOptions & As) => {
      checkAs(as);
      const task = await getTask(parameters);
      return as === 'frame' ? frameOf(task) : task;
    }) as FlockClient['getTask'],
    listTasks: tasksOf() as FlockClient['listTasks'],
    openTasks: tasksOf('submission_phase') as FlockClient['openTasks'],
    finalizedTasks: tasksOf('finalized') as FlockClient['finalizedTasks'],
    watchTasks: ({ status, ...watching } = {}) =>
      watch((signal) => listTasks(api, { status, signal }), watching, clock),
    getSubmissions: (async ({ as, ...parameters }: TaskId & PageParameters & CallOptions & As) => {
      checkPaging(parameters);
      checkAs(as);
      const page = await submissionsPage(parameters);
      return as === 'frame' ? bestPerLink(page.items) : page;
    }) as FlockClient['getSubmissions'],
    iterateSubmissions: ({ taskId, timeoutMs, ...paging }) =>
      iteratePages((page, size, signal) => submissionsPage({ taskId, page, size, signal, timeoutMs }), paging),
    submissionStats: statsOf('submission') as FlockClient['submissionStats'],
    validationStats: statsOf('validation') as FlockClient['validationStats'],
    wallet: (address) => createWallet(api, address),
    submitTask: async ({ preflight: check = false, parameterCount, signal, timeoutMs, ...model }) => {
      const json = submissionBody(model);
      if (check) await preflight({ taskId: json.task_id, parameterCount, signal, timeoutMs });
      return (
        (await api.write({ path: ['tasks', 'submit-result'], json, schema: storedSchema, signal, timeoutMs })) ?? {}
      );
    },
    previewSubmission: submissionBody,
    preflight,
    requestAssignment: ({ taskId, signal, timeoutMs }) =>
      api.write({
        path: ['tasks', 'request-validation-assignment', checkId('taskId', taskId)],
        schema: assignmentSchema,
        signal,
        timeoutMs,
      }),
    completeAssignment: async ({ assignmentId, metrics, ...call }) =>
      updateAssignment(assignmentId, { status: 'completed', data: checkMetrics(metrics) }, call),
    failAssignment: async ({ assignmentId, ...call }) => updateAssignment(assignmentId, { status: 'failed' }, call),
  };
};
