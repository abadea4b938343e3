import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  GasRequest,
  GasResponse,
  HealthResponse,
  ScoreRequest,
  ScoreResponse,
  TransactionData,
  type TransactionKind,
} from '@somakit/bcs';
import { type Digest, fromBase64, toBase64 } from '@somakit/core';
import { commitment, Keypair } from '@somakit/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Localnet, type LocalnetScorer, startLocalnet } from '../src/index.js';
import { openRaw } from './support/raw-call.js';

const files = new Map([['/weights', new TextEncoder().encode('encrypted weights')]]);
const host = createServer((request, response) => {
  const file = files.get(request.url ?? '');
  response.writeHead(file === undefined ? 404 : 200).end(file);
});
const owner = Keypair.generate();
const key = '1'.repeat(32) as Digest;
let network: Localnet;
let faucet: ReturnType<typeof openRaw>;
let scoring: ReturnType<typeof openRaw>;
let base = '';
const asked: Parameters<LocalnetScorer['score']>[0][] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const weights = files.get('/weights')!;
  const manifest = (url: string) => ({ url, checksum: commitment(weights), size: BigInt(weights.length) });
  network = await startLocalnet({
    ports: 'free',
    smallModel: true,
    models: [`${base}/weights`, `${base}/gone`].map((url) => ({
      owner: owner.address,
      manifest: manifest(url),
      decryptionKey: key,
    })),
    scorer: {
      score: async (request) => {
        asked.push(request);
        return {
          winner: 1,
          lossScore: Float32Array.of(0.5),
          embedding: request.targetEmbedding,
          distance: Float32Array.of(0.25),
        };
      },
    },
  });
  faucet = openRaw(network.faucetUrl);
  scoring = openRaw(network.scoringUrl);
});
afterAll(async () => {
  faucet?.close();
  scoring?.close();
  await network?.stop();
  host.close();
});

describe('the proxy', () => {
  it.each([
    ['/model/12', 400, 'Invalid resource ID: 12'],
    [`/model/0X${'ab'.repeat(32)}`, 400, `Invalid resource ID: 0X${'ab'.repeat(32)}`],
    [`/model/0x${'AB'.repeat(32)}`, 404, `Model not found or not active: 0x${'ab'.repeat(32)}`],
    [`/data/${'cd'.repeat(32)}`, 404, `Target not found or not filled: 0x${'cd'.repeat(32)}`],
    ['/model/', 404, 'not found'],
  ])('answers %s with %i', async (path, status, body) => {
    const response = await fetch(network.rpcUrl + path);
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  it('takes GET and HEAD only', async () => {
    const response = await fetch(`${network.rpcUrl}/model/${network.modelIds[0]}`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET,HEAD']);
  });

  it('says when a published file is gone', async () => {
    const response = await fetch(`${network.rpcUrl}/model/${network.modelIds[1]}`);
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^Download failed: /);
  });

  it('passes weights on as they were published, to pages of every origin', async () => {
    const response = await fetch(`${network.rpcUrl}/model/${network.modelIds[0]}`);
    expect(await response.text()).toBe('encrypted weights');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const head = await fetch(`${network.rpcUrl}/model/${network.modelIds[0]}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '17', '']);
  });
});

describe('the faucet', () => {
  const request = (recipient: string) =>
    faucet.call('/faucet.Faucet/RequestGas', toBase64(GasRequest.encode({ recipient })));

  it.each(['', '0Xab', 'ab', `0x${'a'.repeat(65)}`, ' 0xab'])('refuses the address "%s"', async (recipient) => {
    expect(await request(recipient)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'Invalid address: Unable to parse AccountAddress (must be hex string of length 32)',
    });
  });

  it('pays everybody who asks at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => request('0xb0b')));
    const paid = answers.map((answer) => {
      if (!('reply' in answer)) throw new TypeError(answer.message);
      return GasResponse.decode(fromBase64(answer.reply));
    });
    expect(new Set(paid.map(({ coinsSent }) => coinsSent[0]!.id)).size).toBe(20);
    expect(paid[0]).toMatchObject({ status: 'Success', coinsSent: [{ amount: 2_000_000_000n }] });
    expect([...network.ledger.listObjects({ owner: `0x${'b0b'.padStart(64, '0')}` as never })]).toHaveLength(20);
  });

  it('says when it has too little', async () => {
    await expect(network.fund(owner.address, 10_000_000n * 1_000_000_000n)).rejects.toThrow(/The faucet has/);
  });
});

describe('the scoring port', () => {
  const file = { url: 'http://127.0.0.1:9/d', checksum: key as string, size: 3n };
  const body = (decryptionKey?: string) =>
    toBase64(
      ScoreRequest.encode({
        dataUrl: file.url,
        dataChecksum: file.checksum,
        dataSize: file.size,
        modelManifests: [{ ...file, decryptionKey }],
        targetEmbedding: Float32Array.of(1, 2),
        seed: 7n,
      }),
    );

  it('without a scorer says so, and why', async () => {
    const other = await startLocalnet({ ports: 'free', smallModel: true, accounts: 1 });
    const raw = openRaw(other.scoringUrl);
    const health = await raw.call('/scoring.Scoring/Health', '');
    const score = await raw.call('/scoring.Scoring/Score', body());
    raw.close();
    await other.stop();
    expect('reply' in health && HealthResponse.decode(fromBase64(health.reply))).toEqual({ ok: false });
    expect(score).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('startLocalnet({ scorer })') });
  });

  it('refuses a key that is none', async () => {
    expect(await scoring.call('/scoring.Scoring/Score', body('0OIl'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await scoring.call('/scoring.Scoring/Score', body('11'))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'Decryption key must be 32 bytes, got 2',
    });
  });

  it('asks the scorer and gives its answer', async () => {
    const answer = await scoring.call('/scoring.Scoring/Score', body(key));
    if (!('reply' in answer)) throw new TypeError(answer.message);
    expect(ScoreResponse.decode(fromBase64(answer.reply))).toEqual({
      winner: 1n,
      lossScore: Float32Array.of(0.5),
      embedding: Float32Array.of(1, 2),
      distance: Float32Array.of(0.25),
    });
    expect(asked.at(-1)).toMatchObject({ data: file, models: [{ ...file, decryptionKey: key }], seed: 7n });
  });
});

describe('an unknown method of a side service', () => {
  it('is unimplemented, not missing', async () => {
    expect(await faucet.call('/faucet.Faucet/Nope', '')).toMatchObject({ code: 'UNIMPLEMENTED' });
    expect(await faucet.call('/gas', '')).toMatchObject({ code: 'UNIMPLEMENTED' });
  });
});

describe('system transactions of users', () => {
  it('are refused', async () => {
    const [alice] = network.accounts;
    const kind: TransactionKind = {
      kind: 'ChangeEpoch',
      epoch: 1n,
      epochStartTimestampMs: 0n,
      protocolVersion: 5n,
      fees: 0n,
      epochRandomness: new Uint8Array(32),
    };
    const bytes = TransactionData.encode({ kind, sender: alice!.address, gasPayment: [] });
    const signatures = [alice!.signTransaction(bytes)];
    await expect(network.execute({ bytes, signatures })).rejects.toThrow(/users may not send system transactions/);
  });
});
