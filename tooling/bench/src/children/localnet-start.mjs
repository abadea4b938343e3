// How long the N-th network of a process takes from the call to ports that answer. Prints one JSON line.
import { startLocalnet } from '@somakit/localnet';

const count = Number(process.argv[2]);
let value = 0;
for (let i = 0; i < count; i++) {
  const start = performance.now();
  const network = await startLocalnet({ ports: 'free', smallModel: true });
  value = performance.now() - start;
  await network.stop();
}
process.stdout.write(`${JSON.stringify({ value })}\n`);
