import { manualClock } from '@somakit/core/testing';
import { describe, expect, it } from 'vitest';
import { createFlockClient, type TaskEvent } from '../src/index.js';
import { fetchDouble, json } from './fetch-double.js';

const W = '0xB93A9c73751Bbca8E1924954271ee8d4De5747c9';

const briefly = (event: TaskEvent) => `${event.kind} ${event.task.id}`;

describe('watching tasks', () => {
  const looks = [
    [{ id: 7, status: 'submission_phase' }],
    [{ id: 7, status: 'submission_phase' }],
    [
      { id: 7, status: 'submission_phase', title: 'new title' },
      { id: 8, status: 'submission_phase' },
    ],
    [{ id: 8, status: 'submission_phase' }],
  ];

  it('tells what is new, has changed and has gone, and looks once in each interval', async () => {
    const clock = manualClock();
    const { fetch, calls } = fetchDouble((_, call) => json(looks[Math.min(call, looks.length) - 1]));
    const client = createFlockClient({ fetch, clock });
    const seen: string[] = [];
    const done = (async () => {
      for await (const event of client.watchTasks({ status: 'submission_phase', intervalMs: 60_000 })) {
        seen.push(briefly(event));
        if (event.kind === 'removed') return;
      }
    })();
    while (!seen.includes('removed 7')) {
      if (!(await clock.advanceToNext())) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await done;
    expect(seen).toEqual(['added 7', 'changed 7', 'added 8', 'removed 7']);
    expect(calls).toHaveLength(4);
    expect(clock.now()).toBe(180_000);
    expect(clock.pending).toEqual([]);
    expect(calls[0]?.url).toContain('status=submission_phase');
  });

  it('ends at once by its signal', async () => {
    const clock = manualClock();
    const { fetch } = fetchDouble(() => json(looks[0]));
    const controller = new AbortController();
    const events = createFlockClient({ fetch, clock }).watchTasks({ signal: controller.signal });
    await events.next();
    const next = events.next();
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.pending).toEqual([]);
  });

  it('goes on after a failure that may pass when somebody hears of it, and ends otherwise', async () => {
    const clock = manualClock();
    const answer = (_: URL, call: number) => (call === 1 ? json({}, 503) : json(looks[0]));
    const errors: unknown[] = [];
    const events = createFlockClient({ ...fetchDouble(answer), clock, retry: false }).watchTasks({
      onError: (error) => errors.push(error),
    });
    const first = events.next();
    while (clock.pending.every((delay) => delay !== 60_000)) await new Promise((resolve) => setTimeout(resolve, 0));
    await clock.advance(60_000);
    expect((await first).value).toMatchObject({ kind: 'added', task: { id: 7 } });
    expect(errors).toMatchObject([{ context: { status: 503 } }]);
    const plain = createFlockClient({ ...fetchDouble(answer), retry: false }).watchTasks();
    await expect(plain.next()).rejects.toMatchObject({ context: { status: 503 } });
  });
});

describe('paging', () => {
  const items = Array.from({ length: 230 }, (_, at) => ({ link: `l${at}`, submission_phase_score: at }));
  const pages = (url: URL) => {
    const page = Number(url.searchParams.get('page') ?? 1);
    const size = Number(url.searchParams.get('size') ?? 50);
    return json({
      items: items.slice((page - 1) * size, page * size),
      total: items.length,
      page,
      size,
      pages: Math.ceil(items.length / size),
    });
  };

  it('gives all submissions over all pages, and fetches no page before it is asked for', async () => {
    const { fetch, calls } = fetchDouble(pages);
    const client = createFlockClient({ fetch, apiKey: 'key-0001' });
    const links: unknown[] = [];
    for await (const { link } of client.wallet(W).iterateSubmissions()) {
      links.push(link);
      if (links.length === 100) expect(calls).toHaveLength(1);
    }
    expect(links).toEqual(items.map(({ link }) => link));
    expect(calls.map(({ url }) => new URL(url).search)).toEqual([
      '?page=1&size=100',
      '?page=2&size=100',
      '?page=3&size=100',
    ]);
    let own = 0;
    for await (const _ of client.iterateSubmissions({ taskId: 7, size: 50, limit: 120 })) own++;
    expect(own).toBe(120);
  });

  it('ends on an empty list, which has 0 pages, and on an empty page', async () => {
    for (const count of [0, 9]) {
      const { fetch, calls } = fetchDouble(() => json({ items: [], total: count, page: 1, size: 50, pages: count }));
      for await (const _ of createFlockClient({ fetch }).wallet(W).iterateSubmissions())
        throw new Error('there is none');
      expect(calls).toHaveLength(1);
    }
  });

  it('follows pages of tasks, should the service begin to page them', async () => {
    const { fetch, calls } = fetchDouble((url) => {
      const page = Number(url.searchParams.get('page') ?? 1);
      return json({ items: [{ id: page }], total: 3, page, size: 1, pages: 3 });
    });
    expect(await createFlockClient({ fetch }).listTasks()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(calls).toHaveLength(3);
  });

  it('refuses paging that the service does not know before it sends anything', async () => {
    const { fetch, calls } = fetchDouble(pages);
    const wallet = createFlockClient({ fetch }).wallet(W);
    for (const paging of [{ page: 0 }, { page: 1.5 }, { size: 0 }, { size: 101 }]) {
      await expect(wallet.submissions(paging)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(() => wallet.iterateSubmissions({ size: 101 })).toThrow(/1 to 100/);
    expect(calls).toHaveLength(0);
  });
});
