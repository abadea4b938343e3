// Sends SOMA: shows what it will cost, sends, shows what it did. Arguments: recipient, amount in SOMA.
import { formatSoma, parseSoma } from '@somakit/sdk';
import { connect, fund } from './network.js';

const [recipient = '0xb0b', soma = '0.5'] = process.argv.slice(2);
const amount = parseSoma(soma);
const { client, signer } = connect();
await fund(client, signer.address, amount + parseSoma('0.01'));

const expected = await client.transferCoin({ recipient, amount, dryRun: true });
console.log(`this will cost ${formatSoma(-expected.net)} SOMA, ${formatSoma(expected.fee.totalFee)} of it fees`);
const { digest, checkpoint } = await client.transferCoin({ recipient, amount });
console.log(`sent: ${digest}, in checkpoint ${checkpoint}`);
client.close();
