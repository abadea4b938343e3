import { isError } from '@somakit/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Checkpoint,
  checkpointFolderName,
  createTinkerClient,
  deleteCheckpoints,
  formatTinkerPath,
  isTinkerPath,
  parseSafetensors,
  parseTinkerPath,
  planCheckpointDeletion,
  planDeletion,
  readTimestamp,
} from '../src/index.js';

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return isError(error) ? error.code : error;
  }
  return 'nothing';
};

describe('tinker paths', () => {
  it.each([
    '',
    'tinker://',
    'tinker://r/weights',
    'tinker://r/weights/a/b',
    'tinker:///weights/a',
    'tinker://r/weights/',
    'tinker://r/other/a',
    'tinker://r/Weights/a',
    'TINKER://r/weights/a',
    ' tinker://r/weights/a',
    'tinker:/r/weights/a',
    'http://r/weights/a',
    'r/weights/a',
    'tinker://../weights/a',
    'tinker://r/weights/..',
    'tinker://r/weights/.',
    undefined,
    7,
  ])('refuse %j', (path) => {
    expect(codeOf(() => parseTinkerPath(path as string))).toBe('TINKER_PATH');
    expect(isTinkerPath(path)).toBe(false);
  });

  it.each([
    ['tinker://r:train:0/weights/0001', 'r:train:0', 'weights', '0001'],
    ['tinker://r/sampler_weights/a b?c#d', 'r', 'sampler_weights', 'a b?c#d'],
    ['tinker://r/external_weights/ä', 'r', 'external_weights', 'ä'],
  ])('take %s apart and put it together', (path, trainingRunId, kind, name) => {
    const parsed = parseTinkerPath(path);
    expect(parsed).toEqual({ trainingRunId, kind, name, checkpointId: `${kind}/${name}` });
    expect(formatTinkerPath(parsed)).toBe(path);
  });

  it('become folder names that every file system takes', () => {
    expect(checkpointFolderName('tinker://a:train:0/weights/x y*?')).toBe('a-train-0_weights_x-y--');
    expect(checkpointFolderName('tinker://.../weights/x.')).toBe('-_weights_x-');
  });
});

describe('dates', () => {
  it('keep what a Date would lose', () => {
    const read = readTimestamp('2026-02-28T23:59:59.999999+02:00')!;
    expect(read.text).toBe('2026-02-28T23:59:59.999999+02:00');
    expect(read.date.toISOString()).toBe('2026-02-28T21:59:59.999Z');
    expect(read.microseconds).toBe(1772315999999999n);
  });

  it('without a zone are told and count as UTC, whatever the zone of the machine', () => {
    expect(readTimestamp('2025-01-15 10:00:00')).toMatchObject({
      text: '2025-01-15T10:00:00',
      zoned: false,
      date: new Date('2025-01-15T10:00:00Z'),
    });
  });

  it('come back from their own text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -62_000_000_000_000_000n, max: 250_000_000_000_000_000n }), (microseconds) => {
        const ms = microseconds / 1000n;
        const read = readTimestamp(new Date(Number(ms)))!;
        expect(readTimestamp(read.text)).toEqual(read);
      }),
    );
  });
});

const checkpoint = (run: string, name: string, time: string, more: object = {}) =>
  Checkpoint.fromJson({
    checkpoint_id: `weights/${name}`,
    checkpoint_type: 'training',
    time,
    tinker_path: `tinker://${run}/weights/${name}`,
    size_bytes: 10,
    ...more,
  });

describe('planning a deletion', () => {
  const now = new Date('2026-03-01T00:00:00Z');
  const all = [1, 2, 3, 4, 5].map((day) => checkpoint('x', `d${day}`, `2026-01-0${day}T00:00:00Z`));
  const young = checkpoint('x', 'young', '2026-02-27T00:00:00Z');
  const names = (list: readonly Checkpoint[]) => list.map(({ checkpointId }) => checkpointId.slice(8));

  it('takes what is older than 30 days and keeps the last 3, however old', () => {
    const plan = planDeletion([young, ...all], { trainingRunId: 'x', olderThanDays: 30, keepLast: 3, now });
    expect(names(plan.remove)).toEqual(['d1', 'd2', 'd3']);
    expect(names(plan.keep)).toEqual(['young', 'd4', 'd5']);
    expect(plan).toMatchObject({ removedBytes: 30, unknownSizes: 0 });
  });

  it('takes nothing of another run, and counts the last ones of each run by itself', () => {
    const other = checkpoint('y', 'only', '2025-01-01T00:00:00Z');
    expect(names(planDeletion([...all, other], { trainingRunId: 'x', now }).remove)).not.toContain('only');
    expect(names(planDeletion([...all, other], { keepLast: 1, now }).keep)).toEqual(['d5', 'only']);
  });

  it('has strict limits to the microsecond, and reads dates without zone as UTC', () => {
    const edge = checkpoint('x', 'edge', '2026-01-03T00:00:00.000001Z');
    const list = [...all, edge];
    expect(names(planDeletion(list, { before: '2026-01-03' }).remove)).toEqual(['d1', 'd2']);
    expect(names(planDeletion(list, { after: '2026-01-03', before: '2026-01-04T00:00:00' }).remove)).toEqual(['edge']);
  });

  it('leaves public ones when told to, and says what sizes it does not know', () => {
    const list = [
      checkpoint('x', 'p', '2025-01-01', { public: true }),
      checkpoint('x', 'u', '2025-01-02', { size_bytes: null }),
    ];
    const plan = planDeletion(list, { keepPublic: true });
    expect([names(plan.remove), plan.removedBytes, plan.unknownSizes]).toEqual([['u'], 0, 1]);
  });

  it.each([{ keepLast: -1 }, { keepLast: 0.5 }, { olderThanDays: Number.NaN }, { before: 'soon' }])(
    'refuses %j',
    (filters) => {
      expect(codeOf(() => planDeletion([], filters))).toBe('INVALID_ARGUMENT');
    },
  );
});

describe('deleting', () => {
  const answering = (answer: (path: string) => [number, unknown]) => {
    const sent: string[] = [];
    const client = createTinkerClient({
      apiKey: 'tml-x',
      env: {},
      retry: false,
      baseUrl: 'http://tinker.test',
      fetch: async (url, init) => {
        const path = new URL(url).pathname;
        if (path.endsWith('/client/config')) return Response.json({});
        sent.push(`${init.method} ${path}`);
        const [status, body] = answer(path);
        return Response.json(body, { status });
      },
    });
    return { client, sent };
  };

  it('goes on past single failures and reports them', async () => {
    const { client, sent } = answering((path) => (path.endsWith('b') ? [404, { detail: 'gone' }] : [200, null]));
    const paths = ['a', 'b', 'c', 'a'].map((name) => `tinker://r/weights/${name}`);
    const progress: number[] = [];
    const result = await deleteCheckpoints({
      client,
      checkpoints: paths,
      onProgress: ({ done }) => progress.push(done),
    });
    expect(result.deleted).toEqual([paths[0], paths[2]]);
    expect(result.failed.map(({ tinkerPath, error }) => [tinkerPath, error.code])).toEqual([
      [paths[1], 'TINKER_NOT_FOUND'],
    ]);
    expect(progress).toEqual([1, 2, 3]);
    expect(sent).toHaveLength(3);
  });

  it('sends nothing for a dry run, or when one path is wrong', async () => {
    const { client, sent } = answering(() => [200, null]);
    const good = 'tinker://r/weights/a';
    expect(await deleteCheckpoints({ client, checkpoints: [good], dryRun: true })).toEqual({
      deleted: [good],
      failed: [],
      dryRun: true,
    });
    await expect(deleteCheckpoints({ client, checkpoints: [good, 'tinker://r/weights'] })).rejects.toMatchObject({
      code: 'TINKER_PATH',
    });
    expect(sent).toEqual([]);
  });

  it('plans from the list of the run', async () => {
    const list = [checkpoint('x', 'a', '2025-01-01'), checkpoint('x', 'b', '2025-01-02')].map((each) =>
      Checkpoint.toJson(each),
    );
    const { client, sent } = answering(() => [200, { checkpoints: list }]);
    const plan = await planCheckpointDeletion({ client, filters: { trainingRunId: 'x', keepLast: 1 } });
    expect(plan.remove.map(({ checkpointId }) => checkpointId)).toEqual(['weights/a']);
    expect(sent).toEqual(['GET /api/v1/training_runs/x/checkpoints']);
  });
});

describe('safetensors headers', () => {
  const fileOf = (header: unknown, data = 8): Uint8Array => {
    const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    return bytes;
  };
  const w = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

  it('are read without the data', () => {
    const bytes = fileOf(
      { __metadata__: { format: 'pt' }, b: { dtype: 'BF16', shape: [2, 2], data_offsets: [8, 16] }, w },
      16,
    );
    const read = parseSafetensors(bytes.subarray(0, bytes.length - 16), { fileSize: bytes.length });
    expect(read.tensors.map(({ name, parameterCount }) => [name, parameterCount])).toEqual([
      ['w', 2],
      ['b', 4],
    ]);
    expect(read).toMatchObject({ parameterCount: 6, dataBytes: 16, metadata: { format: 'pt' } });
  });

  it.each([
    ['too short', new Uint8Array(4)],
    ['an empty header', new Uint8Array(8)],
    ['a header of 2^60 bytes', new Uint8Array([0, 0, 0, 0, 0, 0, 0, 16, 123, 125])],
    ['no JSON', fileOf('{"w"')],
    ['a list', fileOf([])],
    ['a cut header', fileOf({ w }).subarray(0, 20)],
    ['a shape that does not fit', fileOf({ w: { ...w, shape: [3] } })],
    ['a negative size', fileOf({ w: { ...w, shape: [-2] } })],
    ['offsets backwards', fileOf({ w: { ...w, data_offsets: [8, 0] } })],
    ['a gap', fileOf({ w: { ...w, data_offsets: [8, 16] } }, 16)],
    ['an overlap', fileOf({ w, v: w })],
    ['metadata of numbers', fileOf({ __metadata__: { a: 1 }, w })],
    ['missing data', fileOf({ w }, 7)],
    ['surplus data', fileOf({ w }, 9)],
    [
      'the same tensor twice',
      fileOf(
        '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      ),
    ],
  ])('with %s are refused', (_, bytes) => {
    expect(codeOf(() => parseSafetensors(bytes, { fileSize: bytes.length }))).toBe('SAFETENSORS_INVALID');
  });
});
