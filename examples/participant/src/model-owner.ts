// Publishes a model and serves its weights until Ctrl-C. Argument: the weights, a safetensors file.
import { readFile, writeFile } from 'node:fs/promises';
import { encryptWeights, parseSoma } from '@somakit/sdk';
import { createDataServer } from '@somakit/sdk/node';
import { connect, fund, nextEpoch } from './network.js';

const [file = 'model.safetensors'] = process.argv.slice(2);
const { client, signer } = connect();
await fund(client, signer.address, (await client.getModelMinStake()) + parseSoma('0.1'));

const { encrypted, key: decryptionKey } = encryptWeights(await readFile(file));
const host = await createDataServer();
const weights = await host.add(encrypted);
// Where the model's data lies; a trained model's own embedding belongs here.
const embedding = new Float32Array(await client.getEmbeddingDim()).fill(0.5);

const modelId = await client.createModel({ commissionRate: 1_000 });
// Whoever loses the key cannot reveal, and loses half of the stake: it is kept before anything is committed.
await writeFile(`${file}.key.json`, JSON.stringify({ modelId, decryptionKey, embedding: [...embedding] }), {
  mode: 0o600,
});
await client.commitModel({ modelId, weightsUrl: weights.url, weights, decryptionKey, embedding });
console.log(`committed ${modelId}`);

// Exactly in the next epoch.
await nextEpoch(client);
await client.revealModel({ modelId, decryptionKey, embedding });
console.log(`revealed; targets of epoch ${await nextEpoch(client)} and later can choose it`);
console.log(`serving ${weights.url}, Ctrl-C ends`);
process.once('SIGINT', async () => {
  await host.close();
  client.close();
});
