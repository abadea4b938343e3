import { existsSync } from 'node:fs';
import type { Target } from '@somakit/bcs';
import { invalidArgument, isError, type ObjectId, parseObjectId, SomaKitError } from '@somakit/core';
import type { EpochClock } from '@somakit/protocol/epochs';
import type { SomaClient, TargetStatusFilter } from '@somakit/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { histogram } from '../histogram.js';
import { positive } from '../options.js';
import { readFloats } from '../publish/embedding.js';
import { short, somaText } from '../soma/format.js';
import { accountOptions, type NetworkOptions, networkOptions, type SomaSession, withSession } from '../soma/session.js';
import {
  claimOf,
  manifestJson,
  plainFloat,
  rowOfObject,
  rowOfView,
  type TargetRow,
  targetJson,
} from '../soma/target-view.js';
import { epochText } from '../soma/windows.js';
import type { Column } from '../table.js';
import { formatBytes } from '../text.js';

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

const distanceTo = (
  distance: (a: Float32Array, b: Float32Array) => number,
  a: Float32Array | undefined,
  b: Float32Array | undefined,
): number => (a === undefined || b === undefined ? Number.POSITIVE_INFINITY : distance(a, b));

const distanceText = (value: number): string => (Number.isFinite(value) ? value.toFixed(4) : '-');

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

const ownAddress = (session: SomaSession): string | undefined => {
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

/** A target's object. @throws CLI_NOT_FOUND */
export const readTargetObject = async (
  client: SomaClient,
  targetId: ObjectId,
  signal: AbortSignal,
): Promise<Target> => {
  try {
    const { contents } = await client.getObject({ objectId: targetId, signal });
    if (contents.kind === 'Target') return contents;
    throw invalidArgument('target', 'the id of a target', targetId);
  } catch (error) {
    if (!isError(error, 'RPC_NOT_FOUND')) throw error;
    throw new SomaKitError('CLI_NOT_FOUND', `There is no target ${targetId}.`, {
      context: { what: targetId },
      hint: 'A claimed target is deleted; its rewards were paid, whoever claimed it.',
      cause: error,
    });
  }
};

const showTarget = async (
  cli: Cli,
  session: SomaSession,
  targetId: ObjectId,
  { withEmbedding }: { readonly withEmbedding?: boolean },
): Promise<void> => {
  const { out, signal } = cli;
  const { client } = session;
  const [{ cosineDistance }, { claimShares, expiredShares }] = await Promise.all([
    import('@somakit/scoring/core'),
    import('@somakit/protocol/targets'),
  ]);
  const target = await readTargetObject(client, targetId, signal);
  const { parameters, modelRegistry } = await client.getLatestSystemState({ signal });
  const clock = await client.getEpochClock({ signal });
  const row = rowOfObject(targetId, target, clock.epoch);
  const models = target.modelIds.map((modelId) => {
    const model = modelRegistry.models.get(modelId);
    const embedding = model?.kind === 'Active' ? model.embedding.data : undefined;
    const distance = distanceTo(cosineDistance, embedding, target.embedding.data);
    return { modelId, status: model?.kind.toLowerCase() ?? 'gone', distance };
  });
  const shares = claimShares(target.rewardPool, parameters);
  const winner = target.winningDistanceScore?.data[0];
  const loss = target.winningLossScore?.data[0];
  if (out.json) {
    out.object('target/1', {
      ...targetJson(row, clock),
      models: models.map(({ modelId, status, distance }) => ({
        model_id: modelId,
        status,
        distance: Number.isFinite(distance) ? plainFloat(distance) : null,
      })),
      data: manifestJson(target.winningDataManifest),
      winning_distance: winner === undefined || !Number.isFinite(winner) ? null : plainFloat(winner),
      winning_loss: loss === undefined || !Number.isFinite(loss) ? null : plainFloat(loss),
      reports: target.submissionReports,
      ...(withEmbedding ? { embedding: [...target.embedding.data] } : {}),
    });
    return;
  }
  const own = ownAddress(session);
  const who = (address: string | undefined): string =>
    address === undefined ? '-' : address === own ? `${address} (you)` : address;
  const window = claimOf(row);
  const now = BigInt(Date.now());
  const data = target.winningDataManifest;
  const expired = row.status === 'expired';
  await out.fields([
    ['Target', targetId],
    ['Status', row.fillEpoch === undefined ? row.status : `${row.status} in epoch ${row.fillEpoch}`],
    ['Made in epoch', String(row.generationEpoch)],
    ['Threshold', distanceText(row.distanceThreshold)],
    [
      'Reward',
      expired
        ? `${somaText(row.rewardPool)}, of which whoever claims it gets ${somaText(expiredShares(row.rewardPool, parameters).claimer)}`
        : `${somaText(row.rewardPool)}${shares === undefined ? '' : `: submitter ${somaText(shares.submitter)}, model owner ${somaText(shares.modelOwner)}, claimer ${somaText(shares.claimer)}`}`,
    ],
    ...(window === undefined || row.status === 'open'
      ? []
      : ([['Claim', `from ${epochText(clock, window.first, now)} on`]] as const)),
    ...(row.submitter === undefined
      ? []
      : ([
          ['Submitter', who(row.submitter)],
          ['Bond', somaText(row.bond)],
          ['Winning model', `${row.winningModelId} of ${who(row.winningModelOwner)}`],
          ['Winning distance', distanceText(winner ?? Number.NaN)],
          ['Winning loss', distanceText(loss ?? Number.NaN)],
        ] as const)),
    ...(data === undefined
      ? []
      : ([
          ['Data', data.url],
          ['  Checksum', data.checksum],
          ['  Size', formatBytes(Number(data.size))],
        ] as const)),
    ...(target.submissionReports.length === 0
      ? []
      : ([['Reports', `${target.submissionReports.length}: the bond is at risk`]] as const)),
  ]);
  out.line('');
  await out.table(
    [
      { title: 'Model', cell: ({ modelId }) => modelId },
      { title: 'Status', cell: ({ status }) => status },
      { title: 'Its distance', cell: ({ distance }) => distanceText(distance), right: true },
    ],
    models,
    'It has no models.',
  );
  if (withEmbedding) out.line([...target.embedding.data].join(','));
};

interface DownloadFlags extends NetworkOptions {
  readonly output?: string;
  readonly force?: boolean;
  readonly proxy: boolean;
}

const downloadData = async (
  cli: Cli,
  session: SomaSession,
  targetId: ObjectId,
  flags: DownloadFlags,
): Promise<void> => {
  const { out, signal } = cli;
  const { client } = session;
  const { winningDataManifest: manifest } = await readTargetObject(client, targetId, signal);
  if (manifest === undefined) {
    throw new SomaKitError('CLI_NOT_FOUND', `The target ${targetId} is not filled: it has no data.`, {
      context: { what: targetId },
    });
  }
  const path = flags.output ?? `${targetId}.data`;
  let skipped = false;
  if (existsSync(path)) {
    const { hashFile } = await import('@somakit/crypto/node');
    skipped = (await hashFile(path, { signal })).checksum === manifest.checksum;
    if (!skipped && !flags.force) {
      throw new SomaKitError('FILE_EXISTS', `${path} is there already, and it is another file.`, {
        context: { path },
        hint: 'Give another name with -o, or --force to replace it.',
      });
    }
  }
  if (!skipped) {
    const { fileSink } = await import('@somakit/sdk/node');
    await client.fetchSubmissionData({
      targetId,
      to: fileSink(path),
      proxy: flags.proxy,
      signal,
      onProgress: ({ received, size }) => out.progress('downloading', received, size),
    });
    out.endProgress();
  }
  if (out.json) {
    const { checksum, size } = manifest;
    return out.object('target.download/1', { target_id: targetId, path, size, checksum, skipped });
  }
  out.line(`${path} (${formatBytes(Number(manifest.size))}, checksum verified)`);
  if (skipped) out.note('It was there already.');
};

export const targetIdOf = (text: string): ObjectId => parseObjectId(text.startsWith('0x') ? text : `0x${text}`);

export const buildTargetReads = (group: Command, cli: Cli): void => {
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

  accountOptions(group.command('show'))
    .alias('info')
    .description('show one target, with the distances of its models')
    .argument('<target>', 'id of the target')
    .option('--with-embedding', 'show its embedding too')
    .addHelpText('after', '\nExamples:\n  somakit target show 0x…\n  somakit target show 0x… --with-embedding --json')
    .action(async (id: string, flags: NetworkOptions & { withEmbedding?: boolean }) => {
      const targetId = targetIdOf(id);
      await withSession(cli, flags, {}, (session) => showTarget(cli, session, targetId, flags));
    });

  networkOptions(group.command('download'))
    .description('fetch the data that filled a target, verified')
    .argument('<target>', 'id of the target')
    .option('-o, --output <file>', 'where to (default: <id>.data)')
    .option('--force', 'replace a file of that name')
    .option('--no-proxy', 'from its URL only, not through the node')
    .addHelpText('after', '\nExamples:\n  somakit target download 0x… -o winner.bin')
    .action(async (id: string, flags: DownloadFlags) => {
      const targetId = targetIdOf(id);
      await withSession(cli, flags, {}, (session) => downloadData(cli, session, targetId, flags));
    });
};
