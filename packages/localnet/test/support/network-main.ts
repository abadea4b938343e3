// The other end of `startNetworkProcess`: starts a network, tells its ports, then its state for each line that comes in.
import { createInterface } from 'node:readline';
import { startLocalnet } from '../../src/index.js';

const read = (text: string): object =>
  JSON.parse(text, (_, each) => (typeof each === 'string' && /^\d+n$/.test(each) ? BigInt(each.slice(0, -1)) : each));

const network = await startLocalnet({ ports: 'free', smallModel: true, ...read(process.argv[2]!) });
const { ports, rpcUrl } = network;
process.stdout.write(`${JSON.stringify({ ports, rpcUrl })}\n`);
const lines = createInterface({ input: process.stdin });
lines.on('line', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const { listeners } = network;
  process.stdout.write(`${JSON.stringify({ used: heapUsed + external, listeners })}\n`);
});
lines.on('close', async () => {
  // A network that does not stop is told by the status, and left behind by nobody.
  setTimeout(() => process.exit(2), 20_000).unref();
  await network.stop();
  process.exit(0);
});
