// A network in a folder that pays without end and tells each payment that it was answered. Runs until it is killed.
import { Keypair } from '@somakit/crypto';
import { startLocalnet } from '../../src/index.js';

const network = await startLocalnet({ ports: 'free', smallModel: true, dataDir: process.argv[2]! });
const pay = async (): Promise<never> => {
  for (;;) {
    const { digest } = await network.fund(Keypair.generate().address, 1n);
    process.stdout.write(`${digest}\n`);
  }
};
void pay();
void pay();
void pay();
for (;;) process.stdout.write(`epoch ${await network.advanceEpoch()}\n`);
