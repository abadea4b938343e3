import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { createHttp } from '@somakit/core/http';
import { expect, it } from 'vitest';
import { failure } from '../support/failure.js';

// A listener that never accepts: once its queue of one is full, the system answers no more connection attempts.
const DEAF = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

it.runIf(process.platform === 'linux')(
  'a host that does not take connections is given up after connectMs',
  async () => {
    const worker = new Worker(DEAF, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    const fillers: Socket[] = [];
    try {
      for (let i = 0; i < 8; i++) fillers.push(connect(port, '127.0.0.1').on('error', () => {}));
      await new Promise((resolve) => setImmediate(resolve));
      const http = createHttp({
        baseUrl: `http://127.0.0.1:${port}`,
        retry: false,
        timeouts: { connectMs: 300, firstByteMs: 25_000 },
      });
      expect(await failure(http.get({ path: '/' }))).toMatchObject({
        code: 'TIMEOUT',
        context: { phase: 'connect', timeoutMs: 300 },
      });
    } finally {
      for (const socket of fillers) socket.destroy();
      await worker.terminate();
    }
  },
);
