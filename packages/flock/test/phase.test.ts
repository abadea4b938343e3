import { manualClock } from '@somakit/core/testing';
import { describe, expect, it } from 'vitest';
import {
  checkSubmittable,
  countdown,
  createFlockClient,
  fillDays,
  formatDuration,
  isOpen,
  parseFlockTime,
  sparkline,
  type Task,
  taskPhase,
} from '../src/index.js';
import { fetchDouble, json } from './fetch-double.js';

const task: Task = {
  id: 7,
  status: 'submission_phase',
  initialized_at: '2025-03-26T16:22:01.791348',
  submission_phase_ends_at: '2025-04-23T23:59:59.791348',
  final_validation_ends_at: '2025-04-28T23:59:59.791348',
  data: { max_params: 15_000_000_000 },
};
const at = (text: string) => new Date(text).getTime();
const DURING = at('2025-04-10T12:00:00Z');

describe('times of the service', () => {
  it.each([
    ['2025-04-23T23:59:59.791348', '2025-04-23T23:59:59.791Z'],
    ['2025-04-23T23:59:59', '2025-04-23T23:59:59.000Z'],
    ['2025-04-23 23:59', '2025-04-23T23:59:00.000Z'],
    ['2025-04-23', '2025-04-23T00:00:00.000Z'],
    ['2025-04-23T23:59:59.7', '2025-04-23T23:59:59.700Z'],
    ['2025-04-23T23:59:59Z', '2025-04-23T23:59:59.000Z'],
    ['2025-04-23T23:59:59.791348+02:00', '2025-04-23T21:59:59.791Z'],
    ['2025-04-23T23:59:59+0530', '2025-04-23T18:29:59.000Z'],
  ])('reads %s as UTC', (text, iso) => {
    expect(parseFlockTime(text).toISOString()).toBe(iso);
  });

  it.each(['', 'tomorrow', '2025-13-01T00:00:00', '2025-04-23T25:00:00', '23.4.2025', '1745452799'])(
    'refuses %j',
    (text) => {
      expect(() => parseFlockTime(text)).toThrow(/ISO 8601/);
    },
  );

  it.each([
    [0, '0 s'],
    [999, '0 s'],
    [-5, '0 s'],
    [59_000, '59 s'],
    [60_000, '1 min'],
    [3_723_000, '1 h 2 min'],
    [90_061_000, '1 d 1 h'],
    [86_400_000 + 5_000, '1 d'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('phases of a task', () => {
  it.each([
    ['2025-03-26T16:22:01.790Z', 'upcoming', '2025-03-26T16:22:01.791Z'],
    ['2025-03-26T16:22:01.791Z', 'submission', '2025-04-23T23:59:59.791Z'],
    ['2025-04-23T23:59:59.790Z', 'submission', '2025-04-23T23:59:59.791Z'],
    ['2025-04-23T23:59:59.791Z', 'validation', '2025-04-28T23:59:59.791Z'],
    ['2025-04-28T23:59:59.791Z', 'finalized', undefined],
  ])('is, at %s, in the phase %s', (now, phase, endsAt) => {
    const seen = countdown(task, at(now));
    expect(seen.phase).toBe(phase);
    expect(seen.endsAt?.toISOString()).toBe(endsAt);
    expect(isOpen(task, at(now))).toBe(phase === 'submission');
  });

  it('believes the status where the dates say otherwise or nothing', () => {
    expect(taskPhase({ ...task, status: 'finalized' }, DURING)).toBe('finalized');
    expect(taskPhase({ ...task, status: 'pending_final_validation' }, DURING)).toBe('validation');
    expect(taskPhase({ id: 1, status: 'submission_phase' }, DURING)).toBe('submission');
    expect(taskPhase({ id: 1, status: 'something_new' }, DURING)).toBe('unknown');
    expect(taskPhase({ id: 1, submission_phase_ends_at: 'not a time' }, DURING)).toBe('unknown');
  });

  it('says how long a phase lasts', () => {
    expect(countdown(task, DURING)).toMatchObject({
      text: '13 d 11 h',
      remainingMs: at('2025-04-23T23:59:59.791Z') - DURING,
    });
    expect(countdown({ id: 1 }, DURING)).toEqual({
      phase: 'unknown',
      endsAt: undefined,
      remainingMs: undefined,
      text: '',
    });
  });

  it('refuses a task that is not open and a model that is too large', () => {
    const code = (more: Partial<Task>, now = DURING, parameterCount?: number) => {
      try {
        checkSubmittable({ task: { ...task, ...more }, now, parameterCount });
        return undefined;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(code({})).toBeUndefined();
    expect(code({}, at('2025-03-01T00:00:00Z'))).toBe('FLOCK_TASK_NOT_OPEN');
    expect(code({}, at('2025-05-01T00:00:00Z'))).toBe('FLOCK_TASK_NOT_OPEN');
    expect(code({ status: 'finalized' })).toBe('FLOCK_TASK_NOT_OPEN');
    expect(code({}, DURING, 15_000_000_000)).toBeUndefined();
    expect(code({}, DURING, 15_000_000_001)).toBe('FLOCK_TOO_MANY_PARAMETERS');
    expect(code({ data: null }, DURING, 15_000_000_001)).toBeUndefined();
  });

  it('asks for the task before a submission with preflight, and then sends nothing to a closed one', async () => {
    const { fetch, calls } = fetchDouble((url) =>
      url.pathname.endsWith('/tasks/get') ? json(task) : json({ id: 903 }),
    );
    const clock = manualClock({ now: at('2025-05-01T00:00:00Z') });
    const client = createFlockClient({ apiKey: 'key-0001', fetch, clock });
    const model = { taskId: 7, repo: 'me/model', preflight: true };
    await expect(client.submitTask(model)).rejects.toMatchObject({ code: 'FLOCK_TASK_NOT_OPEN' });
    expect(calls.map(({ method }) => method)).toEqual(['GET']);
    const open = createFlockClient({ apiKey: 'key-0001', fetch, clock: manualClock({ now: DURING }) });
    expect(await open.submitTask(model)).toEqual({ id: 903 });
    await expect(open.submitTask({ ...model, parameterCount: 2e10 })).rejects.toMatchObject({
      code: 'FLOCK_TOO_MANY_PARAMETERS',
    });
  });
});

describe('daily counts', () => {
  it('draws counts as bars', () => {
    expect(sparkline([28, 39, 35, 0])).toBe('▆█▇▁');
    expect(sparkline([])).toBe('');
    expect(sparkline([0, 0])).toBe('▁▁');
    expect(() => sparkline([Number.NaN])).toThrow(/finite/);
  });

  it('fills the days that the service leaves out and orders them', () => {
    const days = [
      { time: '2025-03-02', count: 3 },
      { time: '2025-02-27', count: 1 },
    ];
    expect(fillDays(days).map(({ time, count }) => `${time} ${count}`)).toEqual([
      '2025-02-27 1',
      '2025-02-28 0',
      '2025-03-01 0',
      '2025-03-02 3',
    ]);
    expect(fillDays(days, { last: 2 })).toHaveLength(2);
    expect(fillDays([])).toEqual([]);
    expect(() => fillDays([{ time: 'yesterday', count: 1 }])).toThrow(/time/);
  });
});
