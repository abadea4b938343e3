// How long an epoch change takes straight after transfers that changed N objects. Prints one JSON line.
import { TransactionData } from '@somakit/bcs';
import { blake2b256, Keypair } from '@somakit/crypto';
import { startLocalnet } from '@somakit/localnet';

const objects = Number(process.argv[2]);
const person = Keypair.fromSecretKey(blake2b256(new TextEncoder().encode('bench')));
// A transfer to oneself of the whole coin changes one object.
const coins = Array.from({ length: objects }, () => 1_000_000_000n);
const network = await startLocalnet({
  ports: 'free',
  smallModel: true,
  accounts: [{ address: person.address, coins }],
});
await network.advanceEpoch();
const spend = async () => {
  const owned = [...network.ledger.listObjects({ owner: person.address })];
  await Promise.all(
    owned.map(({ objectId, version, digest }) => {
      const ref = { objectId, version, digest };
      const kind = { kind: 'TransferCoin', coin: ref, amount: undefined, recipient: person.address };
      const bytes = TransactionData.encode({ kind, sender: person.address, gasPayment: [ref] });
      return network.execute({ bytes, signatures: [person.signTransaction(bytes)] });
    }),
  );
};
let value = Number.POSITIVE_INFINITY;
for (let i = 0; i < 5; i++) {
  await spend();
  const start = performance.now();
  await network.advanceEpoch();
  value = Math.min(value, performance.now() - start);
}
await network.stop();
process.stdout.write(`${JSON.stringify({ value })}\n`);
