import { afterEach, describe, expect, it } from 'vitest';
import { createFlockClient, downloadTrainingSet, readJsonLines } from '../src/index.js';
import { startServer, type TestServer } from './server.js';

const lines = Array.from({ length: 2_000 }, (_, at) => ({ conversations: [{ role: 'user', content: `ü ${at}` }] }));
const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');

let server: TestServer | undefined;
afterEach(async () => server?.stop());

describe('training sets', () => {
  it('asks for a fresh link when the old one has expired, and sends the key to none', async () => {
    let asked = 0;
    server = await startServer((request, response) => {
      if (request.path.endsWith('/tasks/get')) {
        const link = `${server?.url}/7/set.jsonl?X-Amz-Credential=AKIA%2Fs3&X-Amz-Signature=${++asked}`;
        response.writeHead(200, { 'content-type': 'application/json' });
        return void response.end(JSON.stringify({ id: 7, data: { training_set_url: link } }));
      }
      response.writeHead(request.query['X-Amz-Signature'] === '2' ? 200 : 403);
      response.end(request.query['X-Amz-Signature'] === '2' ? text : '<Error><Code>AccessDenied</Code></Error>');
    });
    const client = createFlockClient({ baseUrl: server.url, apiKey: 'test-key-0001' });
    const { output, size, task } = await downloadTrainingSet({ client, taskId: 7 });
    expect([task.id, size, new TextDecoder().decode(output) === text]).toEqual([7, Buffer.byteLength(text), true]);
    for (const { headers } of server.requests) expect(headers).not.toHaveProperty('flock-api-key');
    expect(asked).toBe(2);
  });

  it('gives up when fresh links do not work either, with no signature in the error', async () => {
    server = await startServer((request, response) => {
      const isTask = request.path.endsWith('/tasks/get');
      response.writeHead(isTask ? 200 : 403);
      response.end(
        isTask ? JSON.stringify({ id: 7, data: { training_set_url: `${server?.url}/x?X-Amz-Signature=5ecret` } }) : '',
      );
    });
    const error = await downloadTrainingSet({ client: createFlockClient({ baseUrl: server.url }), taskId: 7 }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'HTTP_STATUS', context: { status: 403 } });
    expect(`${error} ${JSON.stringify(error)}`).not.toContain('5ecret');
  });

  it('refuses a task without a training set', async () => {
    server = await startServer((_, response) => void response.end('{"id": 7, "data": {}}'));
    await expect(
      downloadTrainingSet({ client: createFlockClient({ baseUrl: server.url }), taskId: 7 }),
    ).rejects.toMatchObject({
      code: 'FLOCK_NO_TRAINING_SET',
    });
  });

  it('reads JSON lines however they are cut', async () => {
    const bytes = new TextEncoder().encode(`\n${text.trimEnd()}`);
    const chop = async function* (size: number) {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    };
    for (const source of [text, bytes, chop(7), chop(4_096), new Blob([bytes]).stream()]) {
      const seen: unknown[] = [];
      for await (const line of readJsonLines(source)) seen.push(line);
      expect(seen).toEqual(lines);
    }
    const broken = async () => {
      for await (const _ of readJsonLines('{"a":1}\n{"b":\n'));
    };
    await expect(broken()).rejects.toMatchObject({ code: 'INVALID_JSON' });
  });
});
