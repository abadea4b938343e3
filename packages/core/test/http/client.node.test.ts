import { isError, type SomaKitError } from '@somakit/core';
import { createHttp } from '@somakit/core/http';
import { manualClock } from '@somakit/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { closeServers, json, serve } from '../support/server.js';

afterEach(closeServers);

const failure = async (promise: Promise<unknown>): Promise<SomaKitError> => {
  try {
    await promise;
  } catch (error) {
    if (isError(error)) return error;
    throw error;
  }
  throw new Error('the call did not fail');
};
const quick = { baseDelayMs: 1, maxDelayMs: 2 };

describe('a call that fails', () => {
  it('reports a refused connection after its attempts, with the system code', async () => {
    const server = await serve(() => {});
    await server.close();
    const http = createHttp({ baseUrl: server.url, retry: { ...quick, attempts: 2 } });
    const error = await failure(http.get({ path: '/x' }));
    expect(error).toMatchObject({
      code: 'HTTP_NETWORK',
      context: { phase: 'request', reason: 'ECONNREFUSED', attempts: 2 },
    });
  });

  it('gives up on a server that never answers', async () => {
    const server = await serve(() => {});
    const http = createHttp({ baseUrl: server.url, retry: false, timeouts: { firstByteMs: 50 } });
    expect(await failure(http.get({ path: '/' }))).toMatchObject({
      code: 'TIMEOUT',
      context: { phase: 'first-byte', timeoutMs: 50 },
    });
    await server.until(() => server.busy === 0);
  });

  it('gives up on a body that stalls', async () => {
    const server = await serve((_, response) => void response.writeHead(200).write('{"a":'));
    const http = createHttp({ baseUrl: server.url, retry: false, timeouts: { idleMs: 50 } });
    expect(await failure(http.get({ path: '/' }))).toMatchObject({ code: 'TIMEOUT', context: { phase: 'idle' } });
    await server.until(() => server.busy === 0);
  });

  it('reports a body that is cut', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"a":');
      setImmediate(() => response.destroy());
    });
    const http = createHttp({ baseUrl: server.url, retry: { ...quick, attempts: 3 } });
    expect(await failure(http.get({ path: '/' }))).toMatchObject({
      code: 'HTTP_NETWORK',
      context: { phase: 'body', attempts: 3 },
    });
  });

  it('stops reading an endless body at the limit', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200);
      const write = () => {
        while (!response.destroyed && response.write(new Uint8Array(65_536)));
      };
      response.on('drain', write);
      write();
    });
    const http = createHttp({ baseUrl: server.url, maxResponseBytes: 1_000_000 });
    expect(await failure(http.get({ path: '/' }))).toMatchObject({
      code: 'HTTP_TOO_LARGE',
      context: { limit: 1_000_000 },
    });
    await server.until(() => server.busy === 0);
  });

  it('ends a whole call in its time, pauses included', async () => {
    const server = await serve((_, response) => json(response, 503, {}));
    const http = createHttp({
      baseUrl: server.url,
      retry: { baseDelayMs: 10_000 },
      random: { float: () => 0.9, bytes: () => new Uint8Array() },
    });
    expect(await failure(http.get({ path: '/', timeoutMs: 50 }))).toMatchObject({
      code: 'TIMEOUT',
      context: { timeoutMs: 50 },
    });
  });
});

describe('retries', () => {
  it('waits as long as Retry-After says in seconds', async () => {
    const clock = manualClock();
    const server = await serve((_, response) =>
      server.requests.length === 1
        ? json(response, 429, { message: 'slow down' }, { 'retry-after': '7' })
        : json(response, 200, { ok: true }),
    );
    const http = createHttp({ baseUrl: server.url, clock });
    const pauses: number[] = [];
    const result = http.get({
      path: '/',
      onRetry: ({ delayMs }) => {
        pauses.push(delayMs);
        setImmediate(() => void clock.advance(delayMs));
      },
    });
    expect(await result).toEqual({ ok: true });
    expect(pauses).toEqual([7000]);
  });
});
