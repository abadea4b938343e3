import { isError } from '@somakit/core';
import captures from '@somakit/vectors/flock-captures.json';
import { afterEach, describe, expect, it } from 'vitest';
import { createFlockClient, type Frame, frameOf } from '../src/index.js';
import { callOf } from './calls.js';
import { type SeenRequest, sendCanned, startServer, type TestServer } from './server.js';

const KINDS: Readonly<Record<string, readonly string[]>> = {
  argument: ['INVALID_ARGUMENT'],
  config: ['FLOCK_NO_API_KEY'],
  http: ['FLOCK_API_ERROR'],
  network: ['HTTP_NETWORK', 'FLOCK_OUTCOME_UNKNOWN'],
  timeout: ['TIMEOUT', 'FLOCK_OUTCOME_UNKNOWN'],
  decode: ['HTTP_INVALID_BODY'],
};

const described = (frame: Frame) => ({
  kind: 'frame',
  columns: frame.columns,
  dtypes: frame.dtypes,
  index: frame.index,
  rows: frame.cells(),
  shape: [frame.length, frame.columns.length],
});

// biome-ignore lint/suspicious/noExplicitAny: golden data
const expectWire = (seen: SeenRequest | undefined, wire: any) => {
  expect(seen).toMatchObject({ method: wire.method, path: wire.path, headers: wire.headers });
  expect(seen?.query).toEqual(wire.query);
  if ('body_json' in wire) expect(JSON.parse(String(seen?.body))).toEqual(wire.body_json);
  else expect(seen?.body).toHaveLength(0);
  // The key goes where it is needed and nowhere else.
  if (!('flock-api-key' in wire.headers) && wire.path !== '/api/v1/tasks/list') {
    expect(seen?.headers).not.toHaveProperty('flock-api-key');
  }
};

let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('the recorded calls over real sockets', () => {
  for (const each of captures.cases.filter(({ id }: { id: string }) => id !== 'upload-to-hf')) {
    it(`sends and understands ${each.id}`, async () => {
      server = await startServer((_, response) => sendCanned(each.response, response));
      const client = createFlockClient({
        baseUrl: `${server.url}/api/v1`,
        apiKey: each.id === 'get-subs-no-key' ? '' : 'test-key-0001',
        retry: false,
      });
      const { expect: wanted, wire_request: wire } = each;
      // A refusal before the call has even begun counts as one too.
      const run = (async () => callOf(each.id)(client))();
      if (wanted.outcome === 'error') {
        const error = await run.catch((thrown: unknown) => thrown);
        expect(isError(error)).toBe(true);
        if (!isError(error)) return;
        expect(KINDS[wanted.kind]).toContain(error.code);
        const context = error.context as Record<string, unknown>;
        if ('status' in wanted) expect(context.status).toBe(wanted.status);
        if ('code' in wanted) expect(context.reason).toBe(wanted.code);
        if ('retryable' in wanted) expect(error.retryable).toBe(wanted.retryable);
        if ('detail' in wanted) expect(context.detail).toEqual(wanted.detail);
        if ('retryAfterMs' in wanted) expect(context.retryAfterMs).toBe(wanted.retryAfterMs);
        expect(server.requests).toHaveLength(wanted.requests_without_retry);
        expect(JSON.stringify(error)).not.toContain('test-key-0001');
      } else {
        const result = await run;
        if (wanted.outcome === 'frame') expect(described(result as Frame)).toEqual(wanted.frame ?? each.peer_result);
        else if ('value' in wanted) expect(result).toEqual(wanted.value);
        else
          expect(result).toEqual(
            each.response.body.data && 'time' in (each.response.body.data[0] ?? {})
              ? each.response.body.data
              : each.response.body,
          );
      }
      if (wire === null) expect(server.requests).toHaveLength(0);
      else expectWire(server.requests[0], wire);
    });
  }
});

describe('answers that go wrong on the way', () => {
  const wrong = [
    ['silence', { delay_ms: 60_000 }, 'TIMEOUT', 'FLOCK_OUTCOME_UNKNOWN'],
    ['a connection that is closed', { close: true }, 'HTTP_NETWORK', 'FLOCK_OUTCOME_UNKNOWN'],
    [
      'a body that breaks off',
      { body: { id: 7, title: 'x' }, truncate_to: 9 },
      'HTTP_NETWORK',
      'FLOCK_OUTCOME_UNKNOWN',
    ],
    ['a body that is cut within', { body_raw: '{"id": 7, "tit' }, 'HTTP_INVALID_BODY', 'HTTP_INVALID_BODY'],
    ['a page for people', { body_raw: '<html>busy</html>' }, 'HTTP_INVALID_BODY', 'HTTP_INVALID_BODY'],
  ] as const;
  it.each(wrong)('tells %s as what it is, after one request', async (_, canned, onRead, onWrite) => {
    const opened = await startServer((__, response) => sendCanned(canned, response));
    server = opened;
    const client = createFlockClient({
      baseUrl: opened.url,
      apiKey: 'test-key-0001',
      retry: false,
      timeouts: { firstByteMs: 150 },
    });
    await expect(client.getTask({ taskId: 7 })).rejects.toMatchObject({ code: onRead });
    expect(opened.requests).toHaveLength(1);
    await expect(callOf('submit-task-ok')(client)).rejects.toMatchObject({ code: onWrite });
    expect(opened.requests).toHaveLength(2);
  });
});

describe('the recorded tables', () => {
  for (const each of captures.flatten_cases) {
    it(`flattens ${each.id} as the DataFrame of the original`, () => {
      expect(described(frameOf(each.input))).toEqual(each.result);
    });
  }
});
