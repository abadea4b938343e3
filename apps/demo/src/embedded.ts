import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Address, ObjectId } from '@somakit/core';
import { startLocalnet } from '@somakit/localnet';
import { claimShares } from '@somakit/protocol/targets';
import { createDataServer, type DataServer } from '@somakit/rpc/node';
import { createScorer, serveScoring } from '@somakit/scoring';
import { encryptWeights, Keypair } from '@somakit/sdk';
import { readInputs } from './files.js';
import { closeBooks, expectEqual, type Run, type Wallet } from './run.js';
import { submitHits } from './submit.js';
import type { DemoOptions, DemoReport } from './types.js';
import { makeWeights } from './weights.js';

const TOTAL_SUPPLY = 10_000_000_000_000_000n;

/** A folder that goes when the run ends, and at the latest with the process. */
const temporaryFolder = async (run: Run): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'somakit-demo-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  run.onEnd(async () => {
    await rm(folder, { recursive: true, force: true });
    process.removeListener('exit', remove);
  });
  return folder;
};

const startParts = async (run: Run) => {
  const cacheDir = await temporaryFolder(run);
  const network = await startLocalnet({ ports: 'free', smallModel: true });
  run.onEnd(() => network.stop());
  // Loopback is private: a public service would refuse it.
  const urlPolicy = { allowPrivate: true };
  const scoring = await serveScoring({ config: 'small', device: 'cpu', port: 0, cacheDir, urlPolicy });
  run.onEnd(() => scoring.close());
  const host: DataServer = await createDataServer();
  run.onEnd(() => host.close());
  return { network, scoringUrl: scoring.url, host };
};

/** A model that was committed. */
interface Published {
  readonly modelId: ObjectId;
  readonly owner: Wallet;
  readonly key: string;
  readonly embedding: Float32Array;
}

const publish = async (
  run: Run,
  host: DataServer,
  owners: readonly Wallet[],
  sample: Uint8Array,
): Promise<readonly Published[]> => {
  const { signal } = run;
  const scorer = await createScorer({ config: 'small', device: 'cpu' });
  try {
    const published: Published[] = [];
    for (const [index, owner] of owners.entries()) {
      const weights = makeWeights(BigInt(index + 1) * 1_000n);
      const { encrypted, key } = encryptWeights(weights);
      const hosted = await host.add(encrypted);
      const { embedding } = await scorer.score({
        data: sample.subarray(0, 1024),
        models: [{ bytes: weights }],
        targetEmbedding: new Float32Array(16).fill(1),
        signal,
      });
      const stakeAmount = await owner.client.getModelMinStake({ signal });
      const modelId = await owner.client.createModel({
        commissionRate: 1_000,
        stakeAmount,
        signal,
        onResult: run.note(owner, 'create model'),
      });
      owner.staked = stakeAmount;
      await owner.client.commitModel({
        modelId,
        weightsUrl: hosted.url,
        weights: { checksum: hosted.checksum, size: hosted.size },
        decryptionKey: key,
        embedding,
        signal,
        onResult: run.note(owner, 'commit model'),
      });
      published.push({ modelId, owner, key, embedding });
    }
    return published;
  } finally {
    await scorer.close();
  }
};

/** The whole market on a network in this process: owners, submitter, faucet, scoring. */
export const playEmbedded = async (run: Run, { data, files }: DemoOptions): Promise<DemoReport> => {
  const { signal } = run;
  const inputs = await run.step('read the files', () => readInputs(data, files));
  const { network, scoringUrl, host } = await run.step('start network, scoring and file server', () => startParts(run));

  const { rpcUrl, faucetUrl, adminUrl } = network;
  const place = { rpcUrl, faucetUrl, adminUrl, scoringUrl };
  const names = ['model owner A', 'model owner B', 'submitter'];
  const wallets = names.map((name) => run.wallet(name, Keypair.generate(), place));
  const [ownerA, ownerB, submitter] = wallets as [Wallet, Wallet, Wallet];
  const { client } = submitter;

  await run.step('fund three wallets', async () => {
    for (const wallet of wallets) {
      const { address } = wallet;
      const grant = await wallet.client.requestFaucet({ address, signal });
      wallet.funded = grant.coinsSent.reduce((sum, { amount }) => sum + amount, 0n);
      expectEqual('the faucet grant', wallet.funded, await wallet.client.getBalance({ address, signal }));
    }
  });

  const published = await run.step('make, encrypt, host, create and commit two models', () =>
    publish(run, host, [ownerA, ownerB], inputs[0]!.bytes),
  );

  await run.step('advance an epoch, reveal the models, advance again', async () => {
    await client.advanceEpoch({ signal });
    for (const { modelId, owner, key, embedding } of published) {
      const onResult = run.note(owner, 'reveal model');
      await owner.client.revealModel({ modelId, decryptionKey: key, embedding, signal, onResult });
    }
    await client.advanceEpoch({ signal });
    expectEqual('the number of active models', 2n, BigInt((await client.getActiveModels({ signal })).length));
  });

  const { submissions, misses } = await run.step('score the files and submit the hits', (progress) =>
    submitHits(run, submitter, { inputs, progress, urlOf: async ({ bytes }) => (await host.add(bytes)).url }),
  );

  await run.step('advance two epochs', async () => {
    await client.advanceEpoch({ signal });
    await client.advanceEpoch({ signal });
  });

  const { parameters } = await client.getLatestSystemState({ signal });
  const earned = new Map<Address, bigint>();
  await run.step('claim', async (progress) => {
    for (const [index, { targetId, target, bond, file, modelId }] of submissions.entries()) {
      progress(index, submissions.length);
      const onResult = run.note(submitter, `claim ${file}`);
      const { balanceChanges, fee } = await client.claimRewards({ targetId, signal, onResult });
      const shares = claimShares(target.rewardPool, parameters)!;
      const owner = published.find((each) => each.modelId === modelId)!.owner.address;
      const got = (address: Address): bigint =>
        balanceChanges.find((change) => change.address === address)?.amount ?? 0n;
      const submitters = shares.submitter + shares.claimer;
      expectEqual('the submitter’s part of a claim', submitters + bond - fee.totalFee, got(submitter.address));
      expectEqual('the model owner’s part of a claim', shares.modelOwner, got(owner));
      earned.set(submitter.address, (earned.get(submitter.address) ?? 0n) + submitters);
      earned.set(owner, (earned.get(owner) ?? 0n) + shares.modelOwner);
      submitter.bondsBack += bond;
    }
    progress(submissions.length, submissions.length);
  });

  const books = await run.step('check that every shannon is accounted for', async () => {
    const found = [];
    for (const wallet of wallets) found.push(await closeBooks(run, wallet));
    for (const { name, address, rewards } of found) {
      expectEqual(`what ${name} earned`, earned.get(address) ?? 0n, rewards);
    }
    const pools = submissions.reduce((sum, { reward }) => sum + reward, 0n);
    expectEqual(
      'the sum of all rewards',
      pools,
      found.reduce((sum, { rewards }) => sum + rewards, 0n),
    );
    expectEqual('the bonds that came back', submitter.bonds, submitter.bondsBack);
    expectEqual('all the SOMA there is', TOTAL_SUPPLY, network.ledger.supply().total);
    return found;
  });

  return {
    rpcUrl,
    models: published.map(({ modelId, owner }) => ({ modelId, owner: owner.address })),
    submissions: submissions.map(({ target: _, ...submission }) => submission),
    misses,
    wallets: books,
    transactions: run.transactions,
    steps: run.steps,
  };
};
