import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createScorer, sigRegSum, unitDirections } from '@somakit/scoring';

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
const scoring = (name, file, atMost) => ({
  name,
  unit: 'ms',
  goal: { atMost },
  smallerIsBetter: true,
  peerName: REFERENCE,
  prepare: async (tools) => ({ scorer: await opened(tools), item: { data: data(file), models, targetEmbedding } }),
  ours: (_tools, { scorer, item }) => milliseconds(() => scorer.score(item)),
});

// A full sequence of the published model took 17.2 s on the machine of the goals.
const FULL_SIZE_MS = 17_200;

const fullSize = {
  name: 'published model, one sequence of 1024 (random weights, 4.84 GB)',
  unit: 's',
  smallerIsBetter: true,
  rounds: 1,
  prepare: (tools) =>
    tools.child(new URL('./children/score-full-size.mjs', import.meta.url), tools.temporary('v1.safetensors')),
};

/** @type {import('./types.d.ts').Bench[]} */
export const benches = [
  // The reference with optimised numeric crates took 1.2 s and 23 s.
  scoring('three small models, one sequence', 'rand1024', 400),
  scoring('three small models, sixteen sequences', 'rand16384', 3000),
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
  // Some minutes and five gigabytes: only when asked for.
  ...(process.env.SOMAKIT_FULL_SIZE === '1'
    ? [
        { ...fullSize, goal: { atMost: 25 }, ours: async (_tools, { seconds }) => seconds },
        {
          ...fullSize,
          name: 'published model, peak private memory',
          unit: 'MB',
          ours: async (_tools, { privateBytes }) => privateBytes / 1e6,
        },
      ]
    : []),
];
