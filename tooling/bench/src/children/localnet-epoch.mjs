// How long an epoch change takes straight after transfers that changed N objects. Prints one JSON line.
import { startLocalnet } from '@somakit/localnet';
import { person, spendAll } from './own-coins.mjs';

const objects = Number(process.argv[2]);
const coins = Array.from({ length: objects }, () => 1_000_000_000n);
const network = await startLocalnet({
  ports: 'free',
  smallModel: true,
  accounts: [{ address: person.address, coins }],
});
await network.advanceEpoch();
let value = Number.POSITIVE_INFINITY;
for (let i = 0; i < 5; i++) {
  await spendAll(network);
  const start = performance.now();
  await network.advanceEpoch();
  value = Math.min(value, performance.now() - start);
}
await network.stop();
process.stdout.write(`${JSON.stringify({ value })}\n`);
