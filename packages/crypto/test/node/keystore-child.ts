// A second program that changes a keystore: see keystore.test.ts. Arguments: path, what to do, how often.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [path = '', action = '', count = '1'] = process.argv.slice(2);
if (action === 'die-before-rename') {
  // The program is killed at the moment when the new file is complete and not yet in its place.
  let left = Number(count);
  const { rename } = fs.promises;
  fs.promises.rename = async (from, to) => {
    if (left-- <= 0) process.kill(process.pid, 'SIGKILL');
    await rename(from, to);
  };
  syncBuiltinESMExports();
}
const { Keypair } = await import('../../src/keypair.js');
const { Keystore } = await import('../../src/node/index.js');

const keystore = await Keystore.open(path, { create: true, lockTimeoutMs: 30_000 });
for (let i = 0; i < (action === 'add' ? Number(count) : 1); i++) await keystore.add(Keypair.generate());
