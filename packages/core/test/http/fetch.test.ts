import { createHttp, download, type Fetch, memorySink, paginate, paginatePages } from '@somakit/core/http';
import { manualClock, seededRandom } from '@somakit/core/testing';
import { describe, expect, it } from 'vitest';
import { failure } from '../support/failure.js';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

/** A fetch that answers from a list, the last one again and again. */
const answering = (...answers: (() => Response | Promise<Response>)[]) => {
  const sent: Sent[] = [];
  const fetch: Fetch = async (url, init) => {
    sent.push({ url, init });
    return answers[Math.min(sent.length, answers.length) - 1]!();
  };
  return { fetch, sent };
};
const ok = (value: unknown) => () => Response.json(value);
const status =
  (code: number, headers: Record<string, string> = {}) =>
  () =>
    new Response('{}', { status: code, headers });
const opaque = () => Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' });
const text = (request: Sent | undefined) => new Headers(request?.init.headers);

describe('a browser that hides where a redirect leads', () => {
  it('follows it only when nothing in the request could leak', async () => {
    const landed = () => Object.defineProperty(Response.json(1), 'url', { value: 'http://other/x' });
    const plain = answering(opaque, landed);
    const answer = await createHttp({ fetch: plain.fetch }).request({ url: 'http://h/' });
    expect(answer).toMatchObject({ data: 1, url: 'http://other/x' });
    expect(plain.sent.map(({ init }) => init.redirect)).toEqual(['manual', 'follow']);
    for (const call of [
      { headers: { 'x-api-key': 'k' } },
      { method: 'POST', json: {} },
      { redirect: 'manual' as const },
    ]) {
      const { fetch, sent } = answering(opaque);
      const error = await failure(createHttp({ fetch }).request({ url: 'http://h/', ...call }));
      expect(error.code).toBe('HTTP_REDIRECT');
      expect(sent).toHaveLength(1);
    }
  });

  it('cannot lead from https to http, where it can be seen', async () => {
    const { fetch } = answering(status(302, { location: 'http://h/' }));
    expect(await failure(createHttp({ fetch }).get({ url: 'https://h/' }))).toMatchObject({
      code: 'HTTP_REDIRECT',
      context: { reason: 'the redirect leads from https to http' },
    });
  });
});

describe('a fetch that does not look at its signal', () => {
  it('is left behind when the time is over, and no timer stays', async () => {
    const clock = manualClock();
    const { fetch } = answering(() => new Promise<Response>(() => {}));
    const http = createHttp({ fetch, clock, retry: false, timeouts: { firstByteMs: 100 } });
    const result = failure(http.get({ url: 'http://h/' }));
    await clock.advance(100);
    expect(await result).toMatchObject({ code: 'TIMEOUT', context: { phase: 'first-byte' } });
    expect(clock.pending).toEqual([]);
  });

  it('keeps no caller waiting after an abort in the body', async () => {
    const controller = new AbortController();
    const { fetch } = answering(
      () => new Response(new ReadableStream({ pull: () => controller.abort() }, { highWaterMark: 0 })),
    );
    const result = createHttp({ fetch }).get({ url: 'http://h/', signal: controller.signal });
    expect((await failure(result)).code).toBe('ABORTED');
  });
});

describe('pauses', () => {
  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '1234', 'retry-after': '9' }, 1234],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:30 GMT' }, 30_000],
  ])('after %j last %i ms', async (headers, expected) => {
    const clock = manualClock();
    const { fetch } = answering(status(429, headers as Record<string, string>), ok({ done: true }));
    const delays: number[] = [];
    const result = createHttp({ fetch, clock }).get({
      url: 'http://h/',
      onRetry: ({ delayMs }) => void delays.push(delayMs),
    });
    for (let i = 0; i < 100 && delays.length === 0; i++) await new Promise((resolve) => setTimeout(resolve));
    await clock.advance(expected);
    expect(await result).toEqual({ done: true });
    expect(delays).toEqual([expected]);
  });

  it.each(['-5', 'soon', 'Thu, 01 Jan 1970 00:00:00 GMT', '1e3', ''])(
    'are our own when Retry-After is %j',
    async (value) => {
      const clock = manualClock({ now: 1_000_000 });
      const { fetch } = answering(status(503, { 'retry-after': value }), ok(1));
      const delays: number[] = [];
      const http = createHttp({ fetch, clock, random: seededRandom(3), retry: { baseDelayMs: 0 } });
      const result = http.get({ url: 'http://h/', onRetry: ({ delayMs }) => void delays.push(delayMs) });
      for (let i = 0; i < 100 && delays.length === 0; i++) await new Promise((resolve) => setTimeout(resolve));
      await clock.advance(0);
      expect(await result).toBe(1);
      expect(delays).toEqual([0]);
    },
  );
});

describe('bodies that are sent', () => {
  it('are JSON with bigint as text, or go as they are', async () => {
    const { fetch, sent } = answering(ok(1));
    const http = createHttp({ fetch });
    await http.post({ url: 'http://h/', json: { amount: 5n, bytes: new Uint8Array([1]) } });
    await http.put({ url: 'http://h/', body: 'plain', headers: { 'content-type': 'text/plain' } });
    expect(sent.map(({ init }) => init.body)).toEqual(['{"amount":"5","bytes":"AQ=="}', 'plain']);
    expect(text(sent[0]).get('content-type')).toBe('application/json');
    expect(text(sent[1]).get('content-type')).toBe('text/plain');
  });

  it('are sent only once when they are streams', async () => {
    const { fetch, sent } = answering(status(503));
    const body = new ReadableStream<Uint8Array>();
    await failure(createHttp({ fetch, retry: { baseDelayMs: 0 } }).put({ url: 'http://h/', body, retry: true }));
    expect(sent).toHaveLength(1);
  });
});

describe('paginate', () => {
  const pages: Record<string, { items: number[]; next?: string | null }> = {
    first: { items: [1, 2], next: 'b' },
    b: { items: [], next: 'c' },
    c: { items: [3], next: null },
  };
  const fetchPage = async (cursor = 'first') => pages[cursor]!;

  it('reaches the end over empty pages', async () => {
    const items: number[] = [];
    for await (const item of paginate({ fetchPage })) items.push(item);
    expect(items).toEqual([1, 2, 3]);
  });

  it('fetches nothing that is not asked for', async () => {
    let calls = 0;
    const counted = (cursor?: string) => {
      calls++;
      return fetchPage(cursor);
    };
    for await (const item of paginate({ fetchPage: counted })) if (item === 2) break;
    expect(calls).toBe(1);
    for await (const page of paginatePages({ fetchPage: counted, limit: 1 })) expect(page).toEqual([1]);
    expect(calls).toBe(2);
  });

  it('refuses a server that turns in circles, and ends on abort', async () => {
    const circle = async (page = 1) => ({ items: [page], next: page === 3 ? 2 : page + 1 });
    const all = async (signal?: AbortSignal) => {
      for await (const _ of paginate({ fetchPage: circle, signal }));
    };
    expect((await failure(all())).code).toBe('PAGING_LOOP');
    expect((await failure(all(AbortSignal.abort()))).code).toBe('ABORTED');
  });
});

describe('a download into memory', () => {
  it('is verified, with the digest in any text', async () => {
    const bytes = new TextEncoder().encode('hello');
    const hash = () => {
      let sum = 0;
      return {
        update: (part: Uint8Array) => {
          for (const byte of part) sum = (sum + byte) & 0xff;
        },
        digest: () => new Uint8Array([sum]),
      };
    };
    const { fetch } = answering(() => new Response(bytes));
    for (const digest of [new Uint8Array([0x14]), '14', '0x14', 'FA==']) {
      const { output, size } = await download({ url: 'http://h/', fetch, expected: { digest, hash } });
      expect([output, size]).toEqual([bytes, 5]);
    }
    expect((await failure(download({ url: 'http://h/', fetch, expected: { digest: '15', hash } }))).code).toBe(
      'DOWNLOAD_CORRUPT',
    );
  });

  const cut = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(3)),
        pull: (controller) => controller.error(new TypeError('network')),
      }),
      { headers: { etag: '"a"', 'content-length': '10' } },
    );
  const part = (headers: Record<string, string>) => () => new Response(new Uint8Array(7), { status: 206, headers });

  it('starts over when a part does not say which it is, as a page sees it without CORS', async () => {
    const { fetch, sent } = answering(cut, part({}), () => new Response(new Uint8Array(10)));
    const { size } = await download({ url: 'http://h/', fetch, retry: { baseDelayMs: 0 } });
    expect(size).toBe(10);
    expect(sent.map((each) => text(each).get('range'))).toEqual([null, 'bytes=3-', null]);
  });

  it.each([
    ['bytes 2-8/10', '"a"'],
    ['bytes 3-9/11', '"a"'],
    ['bytes 3-9/10', '"b"'],
    ['nonsense', '"a"'],
  ])('is refused when the part is %s of %s', async (range, etag) => {
    const { fetch } = answering(cut, part({ 'content-range': range, etag }));
    const error = await failure(download({ url: 'http://h/', fetch, retry: { baseDelayMs: 0 } }));
    expect(error.code).toBe('DOWNLOAD_BAD_RANGE');
  });

  it.each([
    [{}],
    [{ url: 'http://h/', urls: ['http://h/'] }],
    [{ urls: [] }],
    [{ url: 'file:///x' }],
    [{ url: 'http://h/', expected: { digest: 'x' } }],
    [{ url: 'http://h/', expected: { size: -1 } }],
    [{ url: 'http://h/', parallel: 0 }],
    [{ url: 'http://h/', to: memorySink(), retry: { attempts: 0 } }],
  ])('is refused for %j', async (options) => {
    expect((await failure(download(options))).code).toBe('INVALID_ARGUMENT');
  });
});
