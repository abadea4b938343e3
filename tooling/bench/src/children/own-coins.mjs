// One account and its transfers to itself: what the measures of the network's inside are made of.
import { TransactionData } from '@somakit/bcs';
import { blake2b256, Keypair } from '@somakit/crypto';

export const person = Keypair.fromSecretKey(blake2b256(new TextEncoder().encode('bench')));

/** Sends each of the account's coins to itself: a transfer of the whole coin changes one object. */
export const spendAll = (network) =>
  Promise.all(
    [...network.ledger.listObjects({ owner: person.address })].map(({ objectId, version, digest }) => {
      const ref = { objectId, version, digest };
      const kind = { kind: 'TransferCoin', coin: ref, amount: undefined, recipient: person.address };
      const bytes = TransactionData.encode({ kind, sender: person.address, gasPayment: [ref] });
      return network.execute({ bytes, signatures: [person.signTransaction(bytes)] });
    }),
  );
