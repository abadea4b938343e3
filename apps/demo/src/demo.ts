import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, type Digest, type ObjectId, SomaKitError, throwIfAborted } from '@somakit/core';
import { startLocalnet } from '@somakit/localnet';
import { claimShares } from '@somakit/protocol/targets';
import { createDataServer, type DataServer } from '@somakit/rpc/node';
import { cosineDistance, createScorer, serveScoring } from '@somakit/scoring';
import {
  commitment,
  createSomaClient,
  encryptWeights,
  Keypair,
  type SomaClient,
  type TargetView,
  type WriteResult,
} from '@somakit/sdk';
import { type InputFile, readInputs } from './files.js';
import { makeWeights } from './weights.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The demo's own check failed: a figure is not what it must be. */
    DEMO_CHECK_FAILED: { readonly what: string; readonly expected: string; readonly received: string };
  }
}

/** What {@link runDemo} takes. */
export interface DemoOptions {
  /** The folder whose files are scored. */
  readonly data: string;
  /** How many files at most. Defaults to 12. */
  readonly files?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of the steps as they begin, and how far they are. */
  readonly onStep?:
    | ((step: { readonly name: string; readonly done?: number; readonly total?: number }) => void)
    | undefined;
}

/** A transaction of the demo. */
export interface DemoTransaction {
  readonly wallet: string;
  readonly what: string;
  readonly digest: Digest;
  /** Shannons. */
  readonly fee: bigint;
}

/** A wallet at the end. */
export interface DemoWallet {
  readonly name: string;
  readonly address: Address;
  /** Shannons, all of them. */
  readonly funded: bigint;
  readonly staked: bigint;
  readonly fees: bigint;
  readonly bonds: bigint;
  readonly bondsBack: bigint;
  readonly rewards: bigint;
  readonly balance: bigint;
}

/** What the demo did. */
export interface DemoReport {
  readonly rpcUrl: string;
  readonly models: readonly { readonly modelId: ObjectId; readonly owner: Address }[];
  readonly submissions: readonly {
    readonly file: string;
    readonly bytes: number;
    readonly targetId: ObjectId;
    readonly modelId: ObjectId;
    readonly distance: number;
    readonly loss: number;
    readonly reward: bigint;
    readonly bond: bigint;
  }[];
  /** Files that hit no open target. */
  readonly misses: readonly string[];
  readonly wallets: readonly DemoWallet[];
  readonly transactions: readonly DemoTransaction[];
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
}

/** One page of data at most, so that the demo stays quick. */
const MAX_FILE = 16_384;

const expectEqual = (what: string, expected: bigint | string, received: bigint | string): void => {
  if (expected === received) return;
  throw new SomaKitError('DEMO_CHECK_FAILED', `${what} is ${received}, not ${expected}.`, {
    context: { what, expected: String(expected), received: String(received) },
    hint: 'This is a defect of SomaKit: please report it with the digests above.',
  });
};

/** A wallet with what happened to it. */
const createWallet = (name: string, urls: Parameters<typeof createSomaClient>[0]) => {
  const signer = Keypair.generate();
  const client = createSomaClient({ ...urls, signer });
  return { name, signer, client, address: signer.address, funded: 0n, staked: 0n, fees: 0n, bonds: 0n };
};
type Wallet = ReturnType<typeof createWallet>;

/** Where the file would hit: an open target in reach that is not taken yet. */
const findHit = (
  open: ReadonlyMap<ObjectId, TargetView>,
  embedding: Float32Array,
  modelId: ObjectId,
): TargetView | undefined => {
  for (const target of open.values()) {
    if (!target.modelIds.includes(modelId)) continue;
    if (cosineDistance(embedding, target.embedding) <= target.distanceThreshold) return target;
  }
  return undefined;
};

/** The parts that are running, to be ended in the reverse order whatever happens. */
const createCleanup = () => {
  const ends: (() => unknown)[] = [];
  return {
    add: (end: () => unknown): void => {
      ends.push(end);
    },
    run: async (): Promise<void> => {
      for (const end of ends.reverse()) await end();
    },
  };
};

/**
 * The main job, from funding to claim, on an embedded network: every byte goes through the gRPC, BCS and scoring code
 * that a public network would see. Ends everything that it started, also when it fails or is aborted.
 *
 * @throws DEMO_CHECK_FAILED when the money does not add up; otherwise the error of the step that failed.
 * @example
 * import { runDemo } from '@somakit/demo';
 * const { wallets } = await runDemo({ data: './src' });
 * for (const { name, rewards } of wallets) console.log(name, rewards);
 */
export const runDemo = async (options: DemoOptions): Promise<DemoReport> => {
  const cleanup = createCleanup();
  try {
    return await play(options, cleanup.add);
  } finally {
    await cleanup.run();
  }
};

const play = async (options: DemoOptions, onEnd: (end: () => unknown) => void): Promise<DemoReport> => {
  const { data: folder, files: limit = 12, signal, onStep } = options;
  const steps: { name: string; ms: number }[] = [];
  const transactions: DemoTransaction[] = [];
  const results: WriteResult[] = [];

  const step = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    throwIfAborted(signal, name);
    onStep?.({ name });
    const started = performance.now();
    const value = await run();
    steps.push({ name, ms: Math.round(performance.now() - started) });
    return value;
  };
  const note = (wallet: Wallet, what: string) => (result: WriteResult) => {
    results.push(result);
    transactions.push({ wallet: wallet.name, what, digest: result.digest, fee: result.fee.totalFee });
    wallet.fees += result.fee.totalFee;
    wallet.bonds += result.bond;
  };

  const inputs = await step('read the files', () => readInputs(folder, limit, MAX_FILE));

  const { network, scoringUrl, host } = await step('start network, scoring and file server', async () => {
    const started = await startLocalnet({ ports: 'free', smallModel: true });
    onEnd(() => started.stop());
    const cacheDir = await mkdtemp(join(tmpdir(), 'somakit-demo-'));
    onEnd(() => rm(cacheDir, { recursive: true, force: true }));
    // Loopback is private: a public service would refuse it.
    const service = await serveScoring({
      config: 'small',
      device: 'cpu',
      port: 0,
      cacheDir,
      urlPolicy: { allowPrivate: true },
    });
    onEnd(() => service.close());
    const server: DataServer = await createDataServer();
    onEnd(() => server.close());
    return { network: started, scoringUrl: service.url, host: server };
  });

  const { rpcUrl, faucetUrl, adminUrl } = network;
  const names = ['model owner A', 'model owner B', 'submitter'];
  const wallets = names.map((name) => createWallet(name, { rpcUrl, faucetUrl, adminUrl, scoringUrl }));
  for (const { client } of wallets) onEnd(() => client.close());
  const [ownerA, ownerB, submitter] = wallets as [Wallet, Wallet, Wallet];
  const client: SomaClient = submitter.client;

  await step('fund three wallets', async () => {
    for (const wallet of wallets) {
      const grant = await wallet.client.requestFaucet({ address: wallet.address, signal });
      wallet.funded = grant.coinsSent.reduce((sum, { amount }) => sum + amount, 0n);
      expectEqual('the faucet grant', wallet.funded, await wallet.client.getBalance({ address: wallet.address }));
    }
  });

  const published = await step('make, encrypt, host, create and commit two models', async () => {
    const scorer = await createScorer({ config: 'small', device: 'cpu' });
    try {
      const list = [];
      for (const [index, owner] of [ownerA, ownerB].entries()) {
        const weights = makeWeights(BigInt(index + 1) * 1_000n);
        const { encrypted, key } = encryptWeights(weights);
        const hosted = await host.add(encrypted);
        const embedding = (
          await scorer.score({
            data: inputs[0]!.bytes.subarray(0, 1024),
            models: [{ bytes: weights }],
            targetEmbedding: new Float32Array(16).fill(1),
          })
        ).embedding;
        const stakeAmount = await owner.client.getModelMinStake();
        const modelId = await owner.client.createModel({
          commissionRate: 1_000,
          stakeAmount,
          signal,
          onResult: note(owner, 'create model'),
        });
        owner.staked = stakeAmount;
        await owner.client.commitModel({
          modelId,
          weightsUrl: hosted.url,
          weights: { checksum: hosted.checksum, size: hosted.size },
          decryptionKey: key,
          embedding,
          signal,
          onResult: note(owner, 'commit model'),
        });
        list.push({ modelId, owner, key, embedding });
      }
      return list;
    } finally {
      await scorer.close();
    }
  });

  await step('advance an epoch, reveal the models, advance again', async () => {
    await client.advanceEpoch({ signal });
    for (const { modelId, owner, key, embedding } of published) {
      const onResult = note(owner, 'reveal model');
      await owner.client.revealModel({ modelId, decryptionKey: key, embedding, signal, onResult });
    }
    await client.advanceEpoch({ signal });
    expectEqual('the number of active models', 2n, BigInt((await client.getActiveModels()).length));
  });

  const submissions: {
    file: InputFile;
    target: TargetView;
    modelId: ObjectId;
    distance: number;
    loss: number;
    bond: bigint;
  }[] = [];
  const misses: string[] = [];
  await step('score the files and submit the hits', async () => {
    const open = new Map<ObjectId, TargetView>();
    for await (const target of client.targets({ status: 'open', signal })) open.set(target.id, target);
    if (open.size === 0)
      throw new SomaKitError('DEMO_CHECK_FAILED', 'There are no open targets.', {
        context: { what: 'open targets', expected: 'some', received: 'none' },
      });
    for (const [index, file] of inputs.entries()) {
      throwIfAborted(signal, 'score');
      onStep?.({ name: 'score the files and submit the hits', done: index, total: inputs.length });
      const hosted = await host.add(file.bytes);
      const first = open.values().next().value;
      if (first === undefined) break;
      const scoreWith = async (target: TargetView) => {
        const models = await client.getModelManifests(target);
        const result = await client.score({
          dataUrl: hosted.url,
          data: file.bytes,
          models,
          targetEmbedding: target.embedding,
          signal,
        });
        return { ...result, modelId: models[result.winner]!.modelId };
      };
      const trial = await scoreWith(first);
      const target = findHit(open, trial.embedding, trial.modelId);
      if (target === undefined) {
        misses.push(file.name);
        continue;
      }
      const { modelId, embedding, distance, lossScore } = target === first ? trial : await scoreWith(target);
      const result = await client.submitData({
        targetId: target.id,
        data: file.bytes,
        dataUrl: hosted.url,
        modelId,
        embedding,
        distanceScore: distance[0]!,
        lossScore,
        signal,
        onResult: note(submitter, `submit ${file.name}`),
      });
      open.delete(target.id);
      submissions.push({ file, target, modelId, distance: distance[0]!, loss: lossScore[0]!, bond: result.bond });
      const fetched = await ownerA.client.fetchSubmissionData({ targetId: target.id, signal });
      expectEqual('the checksum of the data that the node passes on', commitment(file.bytes), commitment(fetched));
    }
    if (submissions.length === 0) {
      throw new SomaKitError('DEMO_CHECK_FAILED', 'No file hit a target.', {
        context: { what: 'submissions', expected: 'one or more', received: '0' },
        hint: 'Give other files with --data FOLDER.',
      });
    }
  });

  await step('advance two epochs', async () => {
    await client.advanceEpoch({ signal });
    await client.advanceEpoch({ signal });
  });

  const { parameters } = await client.getLatestSystemState();
  await step('claim', async () => {
    for (const [index, { target, bond, file, modelId }] of submissions.entries()) {
      onStep?.({ name: 'claim', done: index, total: submissions.length });
      const claim = await client.claimRewards({
        targetId: target.id,
        signal,
        onResult: note(submitter, `claim ${file.name}`),
      });
      const shares = claimShares(target.rewardPool, parameters)!;
      const owner = published.find((each) => each.modelId === modelId)!.owner;
      const got = (address: Address): bigint =>
        claim.balanceChanges.find((each) => each.address === address)?.amount ?? 0n;
      expectEqual(
        'the submitter’s part of a claim',
        shares.submitter + shares.claimer + bond - claim.fee.totalFee,
        got(submitter.address),
      );
      expectEqual('the model owner’s part of a claim', shares.modelOwner, got(owner.address));
    }
  });

  const balances = await step('check that every shannon is accounted for', async () => {
    const found: DemoWallet[] = [];
    for (const wallet of wallets) {
      const { name, address, funded, staked, fees, bonds } = wallet;
      const balance = await client.getBalance({ address });
      const moved = results.flatMap(({ balanceChanges }) => balanceChanges).filter((each) => each.address === address);
      expectEqual(`the balance of ${name}`, funded + moved.reduce((sum, { amount }) => sum + amount, 0n), balance);
      const bondsBack = wallet === submitter ? submissions.reduce((sum, { bond }) => sum + bond, 0n) : 0n;
      const rewards = balance - funded + staked + fees + bonds - bondsBack;
      found.push({ name, address, funded, staked, fees, bonds, bondsBack, rewards, balance });
    }
    const paid = submissions.reduce((sum, { target }) => sum + target.rewardPool, 0n);
    expectEqual(
      'the sum of all rewards',
      paid,
      found.reduce((sum, { rewards }) => sum + rewards, 0n),
    );
    const { total } = network.ledger.supply();
    expectEqual('all the SOMA there is', 10_000_000_000_000_000n, total);
    return found;
  });

  return {
    rpcUrl,
    models: published.map(({ modelId, owner }) => ({ modelId, owner: owner.address })),
    submissions: submissions.map(({ file, target, modelId, distance, loss, bond }) => ({
      file: file.name,
      bytes: file.bytes.length,
      targetId: target.id,
      modelId,
      distance,
      loss,
      reward: target.rewardPool,
      bond,
    })),
    misses,
    wallets: balances,
    transactions,
    steps,
  };
};
