// What the memory holds of each transfer of a coin that is kept. Prints one JSON line.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startLocalnet } from '@somakit/localnet';
import { person, spendAll } from './own-coins.mjs';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const used = () => {
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const count = Number(process.argv[2]);
const network = await startLocalnet({
  ports: 'free',
  smallModel: true,
  accounts: [{ address: person.address, coins: Array.from({ length: 50 }, () => 1_000_000_000_000n) }],
});
const run = async (transfers) => {
  for (let done = 0; done < transfers; done += 50) await spendAll(network);
};
await run(500);
const before = used();
await run(count);
const value = (used() - before) / count;
await network.stop();
process.stdout.write(`${JSON.stringify({ value })}\n`);
