// Stakes with the strongest validator, looks at the position after an epoch, and takes it back.
import { formatSoma, parseSoma } from '@somakit/sdk';
import { connect, fund, nextEpoch } from './network.js';

const { client, signer } = connect();
const amount = parseSoma('1');
await fund(client, signer.address, amount + parseSoma('0.1'));

const [validator] = await client.getValidators();
if (validator === undefined) throw new Error('this network has no validators');
await client.addStake({ validator: validator.address, amount });
console.log(
  `staked ${formatSoma(amount)} SOMA with ${validator.address}, which takes ${validator.commissionRate / 100} %`,
);

// A position earns from the epoch after its own on.
await nextEpoch(client);
await nextEpoch(client);
for (const { stakedSomaId, principal, value } of await client.getStakes({ owner: signer.address })) {
  console.log(`${stakedSomaId}: ${formatSoma(principal)} SOMA, now worth ${formatSoma(value)}`);
  const { net } = await client.withdrawStake({ stakedSomaId });
  console.log(`withdrew ${formatSoma(net)} SOMA`);
}
client.close();
