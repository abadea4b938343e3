// An account of three keys of which two must sign, once with all keys at hand and once with one on each machine.
import { createMultiSig, Keypair, multiSigSigner } from '@somakit/crypto';
import { parseSoma } from '@somakit/sdk';
import { buildTransaction, chooseCoins, combineSignatures, transferCoin } from '@somakit/sdk/transactions';
import { connect, fund } from './network.js';

const { client } = connect();
const recipient = process.argv[2] ?? '0xb0b';
const amount = parseSoma('0.1');
const [alice, bob, carol] = [Keypair.generate(), Keypair.generate(), Keypair.generate()];
const members = [alice, bob, carol].map(({ publicKey }) => ({ publicKey, weight: 1 }));
const multiSig = createMultiSig({ members, threshold: 2 });
await fund(client, multiSig.address, parseSoma('1'));

// Two of the keys are here: the account is a signer like any other.
const signer = multiSigSigner({ multiSig, signers: [alice, carol] });
const { digest } = await client.transferCoin({ recipient, amount, signer });
console.log(`signed here: ${digest}`);

// Each key is elsewhere: the bytes go to the members, their signatures come back.
const coins = [];
for await (const { contents, ...ref } of client.ownedObjects({ owner: multiSig.address, objectType: 'Coin' })) {
  if (contents.kind === 'Coin') coins.push({ ...ref, balance: contents.balance });
}
const { parameters } = await client.getLatestSystemState();
const { coin, gasPayment } = chooseCoins({ need: { kind: 'TransferCoin', amount }, coins, parameters });
const transaction = buildTransaction({
  sender: multiSig.address,
  kind: transferCoin({ coin, amount, recipient }),
  gasPayment,
});
const signatures = [bob, carol].map((member) => member.signTransaction(transaction.bytes));
const { signedBytes } = combineSignatures({ transaction, multiSig, signatures });
const sent = await client.resume({ transaction: signedBytes });
console.log(`signed elsewhere: ${sent.digest}`);
client.close();
