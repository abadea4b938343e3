// The published model's size with random weights. Arguments: where the weight file may be written, and the parts to
// measure: `mapped`, `packed`, `screen`. Prints one JSON object; tells on stderr how far it is.
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
/** Wall time and processor time of all threads: on a busy machine only the second tells something. */
const timed = async (run) => {
  const before = process.cpuUsage();
  const wall = await seconds(run);
  const { user, system } = process.cpuUsage(before);
  return { seconds: wall, cpuSeconds: (user + system) / 1e6 };
};
const least = (values, key) => Math.min(...values.map((value) => value[key]));
const round = (value, digits = 3) => Number(value.toPrecision(digits));

let privatePeak = 0;
const privateBytes = async () => {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
};
// The engine works in its own thread, so that this one can look.
const watch = setInterval(async () => {
  privatePeak = Math.max(privatePeak, await privateBytes());
}, 250);
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
      return JSON.parse((await lines.next()).value);
    },
    close: () => child.stdin.end(),
  };
};

const targetEmbedding = Float32Array.from({ length: 2048 }, (_, i) => Math.cos(i * i));
const models = [{ path }];
const full = (seed) => Uint8Array.from({ length: 1024 }, (_, i) => (i * 7 + seed * i * i) % 251);
const options = { config: 'v1', device: 'cpu', cacheDir: dirname(path) };
const results = {};

const item = { data: full(0), models, targetEmbedding };

/** The weights stay in the mapped file. */
const mapped = async () => {
  const [times, privateMB] = await peakOf(async () => {
    const scorer = await createScorer({ ...options, repack: false });
    const cold = await timed(() => scorer.score(item));
    const warm = await timed(() => scorer.score(item));
    await scorer.close();
    return { cold, warm };
  });
  results.mapped = { ...times, privateMB: Math.round(privateMB / 1e6) };
  say(`mapped: ${JSON.stringify(results.mapped)}`);
};

/** Repacked; our turns, the engine's matrix product and the official model take turns. */
const packed = async (scorer) => {
  const peak = await openMatrixPeak();
  const torch = await openTorch();
  const projected = Float32Array.from({ length: 1024 * 256 }, (_, i) => Math.sin(i) * 2);
  const rounds = { ours: [], torch: [], peak: [], regulariser: [], delayMs: [] };
  let open;
  const [, privateMB] = await peakOf(async () => {
    open = await timed(() => scorer.score(item));
    say(`repacked and first: ${JSON.stringify(open)}`);
    for (let i = 0; i < ROUNDS; i++) {
      rounds.peak.push(await peak(timed));
      // How long this thread was ever kept from its work meanwhile.
      const delay = monitorEventLoopDelay({ resolution: 20 });
      delay.enable();
      rounds.ours.push(await timed(() => scorer.score(item)));
      delay.disable();
      rounds.delayMs.push({ median: round(delay.percentile(50) / 1e6), worst: round(delay.max / 1e6) });
      rounds.peak.push(await peak(timed));
      if (torch !== undefined) rounds.torch.push(await torch.run());
      const regularise = () => {
        unitDirections(BigInt(i), 2048);
        sigRegSum(projected);
      };
      rounds.regulariser.push(await timed(regularise));
      say(`round ${i + 1}: ${JSON.stringify(rounds)}`);
    }
  });
  torch?.close();
  const share = (key) => round((SEQUENCE_GFLOP / least(rounds.ours, key)) * least(rounds.peak, key));
  results.packed = {
    openAndFirst: open,
    seconds: round(least(rounds.ours, 'seconds')),
    cpuSeconds: round(least(rounds.ours, 'cpuSeconds')),
    privateMB: Math.round(privateMB / 1e6),
    peakGflops: round(1 / least(rounds.peak, 'seconds')),
    shareOfPeak: share('seconds'),
    shareOfPeakByCpu: share('cpuSeconds'),
    regulariserPercent: round((100 * least(rounds.regulariser, 'cpuSeconds')) / least(rounds.ours, 'cpuSeconds')),
    eventLoopDelayMs: {
      median: least(rounds.delayMs, 'median'),
      worst: Math.max(...rounds.delayMs.map(({ worst }) => worst)),
    },
    ...(torch === undefined
      ? {}
      : {
          torchSeconds: round(least(rounds.torch, 'seconds')),
          torchCpuSeconds: round(least(rounds.torch, 'cpuSeconds')),
        }),
  };
  say(`packed: ${JSON.stringify(results.packed)}`);
};

/** What screening finds out by itself, on a few candidates. */
const screen = async (scorer) => {
  const count = Number(process.env.SOMAKIT_CANDIDATES ?? 4);
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
};

const wanted = (part) => parts.length === 0 || parts.includes(part);
try {
  await writeRandomWeights(path);
  say('weights written');
  if (wanted('mapped')) await mapped();
  const scorer = await createScorer({ ...options, repack: true });
  if (wanted('packed')) await packed(scorer);
  if (wanted('screen')) await screen(scorer);
  await scorer.close();
  console.log(JSON.stringify(results));
} finally {
  clearInterval(watch);
  await rm(path, { force: true });
}
