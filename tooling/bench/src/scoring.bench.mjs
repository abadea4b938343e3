import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createScorer, createTargetIndex, serveScoring, sigRegSum, unitDirections } from '@somakit/scoring';

const vectors = join(
  dirname(createRequire(import.meta.url).resolve('@somakit/vectors/package.json')),
  'data',
  'scoring',
);
const models = ['small-a', 'small-b', 'small-c'].map((name) => ({ path: join(vectors, `${name}.safetensors`) }));
const data = (name) => new Uint8Array(readFileSync(join(vectors, 'data', `${name}.bin`)));
const targetEmbedding = new Float32Array(16).fill(1);
const REFERENCE = 'none here';

const opened = async (tools) => {
  const scorer = await createScorer({ config: 'small', device: 'cpu', cacheDir: tools.temporary('cache') });
  await scorer.score({ data: new Uint8Array(1), models, targetEmbedding });
  return scorer;
};
const milliseconds = async (run) => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};
/** Of all threads of this process: tells something on a busy machine too. */
const processorMilliseconds = async (run) => {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};
const scoring = (name, file, atMost, measure = milliseconds) => ({
  name,
  unit: 'ms',
  goal: { atMost },
  smallerIsBetter: true,
  peerName: REFERENCE,
  prepare: async (tools) => ({ scorer: await opened(tools), item: { data: data(file), models, targetEmbedding } }),
  ours: (_tools, { scorer, item }) => measure(() => scorer.score(item)),
});

// A full sequence of the published model took 17.2 s on the machine of the goals.
const FULL_SIZE_MS = 17_200;

// One run gives all the rows: it takes minutes, and five gigabytes of disk and memory.
let fullSizeRun;
const fullSize = (name, unit, pick, more = {}) => ({
  name: `published model, random weights: ${name}`,
  unit,
  rounds: 1,
  smallerIsBetter: true,
  ...more,
  prepare: (tools) => {
    fullSizeRun ??= tools.child(
      new URL('./children/score-full-size.mjs', import.meta.url),
      tools.temporary('v1.safetensors'),
    );
    return fullSizeRun;
  },
  ours: (_tools, results) => pick(results),
});
const screened = (name, key, goal) =>
  fullSize(`${name}, times faster`, 'x', (results) => results[key].speedUp, { smallerIsBetter: false, goal });

/** The longest wait for /healthz while `service` scores. */
const longestWait = async (service, item) => {
  let scoring = true;
  const scored = service.scorer.score(item).finally(() => {
    scoring = false;
  });
  let longest = 0;
  while (scoring) longest = Math.max(longest, await milliseconds(() => fetch(`${service.url}/healthz`)));
  await scored;
  return longest;
};

/** @type {import('./types.d.ts').Bench[]} */
export const benches = [
  // The reference with optimised numeric crates took 1.2 s and 23 s.
  scoring('three small models, one sequence', 'rand1024', 400),
  scoring('three small models, sixteen sequences', 'rand16384', 3000),
  scoring('three small models, one sequence, processor time', 'rand1024', 400, processorMilliseconds),
  scoring('three small models, sixteen sequences, processor time', 'rand16384', 3000, processorMilliseconds),
  {
    name: 'one small model, resident, one sequence',
    unit: 'requests/s',
    prepare: async (tools) => ({
      scorer: await opened(tools),
      item: { data: data('hello'), models: models.slice(0, 1), targetEmbedding },
    }),
    ours: (tools, { scorer, item }) => tools.callsPerSecond(() => scorer.score(item), { batch: 5 }),
  },
  {
    name: 'cold start: open a scorer and score one sequence',
    unit: 'ms',
    smallerIsBetter: true,
    ours: (tools) =>
      milliseconds(async () => {
        const scorer = await createScorer({ config: 'small', device: 'cpu', cacheDir: tools.temporary('cold') });
        await scorer.score({ data: data('hello'), models: models.slice(0, 1), targetEmbedding });
        await scorer.close();
      }),
  },
  {
    name: 'noise and regulariser of one full-size sequence, share of it',
    unit: '%',
    goal: { atMost: 0.5 },
    smallerIsBetter: true,
    prepare: () => Float32Array.from({ length: 1024 * 256 }, (_, i) => Math.sin(i) * 2),
    ours: async (_tools, projected) =>
      (100 / FULL_SIZE_MS) *
      (await milliseconds(() => {
        unitDirections(0n, 2048);
        sigRegSum(projected);
      })),
  },
  {
    name: 'longest wait for health while three small models score sixteen sequences',
    unit: 'ms',
    smallerIsBetter: true,
    prepare: async (tools) => {
      const service = await serveScoring({
        config: 'small',
        device: 'cpu',
        port: 0,
        cacheDir: tools.temporary('health'),
      });
      const item = { data: data('rand16384'), models, targetEmbedding };
      await longestWait(service, item);
      return { service, item };
    },
    ours: (_tools, { service, item }) => longestWait(service, item),
  },
  {
    name: 'nearest of 10,000 targets of 2048 values',
    unit: 'ms',
    smallerIsBetter: true,
    prepare: () => {
      const values = (seed) => Float32Array.from({ length: 2048 }, (_, i) => Math.sin(seed * 7 + i * i));
      const index = createTargetIndex(Array.from({ length: 10_000 }, (_, i) => values(i)));
      return { index, embedding: values(-1) };
    },
    ours: (_tools, { index, embedding }) => milliseconds(() => index.nearest(embedding, 10)),
  },
  // Only when asked for; the official model beside it where SOMAKIT_TORCH_PYTHON names a Python with torch and soma-models.
  ...(process.env.SOMAKIT_FULL_SIZE === '1'
    ? [
        fullSize('one sequence of 1024 (4.84 GB)', 's', ({ packed }) => packed.seconds, {
          goal: { ratio: 1.25 },
          peerName: 'torch',
          peer: (_tools, { packed }) => packed.torchSeconds,
        }),
        fullSize("share of the engine's own matrix peak", '', ({ packed }) => packed.shareOfPeak, {
          smallerIsBetter: false,
          goal: { atLeast: 0.6 },
        }),
        fullSize('the same by processor time, for a busy machine', '', ({ packed }) => packed.shareOfPeakByCpu, {
          smallerIsBetter: false,
          goal: { atLeast: 0.6 },
        }),
        fullSize('noise and regulariser, share of a sequence', '%', ({ packed }) => packed.regulariserPercent, {
          goal: { atMost: 0.5 },
        }),
        fullSize('first sequence of a new scorer, mapped', 's', ({ mapped }) => mapped.cold.seconds),
        fullSize('peak private memory, mapped', 'MB', ({ mapped }) => mapped.privateMB),
        fullSize('peak private memory, repacked', 'MB', ({ packed }) => packed.privateMB),
        fullSize('longest delay of the event loop', 'ms', ({ packed }) => packed.eventLoopDelayMs.worst),
        screened('100 bytes in 8 bits and 64 PADs', 'screen100BytesInt8Tail64', { atLeast: 5 }),
        screened('1024 bytes in 8 bits', 'screen1024BytesInt8', { atLeast: 3 }),
        screened('100 bytes and 64 PADs', 'screen100BytesTail64', { atLeast: 5 }),
      ]
    : []),
];
