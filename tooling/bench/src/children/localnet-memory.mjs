// What the memory holds of each transfer of a coin that is kept. Prints one JSON line.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TransactionData } from '@somakit/bcs';
import { blake2b256, Keypair } from '@somakit/crypto';
import { startLocalnet } from '@somakit/localnet';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const used = () => {
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const count = Number(process.argv[2]);
const person = Keypair.fromSecretKey(blake2b256(new TextEncoder().encode('bench')));
const network = await startLocalnet({
  ports: 'free',
  smallModel: true,
  accounts: [{ address: person.address, coins: Array.from({ length: 50 }, () => 1_000_000_000_000n) }],
});
const run = async (transfers) => {
  for (let done = 0; done < transfers; done += 50) {
    const owned = [...network.ledger.listObjects({ owner: person.address })];
    await Promise.all(
      owned.map(({ objectId, version, digest }) => {
        const ref = { objectId, version, digest };
        const kind = { kind: 'TransferCoin', coin: ref, amount: undefined, recipient: person.address };
        const bytes = TransactionData.encode({ kind, sender: person.address, gasPayment: [ref] });
        return network.execute({ bytes, signatures: [person.signTransaction(bytes)] });
      }),
    );
  }
};
await run(500);
const before = used();
await run(count);
const value = (used() - before) / count;
await network.stop();
process.stdout.write(`${JSON.stringify({ value })}\n`);
