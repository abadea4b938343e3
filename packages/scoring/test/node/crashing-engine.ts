// The engine's program, that ends its thread when it is to run over data that begins with 0xde.
import { parentPort } from 'node:worker_threads';
import '../../src/node/engine/engine-worker.js';

parentPort?.on('message', ({ kind, ask }) => {
  if (kind === 'run' && ask.work.data[0] === 0xde) process.exit(3);
});
