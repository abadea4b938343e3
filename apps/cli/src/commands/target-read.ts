import { existsSync } from 'node:fs';
import type { Target } from '@somakit/bcs';
import { invalidArgument, isError, type ObjectId, parseObjectId, SomaKitError } from '@somakit/core';
import type { SomaClient } from '@somakit/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { somaText } from '../soma/format.js';
import { accountOptions, type NetworkOptions, networkOptions, type SomaSession, withSession } from '../soma/session.js';
import { claimOf, manifestJson, plainFloat, rowOfObject, targetJson } from '../soma/target-view.js';
import { epochText } from '../soma/windows.js';
import { formatBytes } from '../text.js';
import { distanceText, distanceTo, ownAddress } from './target-list.js';

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
