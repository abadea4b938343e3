// Applies for a seat among the validators, brings the stake for it, sets a commission. The node itself is another program.
import { Keypair } from '@somakit/crypto';
import { blsPublicKey, createProofOfPossession, generateBlsSecretKey } from '@somakit/crypto/bls';
import { formatSoma, parseSoma } from '@somakit/sdk';
import { connect, fund, nextEpoch } from './network.js';

const [host = 'validator.example.com'] = process.argv.slice(2);
const { client, signer } = connect();

// 0.12 % of all stake gives a seat; a little more keeps it when others stake too.
const total = (await client.getValidators()).reduce((sum, { stake }) => sum + stake, 0n);
const stake = (total * 15n) / 10_000n;
await fund(client, signer.address, stake + parseSoma('1'));

const secretKey = generateBlsSecretKey();
const address = (port: number) => `/dns/${host}/tcp/${port}`;
await client.addValidator({
  pubkeyBytes: blsPublicKey(secretKey),
  proofOfPossession: createProofOfPossession(secretKey, signer.address),
  networkPubkeyBytes: Keypair.generate().publicKey,
  workerPubkeyBytes: Keypair.generate().publicKey,
  netAddress: address(8080),
  p2pAddress: address(8084),
  primaryAddress: address(8081),
  proxyAddress: address(8090),
});
await client.addStake({ validator: signer.address, amount: stake });
console.log(`applied with ${formatSoma(stake)} SOMA`);

const epoch = await nextEpoch(client);
const seat = (await client.getValidators()).find((each) => each.address === signer.address);
console.log(`epoch ${epoch}: voting power ${seat?.votingPower ?? 0} of 10000`);
// From the next epoch on.
await client.setValidatorCommissionRate({ newRate: 500 });
client.close();
