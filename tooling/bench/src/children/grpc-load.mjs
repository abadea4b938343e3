// Sends what it is given in lanes, each one after another, from a thread of its own: clients are not the network's load.
import { parentPort, workerData } from 'node:worker_threads';
import { createNodeTransport } from '@somakit/rpc/node';

const { url, path, requests } = workerData;
const times = [];
const start = performance.now();
await Promise.all(
  requests.map(async (bodies) => {
    const transport = createNodeTransport({ url });
    for (const body of bodies) {
      const began = performance.now();
      await transport.rawUnary({ path, body });
      times.push(performance.now() - began);
    }
    transport.close();
  }),
);
const perSecond = times.length / ((performance.now() - start) / 1000);
times.sort((a, b) => a - b);
parentPort.postMessage({ perSecond, median: times[times.length >> 1] });
