import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commitment, encryptWeights } from '@somakit/crypto';
import { type ScoringService, serveScoring } from '@somakit/scoring';
import cases from '@somakit/vectors/scoring/cases.json';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Peer, startPeer } from '../src/peer.js';

const python = findPart('python');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const read = (name: string): Uint8Array => {
  const at = import.meta.resolve('@somakit/vectors/package.json');
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`data/scoring/${name}`, at))));
};

interface Score {
  winner: number;
  loss_score: number[];
  embedding: number[];
  distance: number[];
}

describe.skipIf(python === undefined)('the scoring service with the official Python client at the other end', () => {
  const blobs = new Map<string, Uint8Array>();
  const server = createServer((request, response) => {
    const blob = blobs.get(request.url ?? '');
    response.writeHead(blob === undefined ? 404 : 200).end(blob);
  });
  const folder = mkdtempSync(join(tmpdir(), 'somakit-interop-'));
  let peer: Peer;
  let service: ScoringService;
  let base: string;

  const put = (name: string, bytes: Uint8Array): string => {
    blobs.set(`/${name}`, bytes);
    return `${base}/${name}`;
  };
  const encrypted = new Map<string, { bytes: Uint8Array; key: string }>();
  const manifest = (name: string) => {
    let model = encrypted.get(name);
    if (model === undefined) {
      const { encrypted: bytes, key } = encryptWeights(read(`${name}.safetensors`));
      model = { bytes, key };
      encrypted.set(name, model);
    }
    return {
      url: put(`${name}.enc`, model.bytes),
      checksum: commitment(model.bytes) as string,
      size: model.bytes.length,
      decryption_key: model.key,
    };
  };
  const target = cases.cases.find(({ name }: { name: string }) => name === 'service-hello').target_embedding;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    service = await serveScoring({
      config: 'small',
      device: 'cpu',
      port: 0,
      cacheDir: folder,
      urlPolicy: { allowPrivate: true },
    });
    peer = startPeer(python ?? '', 'scoring_peer');
  });
  afterAll(async () => {
    await peer.stop();
    await service.drain();
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is healthy to the client', async () => {
    expect(await peer.call<boolean>('health', service.url)).toBe(true);
  });

  it.each(['service-hello', 'service-text', 'service-1023', 'service-1025'])(
    'gives the client the recorded score of %s from encrypted weights',
    async (name) => {
      const each = cases.cases.find((one: { name: string }) => one.name === name);
      const data = read(`data/${each.data}.bin`);
      const args = [put(each.data, data), each.models.map(manifest), each.target_embedding];
      const options = { data: hex(data), seed: Number(each.seed) };
      const result = await peer.call<Score>('score', service.url, ...args, options);
      expect(result.winner).toBe(each.score.winner);
      expect(Math.abs(result.loss_score[0]! / each.score.loss_score[0] - 1)).toBeLessThan(1e-5);
      expect(Math.abs(result.distance[0]! - each.score.distance[0])).toBeLessThan(1e-6);
      for (const [i, value] of result.embedding.entries()) {
        expect(Math.abs(value - each.score.embedding[i])).toBeLessThan(1e-5);
      }
    },
  );

  it('takes manifests whose checksum and size the client computes itself', async () => {
    const { url, decryption_key } = manifest('small-a');
    const weights = { url, decryption_key, encrypted_weights: hex(blobs.get(new URL(url).pathname)!) };
    const data = read('data/hello.bin');
    const result = await peer.call<Score>('score', service.url, put('own', data), [weights], target, {
      data: hex(data),
    });
    expect(result.winner).toBe(0);
  });

  it.each([
    ['no models', () => [], {}, 'At least one model manifest is required'],
    [
      'a wrong checksum',
      () => [{ ...manifest('small-b'), checksum: commitment(new Uint8Array([1])) }],
      {},
      'checksum mismatch',
    ],
    [
      'a missing blob',
      () => [{ ...manifest('small-b'), url: `${base}/none`, checksum: commitment(new Uint8Array([2])) }],
      {},
      'HTTP 404 from URL',
    ],
    [
      'a wrong data size',
      () => [manifest('small-b')],
      { data_checksum: commitment(new Uint8Array([3])), data_size: 9 },
      'size mismatch: expected 9 bytes',
    ],
    [
      'a wrong key',
      () => [{ ...manifest('small-b'), decryption_key: manifest('small-c').decryption_key }],
      {},
      'SafeTensor store error',
    ],
    [
      'weights that are cut off',
      () => {
        const bytes = read('small-b.safetensors').subarray(0, -4);
        return [{ url: put('cut', bytes), checksum: commitment(bytes) as string, size: bytes.length }];
      },
      {},
      'SafeTensor store error',
    ],
    [
      'an address that nobody may fetch',
      () => [{ ...manifest('small-b'), url: 'file:///etc/passwd', checksum: commitment(new Uint8Array([4])) }],
      {},
      'may not be fetched',
    ],
  ])('lets the client say what is wrong with %s, and stays alive', async (_, models, options, text) => {
    const data = read('data/hello.bin');
    const given = Object.keys(options).length > 0 ? options : { data: hex(data) };
    const answer = await peer.ask<Score>('score', service.url, put('hello', data), models(), target, given);
    expect(answer).toHaveProperty('error');
    expect((answer as { message: string }).message).toContain(text);
    expect(await peer.call<boolean>('health', service.url)).toBe(true);
  });

  it('answers the client health while it scores for another one', async () => {
    const data = Uint8Array.from({ length: 16_384 }, (_, i) => i * i);
    const models = ['small-a', 'small-b', 'small-c'].map(manifest);
    let scoring = true;
    const other = startPeer(python ?? '', 'scoring_peer');
    const scored = other
      .call<Score>('score', service.url, put('long', data), models, target, { data: hex(data) })
      .finally(() => {
        scoring = false;
      });
    let answered = 0;
    while (scoring) {
      expect(await peer.call<boolean>('health', service.url)).toBe(true);
      if (scoring) answered += 1;
    }
    expect((await scored).winner).toBeGreaterThanOrEqual(0);
    expect(answered).toBeGreaterThan(0);
    await other.stop();
  }, 120_000);
});
