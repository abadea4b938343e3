import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { invalidArgument, SomaKitError } from '@somakit/core';
import { generateWeightKey } from '@somakit/crypto';
import { hashFile } from '@somakit/crypto/node';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import type { SomaSession } from '../soma/session.js';
import { readFloats } from './embedding.js';
import type { PublishRecord, PublishSecrets } from './record.js';
import { requiredWeightKey, type WeightKeyOptions } from './weight-key.js';

/** What a new publication is made of. */
export interface BeginFlags extends WeightKeyOptions {
  readonly weights?: string;
  readonly encrypt?: string | boolean;
  readonly url?: string;
  readonly serve?: string;
  readonly publicUrl?: string;
  readonly embedding?: string;
  readonly embeddingFrom?: string;
  readonly check: boolean;
}

export interface Beginning {
  readonly record: Omit<PublishRecord, 'id' | 'createdAt' | 'updatedAt' | 'transactions'>;
  readonly secrets: PublishSecrets;
}

/** Host and port of --serve. @throws INVALID_ARGUMENT */
export const serveAt = (text: string): { readonly host: string; readonly port: number } => {
  const [, host = '', port = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const number = Number(port);
  if (host === '' || number < 1 || number > 65_535) {
    throw invalidArgument('--serve', 'HOST:PORT, a port that stays the same', text, 'For example 0.0.0.0:8080.');
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: number };
};

/** The URL under which this program serves the weights: the same after every restart. */
export const servedUrl = (serve: string, publicUrl: string | undefined, checksum: string): string => {
  const { host, port } = serveAt(serve);
  const origin = publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return `${origin.replace(/\/+$/, '')}/${checksum}`;
};

const hostingOf = ({ url, serve, publicUrl }: BeginFlags) => {
  if ((url === undefined) === (serve === undefined)) {
    throw usageError('Say where the weights will be: --url, or --serve HOST:PORT.');
  }
  for (const [name, value] of Object.entries({ '--url': url, '--public-url': publicUrl })) {
    if (value !== undefined && !/^https?:/.test(URL.canParse(value) ? new URL(value).protocol : ''))
      throw invalidArgument(name, 'an http: or https: URL', value);
  }
  if (serve === undefined) return { url, serve: undefined };
  const { host } = serveAt(serve);
  if (publicUrl === undefined && /^(0\.0\.0\.0|::|)$/.test(host)) {
    throw usageError(
      `Nobody can fetch from ${host}.`,
      'Say under which name others reach this machine: --public-url http://models.example:8080.',
    );
  }
  return { url: undefined, serve };
};

/** An embedding that the model itself gives sample data. */
const computeEmbedding = async (
  cli: Cli,
  model: { readonly path: string; readonly decryptionKey?: string | undefined },
  data: string,
  dimension: number,
): Promise<Float32Array> => {
  const { createScorer } = await import('@somakit/scoring');
  const config = dimension === 16 ? 'small' : 'v1';
  cli.out.note(`Computing the embedding of ${data} with the model (${config}).`);
  const scorer = await createScorer({ config });
  try {
    return await scorer.embed({ data: { path: data }, model, signal: cli.signal });
  } finally {
    await scorer.close();
  }
};

const embeddingOf = async (
  cli: Cli,
  session: SomaSession,
  { embedding, embeddingFrom }: BeginFlags,
  model: { readonly path: string; readonly decryptionKey?: string | undefined },
): Promise<Float32Array> => {
  if ((embedding === undefined) === (embeddingFrom === undefined)) {
    throw usageError('Give the embedding: --embedding VALUES or FILE, or --embedding-from DATA to have it computed.');
  }
  const dimension = await session.client.getEmbeddingDim({ signal: cli.signal });
  const values =
    embedding === undefined
      ? await computeEmbedding(cli, model, embeddingFrom!, dimension)
      : await readFloats('--embedding', embedding);
  if (values.length === dimension) return values;
  throw invalidArgument('--embedding', `${dimension} values, as the targets of this network have`, values.length);
};

const plannedFile = (weights: string, encrypt: string | boolean | undefined): string =>
  resolve(typeof encrypt === 'string' ? encrypt : encrypt ? `${weights}.enc` : weights);

/**
 * Looks at everything that a publication needs, before anything is written or sent. Weights that are encrypted already are
 * hashed; others get their key, and are encrypted once the journal has it.
 */
export const beginPublication = async (
  cli: Cli,
  session: SomaSession,
  flags: BeginFlags,
  more: Pick<PublishRecord, 'kind' | 'modelId' | 'stakeAmount' | 'commissionRate'>,
): Promise<Beginning> => {
  const { out, signal } = cli;
  const { weights, encrypt, publicUrl, check } = flags;
  if (weights === undefined) throw usageError('Give the weights: --weights FILE.');
  const hosting = hostingOf(flags);
  const file = plannedFile(weights, encrypt);
  if (encrypt && existsSync(file)) {
    throw new SomaKitError('FILE_EXISTS', `${file} is there already.`, {
      context: { path: file },
      hint: `Give another name: --encrypt NAME. Is it of a publication that stopped? Then go on with --resume.`,
    });
  }
  if (encrypt && [flags.decryptionKey, flags.decryptionKeyFile, flags.decryptionKeyCommand].some(Boolean)) {
    throw usageError('With --encrypt the key is a new one.', 'A key must never meet two files.');
  }
  const key = encrypt ? generateWeightKey() : await requiredWeightKey(cli, flags);
  const hashed = await hashFile(encrypt ? weights : file, {
    signal,
    onProgress: ({ done, total }) => out.progress('hashing', done, total),
  });
  out.endProgress();
  const embedding = await embeddingOf(cli, session, flags, {
    path: resolve(weights),
    ...(encrypt ? {} : { decryptionKey: key }),
  });
  const chainId = await session.client.getChainId({ signal });
  const { serve } = hosting;
  return {
    record: {
      ...more,
      state: encrypt ? 'encrypting' : 'prepared',
      chainId,
      environment: session.environment.alias,
      rpc: session.environment.rpc,
      address: session.address,
      plainFile: encrypt ? resolve(weights) : undefined,
      file,
      checksum: encrypt ? undefined : hashed.checksum,
      size: encrypt ? undefined : BigInt(hashed.size),
      url: serve === undefined ? hosting.url : encrypt ? undefined : servedUrl(serve, publicUrl, hashed.checksum),
      serve,
      publicUrl: serve === undefined ? undefined : publicUrl,
      check,
    },
    secrets: { key, embedding },
  };
};
