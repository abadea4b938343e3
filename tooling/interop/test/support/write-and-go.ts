// Writes, leaves its client open, and prints what still keeps it alive. The arguments are the URLs of node and faucet.
import { createSomaClient, Keypair } from '@somakit/sdk';

const [rpcUrl, faucetUrl] = process.argv.slice(2);
const signer = Keypair.generate();
const client = createSomaClient({ rpcUrl, faucetUrl, signer });
await client.requestFaucet({ address: signer.address });
for (let i = 0; i < 3; i++) await client.transferCoin({ recipient: '0xb0b', amount: 1_000n });
process.stdout.write(JSON.stringify(process.getActiveResourcesInfo()));
