// Scores a file, submits it to the first target that it hits, and claims the reward. Argument: the file.
import { readFile } from 'node:fs/promises';
import { formatSoma, parseSoma, type SomaClient } from '@somakit/sdk';
import { createDataServer } from '@somakit/sdk/node';
import { connect, fund, nextEpoch } from './network.js';

const [file = 'data.txt'] = process.argv.slice(2);
const { client, signer } = connect();
await fund(client, signer.address, parseSoma('0.1'));

const data = await readFile(file);
const host = await createDataServer();
const { url: dataUrl } = await host.add(data);

const hit = async (): Promise<Parameters<SomaClient['submitData']>[0] | undefined> => {
  for await (const target of client.targets({ status: 'open' })) {
    const models = await client.getModelManifests(target);
    const { winner, embedding, lossScore, distance } = await client.score({
      dataUrl,
      data,
      models,
      targetEmbedding: target.embedding,
    });
    const distanceScore = distance[0]!;
    if (distanceScore > target.distanceThreshold) continue;
    return {
      targetId: target.id,
      data,
      dataUrl,
      modelId: models[winner]!.modelId,
      embedding,
      lossScore,
      distanceScore,
    };
  }
  return undefined;
};

const submission = await hit();
if (submission === undefined) {
  console.log('no open target in reach: publish a model first, or bring other data');
  process.exitCode = 1;
} else {
  const { bond } = await client.submitData(submission);
  console.log(`submitted to ${submission.targetId} with a bond of ${formatSoma(bond)} SOMA`);
  // Validators may look at the data for an epoch.
  await nextEpoch(client);
  await nextEpoch(client);
  const { net } = await client.claimRewards({ targetId: submission.targetId });
  console.log(`claimed ${formatSoma(net - bond)} SOMA`);
}
await host.close();
client.close();
