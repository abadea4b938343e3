import { invalidArgument, parseObjectId, SomaKitError } from '@somakit/core';
import type { EpochClock } from '@somakit/protocol/epochs';
import type { SomaClient, TargetStatusFilter } from '@somakit/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { histogram } from '../histogram.js';
import { positive } from '../options.js';
import { readFloats } from '../publish/embedding.js';
import { short, somaText } from '../soma/format.js';
import { accountOptions, type NetworkOptions, type SomaSession, withSession } from '../soma/session.js';
import { claimOf, plainFloat, rowOfView, type TargetRow, targetJson } from '../soma/target-view.js';
import type { Column } from '../table.js';

const STATUSES: readonly TargetStatusFilter[] = ['open', 'filled', 'expired', 'claimed', 'claimable'];
const FIELDS = [
  'id',
  'status',
  'generationEpoch',
  'fillEpoch',
  'modelIds',
  'distanceThreshold',
  'rewardPool',
  'bondAmount',
  'submitter',
  'winningModelId',
  'winningModelOwner',
  'dataUrl',
] as const;

export const epochNumber = (text: string): bigint => {
  if (!/^\d{1,20}$/.test(text)) throw new InvalidArgumentError('It must be the number of an epoch.');
  return BigInt(text);
};

export interface Filters {
  readonly status?: TargetStatusFilter | undefined;
  readonly claimable?: boolean | undefined;
  readonly epoch?: bigint | undefined;
  readonly submitter?: string | undefined;
}

/** Targets page by page, to the end or as many as are wanted. */
export async function* walkTargets(
  client: SomaClient,
  epoch: bigint,
  filters: Filters,
  { limit, embeddings = false, signal }: { limit?: number | undefined; embeddings?: boolean; signal: AbortSignal },
): AsyncGenerator<TargetRow> {
  const readMask = embeddings ? ([...FIELDS, 'embedding'] as const) : FIELDS;
  let left = limit ?? Number.POSITIVE_INFINITY;
  let pageToken: string | undefined;
  do {
    const page = await client.listTargets({
      ...filters,
      readMask,
      pageToken,
      limit: Math.min(left, embeddings ? 100 : 1_000),
      signal,
    });
    for (const view of page.targets) {
      if (left-- <= 0) return;
      yield rowOfView(view, epoch);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined && left > 0);
}

/** Distances from targets to something: an embedding, or the nearest of their models. */
type DistanceOf = (row: TargetRow) => number;

const distancesFrom = async (
  { client }: SomaSession,
  from: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly what: string; readonly of: DistanceOf }> => {
  const { cosineDistance } = await import('@somakit/scoring/core');
  const isId = from !== undefined && /^0x[0-9a-f]{1,64}$/i.test(from);
  if (from !== undefined && !isId) {
    const embedding = await readFloats('--distances-from', from);
    const dimension = await client.getEmbeddingDim({ signal });
    if (embedding.length !== dimension)
      throw invalidArgument('--distances-from', `${dimension} values, or the id of a model`, embedding.length);
    return { what: 'the embedding', of: ({ embedding: target }) => distanceTo(cosineDistance, embedding, target) };
  }
  const embeddings = new Map((await client.getActiveModels({ signal })).map((each) => [each.modelId, each.embedding]));
  if (from !== undefined) {
    const modelId = parseObjectId(from);
    const embedding = embeddings.get(modelId);
    if (embedding === undefined) {
      throw new SomaKitError('CLI_NOT_FOUND', `There is no active model ${modelId}.`, { context: { what: modelId } });
    }
    return {
      what: `the model ${short(modelId)}`,
      of: ({ embedding: to }) => distanceTo(cosineDistance, embedding, to),
    };
  }
  return {
    what: 'the nearest of its models',
    of: ({ modelIds, embedding }) =>
      Math.min(...modelIds.map((id) => distanceTo(cosineDistance, embeddings.get(id), embedding))),
  };
};

export const distanceTo = (
  distance: (a: Float32Array, b: Float32Array) => number,
  a: Float32Array | undefined,
  b: Float32Array | undefined,
): number => (a === undefined || b === undefined ? Number.POSITIVE_INFINITY : distance(a, b));

export const distanceText = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : '-');

const columns = (
  clock: EpochClock,
  own: string | undefined,
  distances: { readonly of: DistanceOf } | undefined,
): Column<TargetRow>[] => [
  { title: 'Target', cell: ({ targetId }) => targetId },
  { title: 'Status', cell: ({ status }) => status },
  { title: 'Epoch', cell: ({ generationEpoch }) => String(generationEpoch), right: true },
  { title: 'Models', cell: ({ modelIds }) => String(modelIds.length), right: true },
  { title: 'Threshold', cell: ({ distanceThreshold }) => distanceText(distanceThreshold), right: true },
  ...(distances === undefined
    ? []
    : [{ title: 'Distance', cell: (row: TargetRow) => distanceText(distances.of(row)), right: true }]),
  { title: 'Reward', cell: ({ rewardPool }) => somaText(rewardPool), right: true },
  {
    title: 'Submitter',
    cell: ({ submitter }) => (submitter === undefined ? '-' : submitter === own ? 'you' : short(submitter)),
  },
  {
    title: 'Claim',
    cell: (row) => {
      const window = claimOf(row);
      if (window === undefined || row.status === 'open') return '-';
      return clock.epoch >= window.first ? 'now' : `epoch ${window.first}`;
    },
  },
];

export const ownAddress = (session: SomaSession): string | undefined => {
  try {
    return session.address;
  } catch {
    return undefined;
  }
};

interface ListFlags extends NetworkOptions {
  readonly status?: TargetStatusFilter;
  readonly claimable?: boolean;
  readonly epoch?: bigint;
  readonly submitter?: string;
  readonly mine?: boolean;
  readonly limit: number;
  readonly all?: boolean;
  readonly distances?: boolean;
  readonly distancesFrom?: string;
}

const listTargets = async (cli: Cli, session: SomaSession, flags: ListFlags): Promise<void> => {
  const { out, signal } = cli;
  const { client } = session;
  const { status, claimable, epoch, all = false } = flags;
  if (status !== undefined && !STATUSES.includes(status))
    throw invalidArgument('--status', STATUSES.join(', '), status);
  const submitter = flags.mine
    ? session.address
    : flags.submitter === undefined
      ? undefined
      : session.resolve(flags.submitter);
  const clock = await client.getEpochClock({ signal });
  const distances =
    flags.distances || flags.distancesFrom !== undefined
      ? await distancesFrom(session, flags.distancesFrom, signal)
      : undefined;
  const filters = { status, claimable, epoch, submitter };
  // One more than shown, to say that there are more.
  const limit = all ? undefined : flags.limit + 1;
  const rows: TargetRow[] = [];
  let count = 0;
  for await (const row of walkTargets(client, clock.epoch, filters, {
    limit,
    embeddings: distances !== undefined,
    signal,
  })) {
    if (++count === limit) break;
    if (out.json) {
      const distance = distances?.of(row) ?? Number.NaN;
      out.object('target/1', {
        ...targetJson(row, clock),
        ...(distances === undefined ? {} : { distance: Number.isFinite(distance) ? plainFloat(distance) : null }),
      });
    } else rows.push(row);
  }
  if (!out.json) {
    await out.table(columns(clock, ownAddress(session), distances), rows, 'There are no such targets.');
    if (distances !== undefined && rows.length > 0) {
      const lines = histogram(rows.map(distances.of));
      const within = rows.filter((row) => distances.of(row) <= row.distanceThreshold).length;
      out.line('');
      out.line(out.bold(`Distance to ${distances.what}`));
      for (const line of lines) out.line(line);
      out.line(`${within} of ${rows.length} within their threshold`);
    }
  }
  if (count === limit) out.note(`There are more: --limit, --all.`);
};

export const buildTargetList = (group: Command, cli: Cli): void => {
  accountOptions(group.command('list'))
    .description('list targets, all pages of them')
    .option('-s, --status <status>', `${STATUSES.join(', ')} (default: open)`)
    .option('--claimable', 'those whose reward may be claimed now')
    .option('-e, --epoch <n>', 'made in this epoch', epochNumber)
    .option('--submitter <account>', 'filled by this address or alias')
    .option('--mine', 'filled by the active account')
    .option('--limit <n>', 'how many', positive, 100)
    .option('--all', 'all of them')
    .option('--distances', 'show how far each is from the nearest of its models')
    .option('--distances-from <what>', 'from a model (its id) or from an embedding (-0.1,0.2,... or a file) instead')
    .addHelpText(
      'after',
      '\nExamples:\n  somakit target list --distances\n  somakit target list --distances-from embedding.npy --all\n  somakit target list --mine --status filled\n  somakit target list --claimable --all --json',
    )
    .action(async (flags: ListFlags) => {
      await withSession(cli, flags, {}, (session) => listTargets(cli, session, flags));
    });
};
