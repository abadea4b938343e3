// Makes a weight file of the published model's size with random weights, scores one sequence with it, and prints the time
// and the peak of memory that is not a mapping of the file.
import { open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createScorer, V1_CONFIG, weightTable } from '@somakit/scoring';

const [, , path] = process.argv;

const write = async () => {
  const header = {};
  let at = 0;
  for (const [key, shape] of weightTable(V1_CONFIG)) {
    const length = shape.reduce((product, size) => product * size, 4);
    header[key] = { dtype: 'F32', shape, data_offsets: [at, at + length] };
    at += length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = await open(path, 'wx');
  const start = new Uint8Array(8);
  new DataView(start.buffer).setBigUint64(0, BigInt(text.length), true);
  await file.write(start);
  await file.write(text);
  // One piece of random values again and again: true speed needs no more.
  const values = new Float32Array(4 * 2 ** 20);
  let state = 1;
  for (let i = 0; i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = (state / 2 ** 31) * 0.035;
  }
  const ones = new Float32Array(2048).fill(1);
  for (const [key, shape] of weightTable(V1_CONFIG)) {
    let left = shape.reduce((product, size) => product * size, 1);
    const source = key.endsWith('gamma') ? ones : values;
    while (left > 0) {
      const piece = source.subarray(0, Math.min(left, source.length));
      await file.write(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength));
      left -= piece.length;
    }
  }
  await file.close();
};

let privateBytes = 0;
const watch = setInterval(async () => {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const kilobytes = Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0);
  privateBytes = Math.max(privateBytes, kilobytes * 1024);
}, 50);

try {
  await write();
  const scorer = await createScorer({ config: 'v1', device: 'cpu', cacheDir: dirname(path) });
  const item = {
    data: new Uint8Array(1024).map((_, i) => i * 7),
    models: [{ path }],
    targetEmbedding: new Float32Array(2048).fill(1),
  };
  const first = performance.now();
  await scorer.score(item);
  const start = performance.now();
  const result = await scorer.score(item);
  const seconds = (performance.now() - start) / 1000;
  await scorer.close();
  const coldSeconds = (start - first) / 1000;
  console.log(JSON.stringify({ seconds, coldSeconds, privateBytes, loss: result.lossScore[0] }));
} finally {
  clearInterval(watch);
  await rm(path, { force: true });
}
