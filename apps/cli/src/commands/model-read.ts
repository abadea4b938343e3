import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Manifest, Model } from '@somakit/bcs';
import { invalidArgument, type ObjectId, parseObjectId, SomaKitError } from '@somakit/core';
import { type EpochClock, revealWindow } from '@somakit/protocol/epochs';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { givenWeightKey, type WeightKeyOptions, weightKeyOptions } from '../publish/weight-key.js';
import { percent, short, somaText } from '../soma/format.js';
import { accountOptions, type NetworkOptions, networkOptions, type SomaSession, withSession } from '../soma/session.js';
import { epochText, windowJson } from '../soma/windows.js';
import type { Column } from '../table.js';
import { formatBytes } from '../text.js';

/** A model with its place in the market. */
interface ModelRow {
  readonly modelId: ObjectId;
  readonly model: Model;
  /** Its share when targets choose models, 0 to 1; undefined unless it is active. */
  readonly power: number | undefined;
}

export const readModels = async (
  cli: Cli,
  { client }: SomaSession,
): Promise<{ readonly rows: readonly ModelRow[]; readonly clock: EpochClock }> => {
  const { modelVotingPowers } = await import('@somakit/protocol/targets');
  const { modelRegistry } = await client.getLatestSystemState({ signal: cli.signal });
  const clock = await client.getEpochClock({ signal: cli.signal });
  const all = [...modelRegistry.models];
  const active = all.filter(([, { kind }]) => kind === 'Active');
  const powers = modelVotingPowers(active.map(([, { stakingPool }]) => stakingPool.somaBalance));
  const powerOf = new Map(active.map(([id], i) => [id, powers[i]]));
  const rows = all.map(([modelId, model]) => ({ modelId, model, power: powerOf.get(modelId) }));
  return { rows, clock };
};

const pendingOf = (model: Model) => (model.kind === 'Active' ? model.pendingUpdate : undefined);
const manifestOf = (model: Model): Manifest | undefined => ('manifest' in model ? model.manifest : undefined);

/** The epoch of a commit that waits for its reveal. */
const waitingSince = (model: Model): bigint | undefined =>
  model.kind === 'Pending' ? model.commitEpoch : pendingOf(model)?.commitEpoch;

const manifestJson = (manifest: Manifest | undefined) =>
  manifest === undefined ? null : { url: manifest.url, checksum: manifest.checksum, size: manifest.size };

const modelJson = ({ modelId, model, power }: ModelRow, clock: EpochClock): object => {
  const waiting = waitingSince(model);
  const pending = pendingOf(model);
  return {
    model_id: modelId,
    owner: model.owner,
    status: model.kind.toLowerCase(),
    architecture_version: model.architectureVersion,
    stake: model.stakingPool.somaBalance,
    pending_stake: model.stakingPool.pendingStake,
    selection_power: power ?? null,
    commission_rate: Number(model.commissionRate),
    next_epoch_commission_rate: Number(model.nextEpochCommissionRate),
    manifest: manifestJson(manifestOf(model)),
    decryption_key: model.kind === 'Active' ? model.decryptionKey : null,
    create_epoch: model.kind === 'Created' ? model.createEpoch : null,
    commit_epoch: waiting ?? null,
    reveal: waiting === undefined ? null : windowJson(clock, revealWindow(waiting)),
    has_pending_update: pending !== undefined,
    pending_update: manifestJson(pending?.manifest),
  };
};

const noteOf = ({ model }: ModelRow, clock: EpochClock): string => {
  const waiting = waitingSince(model);
  if (waiting !== undefined) {
    const what = model.kind === 'Pending' ? 'reveal' : 'update, reveal';
    const due = waiting + 1n;
    return `${what} in epoch ${due}${due === clock.epoch ? ' (now)' : due < clock.epoch ? ' (missed)' : ''}`;
  }
  if (model.kind === 'Created') return `commit by epoch ${model.createEpoch + 1n}`;
  return '';
};

const STATUSES = ['created', 'pending', 'active', 'inactive'];

const powerText = (power: number | undefined): string => (power === undefined ? '-' : `${(power * 100).toFixed(2)} %`);

const columns = (clock: EpochClock, own: string | undefined): Column<ModelRow>[] => [
  { title: 'Model', cell: ({ modelId }) => modelId },
  { title: 'Owner', cell: ({ model }) => (model.owner === own ? 'you' : short(model.owner)) },
  { title: 'Status', cell: ({ model }) => model.kind.toLowerCase() },
  { title: 'Stake', cell: ({ model }) => somaText(model.stakingPool.somaBalance), right: true },
  { title: 'Power', cell: ({ power }) => powerText(power), right: true },
  { title: 'Commission', cell: ({ model }) => percent(model.commissionRate), right: true },
  { title: 'Next', cell: (row) => noteOf(row, clock) },
];

const notFound = (modelId: ObjectId): SomaKitError =>
  new SomaKitError('CLI_NOT_FOUND', `There is no model ${modelId}.`, {
    context: { what: modelId },
    hint: 'somakit model list shows all of them.',
  });

/** An address that is known, but not asked for: a list needs none. */
const ownAddress = (session: SomaSession): string | undefined => {
  try {
    return session.address;
  } catch {
    return undefined;
  }
};

const weightsFields = (title: string, manifest: Manifest | undefined): (readonly [string, string])[] =>
  manifest === undefined
    ? []
    : [
        [title, manifest.url],
        ['  Checksum', manifest.checksum],
        ['  Size', `${formatBytes(Number(manifest.size))} (${manifest.size} bytes)`],
      ];

interface ListFlags extends NetworkOptions {
  readonly status?: string;
  readonly owner?: string;
  readonly mine?: boolean;
}

interface DownloadFlags extends NetworkOptions, WeightKeyOptions {
  readonly output?: string;
  readonly decrypt?: boolean;
  readonly pending?: boolean;
  readonly force?: boolean;
  readonly proxy: boolean;
}

/** Whether a file is there already, complete and right. */
const isThere = async (path: string, manifest: Manifest, signal: AbortSignal): Promise<boolean> => {
  if (!existsSync(path)) return false;
  const { hashFile } = await import('@somakit/crypto/node');
  const { checksum, size } = await hashFile(path, { signal });
  return checksum === manifest.checksum && BigInt(size) === manifest.size;
};

const exists = (path: string): SomaKitError =>
  new SomaKitError('FILE_EXISTS', `${path} is there already, and it is another file.`, {
    context: { path },
    hint: 'Give another name with -o, or --force to replace it.',
  });

const downloadModel = async (cli: Cli, session: SomaSession, id: ObjectId, flags: DownloadFlags): Promise<void> => {
  const { out, signal } = cli;
  const { modelRegistry } = await session.client.getLatestSystemState({ signal });
  const model = modelRegistry.models.get(id);
  if (model === undefined) throw notFound(id);
  const manifest = flags.pending ? pendingOf(model)?.manifest : manifestOf(model);
  if (manifest === undefined) {
    throw new SomaKitError('CLI_NOT_FOUND', `The model ${id} has no ${flags.pending ? 'update' : 'weights yet'}.`, {
      context: { what: id },
    });
  }
  const given = await givenWeightKey(cli, flags);
  const key = given ?? (model.kind === 'Active' && !flags.pending ? model.decryptionKey : undefined);
  if (flags.decrypt && key === undefined) {
    throw usageError(
      'The key of these weights is not revealed yet.',
      'Its owner gives it with --decryption-key-file; or leave --decrypt out.',
    );
  }
  const target = flags.output ?? `${id}${flags.decrypt ? '.safetensors' : '.weights'}`;
  const encrypted = flags.decrypt ? `${target}.encrypted` : target;
  let skipped = await isThere(encrypted, manifest, signal);
  if (flags.decrypt && existsSync(target) && !flags.force) throw exists(target);
  if (!skipped && existsSync(encrypted) && !flags.force) throw exists(encrypted);
  if (!skipped) {
    const { fileSink } = await import('@somakit/sdk/node');
    await session.client.fetchModel({
      modelId: id,
      pending: flags.pending,
      to: fileSink(encrypted),
      proxy: flags.proxy,
      signal,
      onProgress: ({ received, size, resumed }) =>
        out.progress(resumed > 0 ? 'downloading the rest' : 'downloading', received, size),
    });
    out.endProgress();
  }
  if (flags.decrypt) {
    const { decryptFile } = await import('@somakit/crypto/node');
    await decryptFile({
      from: encrypted,
      to: target,
      key: key!,
      checksum: manifest.checksum,
      overwrite: flags.force,
      signal,
      onProgress: ({ done, total }) => out.progress('decrypting', done, total),
    });
    out.endProgress();
    await rm(encrypted);
    skipped = false;
  }
  if (out.json) {
    out.object('model.download/1', {
      model_id: id,
      path: target,
      size: manifest.size,
      checksum: manifest.checksum,
      decrypted: flags.decrypt === true,
      skipped,
    });
    return;
  }
  const what = flags.decrypt ? 'decrypted' : key === undefined ? 'encrypted, key not revealed' : 'encrypted';
  out.line(`${target} (${formatBytes(Number(manifest.size))}, ${what}, checksum verified)`);
  if (skipped) out.note('It was there already.');
};

export const buildModelReads = (group: Command, cli: Cli): void => {
  accountOptions(group.command('list'))
    .description('list all models: stake, power, what comes next')
    .option('--status <status>', `only ${STATUSES.join(', ')}`)
    .option('--owner <account>', 'only those of this address or alias')
    .option('--mine', 'only those of the active account')
    .addHelpText(
      'after',
      '\nPower is the share of a model when targets choose models: it goes by the square root of the stake.\n\nExamples:\n  somakit model list --status active\n  somakit model list --mine --json',
    )
    .action(async (flags: ListFlags) => {
      const { status } = flags;
      if (status !== undefined && !STATUSES.includes(status))
        throw invalidArgument('--status', STATUSES.join(', '), status);
      await withSession(cli, flags, {}, async (session) => {
        const owner = flags.mine
          ? session.address
          : flags.owner === undefined
            ? undefined
            : session.resolve(flags.owner);
        const { rows, clock } = await readModels(cli, session);
        const found = rows
          .filter(({ model }) => status === undefined || model.kind.toLowerCase() === status)
          .filter(({ model }) => owner === undefined || model.owner === owner)
          .sort((a, b) => (a.model.stakingPool.somaBalance < b.model.stakingPool.somaBalance ? 1 : -1));
        if (cli.out.json) return found.forEach((row) => void cli.out.object('model/1', modelJson(row, clock)));
        await cli.out.table(columns(clock, ownAddress(session)), found, 'There are no such models.');
      });
    });

  networkOptions(group.command('info'))
    .description('show one model')
    .argument('<model>', 'id of the model')
    .option('--with-embedding', 'show its embedding too')
    .addHelpText('after', '\nExamples:\n  somakit model info 0x…\n  somakit model info 0x… --with-embedding --json')
    .action(async (id: string, flags: NetworkOptions & { withEmbedding?: boolean }) => {
      const modelId = parseObjectId(id);
      await withSession(cli, flags, {}, async (session) => {
        const { rows, clock } = await readModels(cli, session);
        const row = rows.find((each) => each.modelId === modelId);
        if (row === undefined) throw notFound(modelId);
        const { model, power } = row;
        const embedding = 'embedding' in model && flags.withEmbedding ? [...model.embedding.data] : undefined;
        if (cli.out.json) {
          cli.out.object('model/1', { ...modelJson(row, clock), ...(embedding === undefined ? {} : { embedding }) });
          return;
        }
        const waiting = waitingSince(model);
        const pool = model.stakingPool;
        const next = noteOf(row, clock);
        const now = BigInt(Date.now());
        await cli.out.fields([
          ['Model', modelId],
          ['Owner', model.owner === ownAddress(session) ? `${model.owner} (you)` : model.owner],
          ['Status', next === '' ? model.kind.toLowerCase() : `${model.kind.toLowerCase()}, ${next}`],
          ...(waiting === undefined ? [] : ([['Reveal', `due in ${epochText(clock, waiting + 1n, now)}`]] as const)),
          [
            'Stake',
            `${somaText(pool.somaBalance)}${pool.pendingStake > 0n ? `, ${somaText(pool.pendingStake)} from the next epoch on` : ''}`,
          ],
          ['Selection power', powerText(power)],
          [
            'Commission',
            model.commissionRate === model.nextEpochCommissionRate
              ? percent(model.commissionRate)
              : `${percent(model.commissionRate)}, ${percent(model.nextEpochCommissionRate)} from the next epoch on`,
          ],
          ['Architecture', String(model.architectureVersion)],
          ...weightsFields('Weights', manifestOf(model)),
          ...(model.kind === 'Active' ? ([['  Key', model.decryptionKey]] as const) : []),
          ...weightsFields('Update', pendingOf(model)?.manifest),
          ...('embedding' in model ? ([['Embedding', `${model.embedding.data.length} values`]] as const) : []),
          ...(embedding === undefined ? [] : ([['', embedding.join(',')]] as const)),
        ]);
      });
    });

  weightKeyOptions(networkOptions(group.command('download')))
    .description("fetch a model's weights, verified; goes on where it was cut")
    .argument('<model>', 'id of the model')
    .option('-o, --output <file>', 'where to (default: <id>.weights, decrypted <id>.safetensors)')
    .option('--decrypt', 'decrypt them with the revealed key, or with the one that is given')
    .option('--pending', 'the update that is not revealed yet')
    .option('--force', 'replace a file of that name')
    .option('--no-proxy', 'from their URL only, not through the node')
    .addHelpText(
      'after',
      '\nSize and checksum are verified before the file has its name. Running it again goes on with what is there, and does\nnothing when all of it is.\n\nExamples:\n  somakit model download 0x…\n  somakit model download 0x… --decrypt -o model.safetensors',
    )
    .action(async (id: string, flags: DownloadFlags) => {
      const modelId = parseObjectId(id);
      await withSession(cli, flags, {}, (session) => downloadModel(cli, session, modelId, flags));
    });
};
