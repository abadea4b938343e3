import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, toBase58 } from '@somakit/core';
import { blake2b256, encryptWeights, Keypair } from '@somakit/crypto';
import { makeWeights } from '@somakit/demo/weights';
import type { LocalnetOptions } from '@somakit/localnet';
import { createDataServer } from '@somakit/rpc/node';

/** What a data folder remembers beside the chain: where its weights were served when it began. */
interface Remembered {
  readonly dataPort: number;
  readonly models: number;
}

/** Models that are there from the start, with their weights served. */
export interface Market {
  readonly url: string;
  readonly models: NonNullable<LocalnetOptions['models']>;
  close(): Promise<void>;
}

export interface MarketOptions {
  readonly models: number;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly dataDir: string | undefined;
}

const utf8 = new TextEncoder();
const derived = (label: string): Uint8Array => blake2b256(utf8.encode(`somakit-localnet::${label}`));

const remember = async (dataDir: string, made: Remembered): Promise<void> => {
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, 'somakit.json'), `${JSON.stringify(made)}\n`);
};

const recall = async (dataDir: string | undefined): Promise<Remembered | undefined> => {
  if (dataDir === undefined) return undefined;
  try {
    return JSON.parse(await readFile(join(dataDir, 'somakit.json'), 'utf8')) as Remembered;
  } catch {
    return undefined;
  }
};

/**
 * Makes small models and serves their encrypted weights. Everything comes from fixed seeds, so a network that goes on
 * from its folder finds the same files at the same URLs.
 */
export const openMarket = async (options: MarketOptions): Promise<Market> => {
  const before = await recall(options.dataDir);
  const count = before?.models ?? options.models;
  const server = await createDataServer({ host: options.host, port: before?.dataPort ?? options.port });
  try {
    const models = [];
    for (let i = 0; i < count; i++) {
      const decryptionKey = toBase58(derived(`weights-key-${i}`)) as Digest;
      const { encrypted } = encryptWeights(makeWeights(BigInt(i + 1) * 1_000n), decryptionKey);
      const manifest = await server.add(encrypted, { name: `model-${i}.enc` });
      models.push({ owner: Keypair.fromSecretKey(derived(`model-owner-${i}`)).address, manifest, decryptionKey });
    }
    if (options.dataDir !== undefined && before === undefined) {
      await remember(options.dataDir, { dataPort: Number(new URL(server.url).port), models: count });
    }
    return { url: server.url, models, close: server.close };
  } catch (error) {
    await server.close();
    throw error;
  }
};
