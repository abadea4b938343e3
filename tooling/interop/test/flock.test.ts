import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFlockClient, type FlockClient, type Frame, frameOf } from '@somakit/flock';
import { uploadToHub } from '@somakit/flock/node';
import captures from '@somakit/vectors/flock-captures.json';
import { findPart } from '@somakit/vitest-config/parts';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bigFile, startHub } from '../../../packages/flock/test/node/hub-double.js';
import { sendCanned, startServer, type TestServer } from '../../../packages/flock/test/server.js';
import { type Peer, startPeer } from '../src/peer.js';

const python = findPart('python');
const W = '0xB93A9c73751Bbca8E1924954271ee8d4De5747c9';
const model = {
  taskId: 7,
  repo: 'clepelaars/task-7-Qwen-Qwen2.5-7B-Instruct',
  baseModel: 'qwen1.5',
  revision: '9f2c1d7e5b8a4c3d2e1f0a9b8c7d6e5f4a3b2c1d',
};

const described = (frame: Frame) => ({
  columns: frame.columns,
  dtypes: frame.dtypes,
  index: frame.index,
  rows: frame.cells(),
});
const plain = (result: unknown) =>
  typeof result === 'object' && result !== null && 'cells' in result ? described(result as Frame) : result;

type Pair = readonly [
  id: string,
  method: string,
  args: readonly unknown[],
  ours: (client: FlockClient) => Promise<unknown>,
];

// What the original can do. Its `subs` and `enrolled` ask at wrong addresses: the server here answers those too.
const PAIRS: readonly Pair[] = [
  ['get-task-1-json', 'get_task', [1], (client) => client.getTask({ taskId: 1 })],
  ['get-task-7-frame', 'get_task', [7, true], (client) => client.getTask({ taskId: 7, as: 'frame' })],
  ['open-tasks-json', 'open_tasks', [], (client) => client.openTasks()],
  ['open-tasks-frame', 'open_tasks', [true], (client) => client.openTasks({ as: 'frame' })],
  ['finalized-tasks-json', 'finalized_tasks', [], (client) => client.finalizedTasks()],
  ['finalized-tasks-frame', 'finalized_tasks', [true], (client) => client.finalizedTasks({ as: 'frame' })],
  ['get-subs-7-json', 'get_subs', [7], (client) => client.getSubmissions({ taskId: 7 })],
  ['get-subs-7-frame', 'get_subs', [7, true], (client) => client.getSubmissions({ taskId: 7, as: 'frame' })],
  ['get-subs-3-frame-scored', 'get_subs', [3, true], (client) => client.getSubmissions({ taskId: 3, as: 'frame' })],
  ['sub-stats-json', 'sub_stats', [false], (client) => client.submissionStats()],
  ['sub-stats-frame', 'sub_stats', [true], (client) => client.submissionStats({ as: 'frame' })],
  ['wallet-subs-json', 'wallet', [W, 'subs', { as_df: false }], (client) => client.wallet(W).submissions()],
  ['wallet-subs-frame', 'wallet', [W, 'subs', {}], (client) => client.wallet(W).submissions({ as: 'frame' })],
  [
    'wallet-achievements-validator',
    'wallet',
    [W, 'achievements', {}],
    (client) => client.wallet(W).achievements({ as: 'frame' }),
  ],
  [
    'wallet-achievements-node',
    'wallet',
    [W, 'achievements', { role: 'node' }],
    (client) => client.wallet(W).achievements({ role: 'node', as: 'frame' }),
  ],
  ['wallet-enrolled', 'wallet', [W, 'enrolled', { as_df: false }], (client) => client.wallet(W).enrolledTasks()],
];

describe.skipIf(python === undefined)('FLock with the original Python client beside ours', () => {
  let peer: Peer;
  let server: TestServer | undefined;
  beforeAll(() => {
    peer = startPeer(python ?? '', 'flock_peer');
  });
  afterAll(() => peer.stop());
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  const open = async (response: object) => {
    server = await startServer((_, answer) => sendCanned(response, answer));
    const root = `${server.url}/api/v1`;
    await peer.call('root', root);
    return createFlockClient({ baseUrl: root, apiKey: 'test-key-0001', retry: false });
  };
  const responseOf = (id: string) => captures.cases.find((each: { id: string }) => each.id === id).response;

  it.each(PAIRS)('gives for %s what the original gives, cell by cell', async (id, method, args, ours) => {
    const client = await open(responseOf(id));
    expect(plain(await ours(client))).toEqual(await peer.call(method, ...args));
  });

  it('submits what the original submits, to the address without its doubled slash', async () => {
    const client = await open(responseOf('submit-task-ok'));
    await peer.call('gpu', 'NVIDIA H200');
    const theirs = await peer.call('submit_task', 7, model.repo, model.baseModel, model.revision);
    expect(await client.submitTask({ ...model, gpuType: 'NVIDIA H200' })).toEqual(theirs);
    const [first, second] = server?.requests ?? [];
    expect(JSON.parse(String(second?.body))).toEqual(JSON.parse(String(first?.body)));
    expect([first?.path, second?.path]).toEqual(['/api/v1//tasks/submit-result', '/api/v1/tasks/submit-result']);
    for (const name of ['flock-api-key', 'content-type']) expect(second?.headers[name]).toBe(first?.headers[name]);
  });

  it.each([400, 401, 403, 404, 409, 422, 429, 500, 502, 503])(
    'fails where the original fails, by the status %i',
    async (status) => {
      const client = await open({ status, body: { detail: 'no' } });
      expect(await peer.ask('open_tasks')).toHaveProperty('error');
      await expect(client.openTasks()).rejects.toMatchObject({ code: 'FLOCK_API_ERROR', context: { status } });
    },
  );

  it('fails on a body that is no JSON, and also on the empty one that the original takes for data', async () => {
    for (const body_raw of ['[{"id": 7', '<html></html>']) {
      const client = await open({ status: 200, body_raw });
      expect(await peer.ask('open_tasks')).toHaveProperty('error');
      await expect(client.openTasks()).rejects.toMatchObject({ code: 'HTTP_INVALID_BODY' });
      await server?.stop();
    }
    const client = await open({ status: 200, body_raw: '' });
    expect(await peer.call('open_tasks')).toEqual({});
    await expect(client.openTasks()).rejects.toMatchObject({ code: 'HTTP_INVALID_BODY' });
  });

  it('makes of any records the table that the original makes', async () => {
    const leaf = fc.oneof(
      fc.integer(),
      fc.constantFrom(0.5, -1.25, 1e-7),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('', 'ü', 'x'),
      fc.constant([]),
      fc.constant([1, null]),
    );
    const names = fc.constantFrom('a', 'b', 'data', 'id', 'Title 1');
    const nested = fc.dictionary(
      fc.constantFrom('p', 'q', 'r', 'x_y'),
      fc.oneof(leaf, fc.constant({ deep: { er: 1 } })),
    );
    const record = fc.dictionary(names, fc.oneof({ arbitrary: leaf, weight: 3 }, { arbitrary: nested, weight: 1 }));
    for (const records of fc.sample(fc.array(record, { maxLength: 6 }), { numRuns: 300, seed: 20250410 })) {
      expect({ records, frame: described(frameOf(records)) }).toEqual({
        records,
        frame: await peer.call('flatten', records),
      });
    }
  });

  it('uploads the files that the original uploads, in its order, and gives its commit', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'somakit-flock-'));
    const commits: string[][] = [];
    const hub = await startHub({
      intercept: (request, response) => {
        // The original's library asks for more than ours does.
        if (request.path !== '/api/validate-yaml') return undefined;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{"errors":[],"warnings":[]}');
        return true;
      },
    });
    try {
      await mkdir(join(folder, 'sub'));
      await writeFile(join(folder, 'README.md'), '# Model\nsmall text file\n');
      await writeFile(join(folder, 'sub/config.json'), '{"a":1}\n');
      await writeFile(join(folder, 'model.safetensors'), bigFile(12_582_912));
      await peer.call('hub', hub.url);
      const theirs = await peer.call('upload_to_hf', 'example-node/task-7', folder);
      const ours = await uploadToHub({
        repo: 'example-node/task-7',
        folder,
        token: 'hf_testtoken',
        hubUrl: hub.url,
        useXet: false,
      });
      expect(ours.commit).toBe(theirs);
      for (const { path, body } of hub.requests) {
        if (!/\/commit\//.test(path)) continue;
        const lines = String(body).trim().split('\n').slice(1);
        commits.push(lines.map((line) => JSON.stringify(Object.entries(JSON.parse(line).value).sort())));
      }
      expect(commits).toHaveLength(2);
      expect(commits[1]).toEqual(commits[0]);
    } finally {
      await hub.stop();
      await rm(folder, { recursive: true });
    }
  });
});
