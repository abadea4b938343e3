// The published model's size with random weights. Arguments: where the weight file may be written, and the parts to
// measure: `exact`, `screen`. Prints one JSON object; tells on stderr how far it is.
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createScorer } from '@somakit/scoring';
import { sigRegSum, unitDirections } from '@somakit/scoring/core';
import { openMatrixPeak } from './matrix-peak.mjs';
import { writeRandomWeights } from './random-weights.mjs';

const [, , path, ...parts] = process.argv;
const ROUNDS = Number(process.env.SOMAKIT_ROUNDS ?? 3);
// All of a sequence of 1024 places, attention counted in full.
const SEQUENCE_GFLOP = 2680;

const say = (text) => process.stderr.write(`  ${text}\n`);
const seconds = async (run) => {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
};
const round = (value, digits = 3) => Number(value.toPrecision(digits));

let privatePeak = 0;
const privateBytes = async () => {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
};
// The engine works in its own thread, so that this one can look.
const watch = setInterval(async () => {
  privatePeak = Math.max(privatePeak, await privateBytes());
}, 20);
const peakOf = async (run) => {
  privatePeak = await privateBytes();
  const value = await run();
  return [value, privatePeak];
};

/** The official model in the Python of SOMAKIT_TORCH_PYTHON; undefined without it. */
const openTorch = async () => {
  const python = process.env.SOMAKIT_TORCH_PYTHON;
  if (python === undefined) return undefined;
  const script = fileURLToPath(new URL('../peers/torch_sequence.py', import.meta.url));
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    run: async () => {
      child.stdin.write('\n');
      return JSON.parse((await lines.next()).value).seconds;
    },
    close: () => child.stdin.end(),
  };
};

const targetEmbedding = Float32Array.from({ length: 2048 }, (_, i) => Math.cos(i * i));
const models = [{ path }];
const full = (seed) => Uint8Array.from({ length: 1024 }, (_, i) => (i * 7 + seed * i * i) % 251);
const options = { config: 'v1', device: 'cpu', cacheDir: dirname(path) };
const results = {};

const exact = async () => {
  const item = { data: full(0), models, targetEmbedding };
  const [mapped, mappedPrivate] = await peakOf(async () => {
    const scorer = await createScorer({ ...options, repack: false });
    const cold = await seconds(() => scorer.score(item));
    const warm = await seconds(() => scorer.score(item));
    await scorer.close();
    return { cold, warm };
  });
  Object.assign(results, {
    coldSeconds: round(mapped.cold),
    mappedSeconds: round(mapped.warm),
    mappedPrivateMB: Math.round(mappedPrivate / 1e6),
  });
  say(`mapped: ${JSON.stringify(mapped)}`);
  const peak = await openMatrixPeak();
  const torch = await openTorch();
  const scorer = await createScorer({ ...options, repack: true });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [rounds, packedPrivate] = await peakOf(async () => {
    const open = await seconds(() => scorer.score(item));
    const rounds = { open, ours: [], torch: [], gflops: [], regulariser: [] };
    const projected = Float32Array.from({ length: 1024 * 256 }, (_, i) => Math.sin(i) * 2);
    for (let i = 0; i < ROUNDS; i++) {
      rounds.gflops.push(await peak());
      delay.enable();
      rounds.ours.push(await seconds(() => scorer.score(item)));
      delay.disable();
      rounds.gflops.push(await peak());
      if (torch !== undefined) rounds.torch.push(await torch.run());
      rounds.regulariser.push(
        await seconds(() => {
          unitDirections(BigInt(i), 2048);
          sigRegSum(projected);
        }),
      );
      say(`round ${i + 1}: ${JSON.stringify(rounds)}`);
    }
    return rounds;
  });
  await scorer.close();
  torch?.close();
  const ours = Math.min(...rounds.ours);
  const gflops = Math.max(...rounds.gflops);
  Object.assign(results, {
    openAndFirstSeconds: round(rounds.open),
    seconds: round(ours),
    privateMB: Math.round(packedPrivate / 1e6),
    peakGflops: round(gflops),
    shareOfPeak: round(SEQUENCE_GFLOP / ours / gflops),
    regulariserPercent: round((100 * Math.min(...rounds.regulariser)) / ours),
    eventLoopDelayMs: { median: round(delay.percentile(50) / 1e6), worst: round(delay.max / 1e6) },
    ...(torch === undefined
      ? {}
      : { torchSeconds: round(Math.min(...rounds.torch)), ratioToTorch: round(ours / Math.min(...rounds.torch)) }),
  });
};

/** What screening finds out by itself, on a few candidates. */
const screen = async () => {
  const scorer = await createScorer({ ...options, repack: true });
  const count = Number(process.env.SOMAKIT_CANDIDATES ?? 3);
  const targets = [{ targetEmbedding, models }];
  const short = Array.from({ length: count }, (_, i) => full(i + 1).subarray(0, 100));
  const long = Array.from({ length: count }, (_, i) => full(i + 1));
  const measure = async (name, candidates, how) => {
    const { error } = await scorer.screen(candidates, targets, { sample: count, count: 1, ...how });
    results[name] = Object.fromEntries(Object.entries(error).map(([key, value]) => [key, round(value)]));
    say(`${name}: ${JSON.stringify(results[name])}`);
  };
  await measure('screen100BytesInt8Tail64', short, {});
  await measure('screen1024BytesInt8', long, {});
  await measure('screen100BytesTail64', short, { int8: false });
  await scorer.close();
};

try {
  await writeRandomWeights(path);
  say('weights written');
  if (parts.length === 0 || parts.includes('exact')) await exact();
  if (parts.includes('screen')) await screen();
  console.log(JSON.stringify(results));
} finally {
  clearInterval(watch);
  await rm(path, { force: true });
}
