import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { createDataServer, createNodeTransport, type DataServer, type RpcTransport } from '@somakit/rpc/node';
import {
  commitment,
  createSomaClient,
  encryptWeights,
  isError,
  Keypair,
  parseSoma,
  type SomaClient,
  type TargetEvent,
} from '@somakit/sdk';
import { fileSink } from '@somakit/sdk/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// One market from the first model to the last claim; each test goes on where the one before it ended.

let network: Localnet;
let data: DataServer;
let folder: string;
const calls = new Map<string, number>();
const clients: SomaClient[] = [];
const transports: RpcTransport[] = [];

/** A client whose calls are counted by method. */
const clientOf = (signer?: Keypair): SomaClient => {
  const inner = createNodeTransport({ url: network.rpcUrl });
  transports.push(inner);
  const unary: RpcTransport['unary'] = (method, ...rest) => {
    calls.set(method.name, (calls.get(method.name) ?? 0) + 1);
    return inner.unary(method, ...rest);
  };
  const transport: RpcTransport = Object.create(inner, { unary: { value: unary } });
  const client = createSomaClient({ transport, signer });
  clients.push(client);
  return client;
};
const count = (method: string): number => calls.get(method) ?? 0;

let owner: SomaClient;
let submitter: SomaClient;
let stranger: SomaClient;
let validator: SomaClient;

beforeAll(async () => {
  network = await startLocalnet({ ports: 'free', smallModel: true, accounts: 3, validators: 4 });
  data = await createDataServer();
  folder = await mkdtemp(join(tmpdir(), 'somakit-market-'));
  [owner, submitter, stranger] = network.accounts.map(clientOf) as [SomaClient, SomaClient, SomaClient];
  validator = clientOf(network.validators[0]?.keypair);
});
afterAll(async () => {
  for (const client of clients) client.close();
  for (const transport of transports) transport.close();
  await data.close();
  await network.stop();
  await rm(folder, { recursive: true, force: true });
});

const weightsOf = (fill: number, length = 3_000_000) => encryptWeights(new Uint8Array(length).fill(fill));
const embedding = (of: number) => Float32Array.from({ length: 16 }, (_, index) => Math.sin(of + index));
const failure = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

describe('a market', () => {
  let modelId: string;
  const first = weightsOf(1);
  const second = weightsOf(2, 1_000);
  let url: string;

  it('publishes weights from a file, by the hash of the file', async () => {
    const path = join(folder, 'weights');
    await writeFile(path, first.encrypted);
    modelId = await owner.createModel({ commissionRate: 1_000 });
    ({ url } = await data.add({ path }));
    const { key: decryptionKey } = first;
    await owner.commitModel({ modelId, weightsUrl: url, weights: { path }, decryptionKey, embedding: embedding(1) });
    expect(await owner.getModels({ owner: network.accounts[1]!.address })).toEqual([]);
    expect(await owner.getModels({ status: 'active' })).toEqual([]);
    const [model] = await owner.getModels({ status: 'pending' });
    expect(model).toMatchObject({
      modelId,
      commitEpoch: network.epoch(),
      manifest: { url, checksum: commitment(first.encrypted), size: BigInt(first.encrypted.length) },
    });
    await network.advanceEpoch();
    await owner.revealModel({ modelId, decryptionKey, embedding: embedding(1) });
    expect(await owner.getActiveModels()).toMatchObject([
      { modelId, commissionRate: 1_000, stake: parseSoma('1'), selectionPower: 1, hasPendingUpdate: false },
    ]);
    await network.advanceEpoch();
    expect((await owner.getTargets({ limit: 3 })).every(({ modelIds }) => modelIds.includes(modelId as never))).toBe(
      true,
    );
  });

  it('reads the whole state once for any number of reads in which nothing changed', async () => {
    await owner.getActiveModels();
    const before = count('GetEpoch');
    await owner.getActiveModels();
    await owner.getModelManifests([modelId]);
    await owner.getStakes({ owner: network.accounts[0]!.address });
    await owner.transferCoin({ recipient: Keypair.generate().address, amount: 1n });
    await failure(owner.revealModel({ modelId, decryptionKey: first.key, embedding: embedding(1) }));
    expect(count('GetEpoch') - before).toBe(0);
  });

  it('downloads weights verified into memory and into a file', async () => {
    expect(commitment(await owner.fetchModel({ modelId }))).toBe(commitment(first.encrypted));
    const to = join(folder, 'copy');
    await owner.fetchModel({ modelId, to: fileSink(to) });
    expect(commitment(await readFile(to))).toBe(commitment(first.encrypted));
    await expect(owner.fetchModel({ modelId: `0x${'9'.repeat(64)}` })).rejects.toMatchObject({ code: 'NO_MANIFEST' });
  });

  it('takes up a download where it was broken off', async () => {
    const to = join(folder, 'resumed');
    const stop = new AbortController();
    const parallel = { parallel: 1 };
    const broken = owner.fetchModel({
      modelId,
      to: fileSink(to),
      signal: stop.signal,
      download: parallel,
      onProgress: ({ received }) => {
        if (received > 0) stop.abort();
      },
    });
    expect(await failure(broken)).toMatchObject({ code: 'ABORTED' });
    let resumed = 0;
    await owner.fetchModel({
      modelId,
      to: fileSink(to),
      download: parallel,
      onProgress: (progress) => {
        resumed = Math.max(resumed, progress.resumed);
      },
    });
    expect(resumed).toBeGreaterThan(0);
    expect(commitment(await readFile(to))).toBe(commitment(first.encrypted));
  });

  it('announces other weights, shows them as pending, and reveals them', async () => {
    const served = await data.add(second.encrypted);
    const update = { modelId, decryptionKey: second.key, embedding: embedding(2) };
    await owner.commitModel({ ...update, weightsUrl: served.url, encryptedWeights: second.encrypted });
    const [model] = await owner.getActiveModels();
    expect(model).toMatchObject({ hasPendingUpdate: true, pendingUpdate: { manifest: { url: served.url } } });
    expect(await owner.fetchModel({ modelId, pending: true })).toEqual(second.encrypted);
    await expect(owner.revealModel(update)).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      context: { failure: { kind: 'ModelRevealEpochMismatch' } },
    });
    await network.advanceEpoch();
    await expect(owner.revealModel({ ...update, embedding: embedding(3) })).rejects.toMatchObject({
      context: { failure: { kind: 'ModelEmbeddingCommitmentMismatch' } },
    });
    await owner.revealModel(update);
    const [after] = await owner.getActiveModels();
    expect(after).toMatchObject({ hasPendingUpdate: false, manifest: { url: served.url } });
    expect(after?.embedding).toEqual(embedding(2));
    expect(await owner.fetchModel({ modelId })).toEqual(second.encrypted);
  });

  it('takes stake for a model, and values the position', async () => {
    await stranger.addStakeToModel({ modelId, amount: parseSoma('3') });
    const holder = network.accounts[2]!.address;
    const [position] = await stranger.getStakes({ owner: holder });
    expect(position).toMatchObject({ stakedWith: { kind: 'model', modelId }, principal: parseSoma('3') });
    await expect(stranger.addStakeToModel({ modelId: `0x${'9'.repeat(64)}`, amount: 1n })).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      context: { failure: { kind: 'ModelNotFound' } },
    });
    await network.advanceEpoch();
    expect((await stranger.getActiveModels())[0]?.stake).toBeGreaterThanOrEqual(parseSoma('4'));
    expect(await stranger.getStakes({ owner: holder })).toMatchObject([{ value: parseSoma('3') }]);
  });

  it('shows targets live as they open, fill and go, and lets a third party claim for the submitter', async () => {
    const submission = new Uint8Array(5_000).fill(7);
    const served = await data.add(submission);
    const [target] = await submitter.getTargets({ limit: 1 });
    const events: TargetEvent[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of stranger.watchTargets({ signal: stop.signal })) events.push(event);
    })();
    const seen = async (matches: (event: TargetEvent) => boolean) => {
      await expect.poll(() => events.some(matches), { timeout: 10_000 }).toBe(true);
    };
    // The feed is up once it shows something that happens only now.
    await expect
      .poll(
        async () => {
          await stranger.transferCoin({ recipient: network.accounts[2]!.address, amount: 1n });
          return network.listeners;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0);

    const parameters = {
      targetId: target!.id,
      data: submission,
      dataUrl: served.url,
      modelId,
      embedding: target!.embedding,
      distanceScore: 0,
      lossScore: [0.5],
    };
    const dry = await submitter.submitData({ ...parameters, dryRun: true });
    const filled = await submitter.submitData(parameters);
    expect(filled.bond).toBe(dry.bond);
    expect(filled.fee).toEqual(dry.fee);
    await seen((event) => event.kind === 'filled' && event.target.id === target!.id);
    // A hit opens a new target.
    await seen((event) => event.kind === 'open');
    await expect(submitter.submitData(parameters)).rejects.toMatchObject({
      context: { failure: { kind: 'TargetNotOpen' } },
    });
    expect(await stranger.fetchSubmissionData({ targetId: target!.id })).toEqual(submission);
    const to = join(folder, 'data');
    await stranger.fetchSubmissionData({ targetId: target!.id, to: fileSink(to) });
    expect(new Uint8Array(await readFile(to))).toEqual(submission);

    await expect(stranger.claimRewards({ targetId: target!.id })).rejects.toMatchObject({
      context: { failure: { kind: 'AuditWindowOpen' } },
    });
    await expect(validator.reportSubmission({ targetId: target!.id })).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
    });
    await network.advanceEpoch();
    await expect(stranger.reportSubmission({ targetId: target!.id })).rejects.toMatchObject({
      context: { failure: { kind: 'NotAValidator' } },
    });
    const targetId = target!.id;
    await expect(validator.undoReportSubmission({ targetId })).rejects.toMatchObject({
      context: { failure: { kind: 'ReportRecordNotFound' } },
    });
    await validator.reportSubmission({ targetId });
    await validator.undoReportSubmission({ targetId });
    await network.advanceEpoch();

    expect((await stranger.getTargets({ claimable: true })).map(({ id }) => id)).toContain(targetId);
    const before = await submitter.getBalance({ address: network.accounts[1]!.address });
    const claimed = await stranger.claimRewards({ targetId });
    const after = await submitter.getBalance({ address: network.accounts[1]!.address });
    const paid = claimed.balanceChanges.find(({ address }) => address === network.accounts[1]!.address);
    expect(after - before).toBe(paid?.amount);
    expect(after - before).toBeGreaterThan(filled.bond);
    await seen((event) => event.kind === 'gone' && event.targetId === targetId);
    const again = await failure(stranger.claimRewards({ targetId }));
    expect(isError(again, 'PREFLIGHT_FAILED') && again.context.failure.kind).toBe('TargetNotFound');

    stop.abort();
    await expect(watching).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('slashes nobody for a report that is taken back, and the owner takes the model down', async () => {
    await validator.reportModel({ modelId });
    await validator.undoReportModel({ modelId });
    await expect(validator.undoReportModel({ modelId })).rejects.toMatchObject({ code: 'PREFLIGHT_FAILED' });
    await expect(stranger.reportModel({ modelId })).rejects.toMatchObject({
      context: { failure: { kind: 'NotAValidator' } },
    });
    await owner.setModelCommissionRate({ modelId, newRate: 500 });
    expect((await owner.getActiveModels())[0]).toMatchObject({ commissionRate: 1_000, nextEpochCommissionRate: 500 });
    await expect(stranger.deactivateModel({ modelId })).rejects.toMatchObject({
      context: { failure: { kind: 'NotModelOwner' } },
    });
    await owner.deactivateModel({ modelId });
    expect(await owner.getActiveModels()).toEqual([]);
  });
});
