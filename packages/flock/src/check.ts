import { JsonDecimal } from '@somakit/core';
import type { Problem, StandardSchema } from '@somakit/core/http';
import type {
  Achievements,
  Assignment,
  DailyCount,
  JsonValue,
  Page,
  StoredSubmission,
  Submission,
  Task,
} from './types.js';

type Report = (path: string, message: string) => void;
type Check = (value: unknown, path: string, report: Report) => void;
type Kind = 'text' | 'number' | 'list' | 'object';

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'text';
  return typeof value === 'bigint' ? 'number' : typeof value;
};

const at = (path: string, key: string | number): string => (path === '' ? String(key) : `${path}.${key}`);

/** An object whose known members are of the given kinds. Optional ones may be missing or null; others are not looked at. */
const record =
  (optional: Readonly<Record<string, Kind | Check>>, required: Readonly<Record<string, Kind | Check>> = {}): Check =>
  (value, path, report) => {
    if (kindOf(value) !== 'object') return report(path, `must be an object, not ${kindOf(value)}`);
    const look = (key: string, check: Kind | Check, needed: boolean) => {
      const member = Object.hasOwn(value as object, key) ? (value as Record<string, unknown>)[key] : undefined;
      if (!needed && (member === undefined || member === null)) return;
      if (typeof check === 'function') return check(member, at(path, key), report);
      if (kindOf(member) !== check) report(at(path, key), `must be a ${check}, not ${kindOf(member)}`);
    };
    for (const [key, check] of Object.entries(required)) look(key, check, true);
    for (const [key, check] of Object.entries(optional)) look(key, check, false);
  };

const list =
  (item: Check): Check =>
  (value, path, report) => {
    if (!Array.isArray(value)) return report(path, `must be a list, not ${kindOf(value)}`);
    for (const [index, each] of value.entries()) item(each, at(path, index), report);
  };

// Decimals with more digits than a number holds matter to nobody here: every other client reads them as numbers too.
const plainNumbers = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof JsonDecimal) return value.valueOf();
  for (const [key, member] of Object.entries(value)) {
    if (typeof member === 'object' && member !== null) (value as Record<string, unknown>)[key] = plainNumbers(member);
  }
  return value;
};

const MOST_PROBLEMS = 20;

const schema = <T>(check: Check): StandardSchema<T> => ({
  '~standard': {
    version: 1,
    vendor: 'somakit',
    validate: (raw) => {
      const value = plainNumbers(raw);
      const problems: Problem[] = [];
      check(value, '', (path, message) => {
        if (problems.length < MOST_PROBLEMS) problems.push({ path, message });
      });
      if (problems.length === 0) return { value: value as T };
      return { issues: problems.map(({ path, message }) => ({ message, path: path === '' ? [] : path.split('.') })) };
    },
  },
});

const task: Check = record(
  {
    title: 'text',
    description: 'text',
    task_type: 'text',
    status: 'text',
    duration_in_seconds: 'number',
    initialized_at: 'text',
    submission_phase_ends_at: 'text',
    final_validation_ends_at: 'text',
    final_link: 'text',
    data: record({
      training_set_url: 'text',
      max_params: 'number',
      context_length: 'number',
      recommended_vram: 'text',
    }),
  },
  { id: 'number' },
);
const submission: Check = record({
  link: 'text',
  submission_phase_score: 'number',
  final_validation_score: 'number',
  submitted_at: 'text',
});
const pageOf = (item: Check): Check =>
  record({}, { items: list(item), total: 'number', page: 'number', size: 'number', pages: 'number' });

/** The tasks as a plain list, or as a page should the service begin to page them. */
const tasks: Check = (value, path, report) =>
  (kindOf(value) === 'object' ? pageOf(task) : list(task))(value, path, report);

export const taskSchema = /* @__PURE__ */ schema<Task>(task);
export const tasksSchema = /* @__PURE__ */ schema<readonly Task[] | Page<Task>>(tasks);
export const submissionsSchema = /* @__PURE__ */ schema<Page<Submission>>(pageOf(submission));
export const countsSchema = /* @__PURE__ */ schema<{ readonly data: readonly DailyCount[] }>(
  record({}, { data: list(record({}, { time: 'text', count: 'number' })) }),
);
export const achievementsSchema = /* @__PURE__ */ schema<Achievements>(
  record({
    gold_medals: 'number',
    silver_medals: 'number',
    bronze_medals: 'number',
    total_participations: 'number',
    tasks: 'list',
  }),
);
export const assignmentSchema = /* @__PURE__ */ schema<Assignment>(
  record({ task_submission: 'object', data: 'object', status: 'text', assigned_at: 'text' }, { id: 'number' }),
);
/** Answers of which nothing is known but that there is one. */
export const anySchema = /* @__PURE__ */ schema<JsonValue>((value, path, report) => {
  if (value === undefined) report(path, 'must not be empty');
});
/** Answers to writes: nothing is promised, an empty one is fine. */
export const writeSchema = /* @__PURE__ */ schema<JsonValue | undefined>(() => {});
export const storedSchema = /* @__PURE__ */ schema<StoredSubmission>((value, path, report) => {
  if (value !== undefined && kindOf(value) !== 'object') report(path, `must be an object, not ${kindOf(value)}`);
});
