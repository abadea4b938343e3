import { SomaKitError } from '@somakit/core';
import type { Checkpoint, DeletionFilters } from '@somakit/tinker';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { confirmWrite, type WriteOptions } from '../confirm.js';
import { usageError } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import { count, days, dryRunOption, seconds, yesOption } from '../options.js';
import type { Column } from '../table.js';
import { formatBytes, relativeTime } from '../text.js';
import { calling, collect, connect, paging, showProgress, type WalkFlags, walkOf, yesNo } from './tinker-client.js';
import { buildPush } from './tinker-push.js';

const sizeOf = ({ sizeBytes }: Checkpoint): string => (sizeBytes === null ? '-' : formatBytes(sizeBytes));

const columns: readonly Column<Checkpoint>[] = [
  { title: 'Checkpoint', cell: ({ checkpointId }) => checkpointId },
  { title: 'Type', cell: ({ checkpointType }) => checkpointType },
  { title: 'Size', cell: sizeOf, right: true },
  { title: 'Public', cell: (checkpoint) => yesNo(checkpoint.public) },
  { title: 'Created', cell: ({ time }) => relativeTime(time.date) },
  { title: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? 'never' : relativeTime(expiresAt.date)) },
  { title: 'Path', cell: ({ tinkerPath }) => tinkerPath },
];

export const checkpointFields = (checkpoint: Checkpoint, indent = ''): readonly (readonly [string, string])[] => [
  [`${indent}Type`, checkpoint.checkpointType],
  [`${indent}Size`, sizeOf(checkpoint)],
  [`${indent}Public`, yesNo(checkpoint.public)],
  [`${indent}Created`, `${checkpoint.time.text} (${relativeTime(checkpoint.time.date)})`],
  [
    `${indent}Expires`,
    checkpoint.expiresAt === null
      ? 'never'
      : `${checkpoint.expiresAt.text} (${relativeTime(checkpoint.expiresAt.date)})`,
  ],
];

interface DeleteFlags extends WriteOptions {
  readonly run?: string;
  readonly kind?: string;
  readonly before?: string;
  readonly after?: string;
  readonly olderThan?: number;
  readonly keepLast?: number;
  readonly keepPublic?: boolean;
}

const KINDS = ['weights', 'sampler_weights', 'external_weights'] as const;

const kindOf = (kind: string | undefined): (typeof KINDS)[number] | undefined => {
  const known = KINDS.find((each) => each === kind);
  if (kind !== undefined && known === undefined) throw usageError(`--kind must be one of ${KINDS.join(', ')}.`);
  return known;
};

const filtersOf = (flags: DeleteFlags): DeletionFilters | undefined => {
  const filters: DeletionFilters = {
    trainingRunId: flags.run,
    kind: kindOf(flags.kind),
    before: flags.before,
    after: flags.after,
    olderThanDays: flags.olderThan,
    keepLast: flags.keepLast,
    keepPublic: flags.keepPublic,
  };
  const given = [flags.run, flags.kind, flags.before, flags.after, flags.olderThan, flags.keepLast];
  return given.some((each) => each !== undefined) ? filters : undefined;
};

export const buildCheckpoints = (group: Command, cli: Cli): void => {
  paging(group.command('checkpoints'))
    .description('list checkpoints of the account, or of one run')
    .argument('[run]', 'id of a training run')
    .option('--run <id>', 'the same')
    .action(async (run: string | undefined, flags: WalkFlags & { run?: string }, command: Command) => {
      const { rest, lib } = await connect(cli, command);
      const trainingRunId = run ?? flags.run;
      const call = calling(cli, command);
      const { all, walk, page } = walkOf(flags);
      let checkpoints: readonly Checkpoint[];
      let more = 0;
      if (trainingRunId !== undefined) {
        checkpoints = (await rest.listCheckpoints({ trainingRunId, ...call })).checkpoints;
        const from = checkpoints.slice(flags.offset ?? 0);
        checkpoints = flags.limit === undefined ? from : from.slice(0, flags.limit);
      } else if (all) checkpoints = await collect(rest.iterateUserCheckpoints({ ...call, ...walk }));
      else {
        const answer = await rest.listUserCheckpoints({ ...call, ...page });
        checkpoints = answer.checkpoints;
        more = (answer.cursor?.totalCount ?? 0) - page.offset - checkpoints.length;
      }
      if (cli.out.json) {
        return checkpoints.forEach(
          (each) => void cli.out.object('tinker.checkpoint/1', lib.Checkpoint.toJson(each) as object),
        );
      }
      await cli.out.table(columns, checkpoints, 'There are no checkpoints.');
      if (more > 0) cli.out.note(`${more} more: --limit, --offset, --all.`);
    });

  const checkpoint = group.command('checkpoint').description('one checkpoint, or many by their age and run');
  checkpoint.usage('<command> [options]');

  checkpoint
    .command('info')
    .description('show a checkpoint of your own')
    .argument('<path>', 'tinker://<run>/<kind>/<name>')
    .action(async (tinkerPath: string, _: object, command: Command) => {
      const { rest, lib } = await connect(cli, command);
      const call = calling(cli, command);
      const { trainingRunId } = lib.parseTinkerPath(tinkerPath);
      const { checkpoints } = await rest.listCheckpoints({ trainingRunId, ...call });
      const found = checkpoints.find((each) => each.tinkerPath === tinkerPath);
      if (found === undefined) {
        throw new SomaKitError('CLI_NOT_FOUND', `The run ${trainingRunId} has no checkpoint ${tinkerPath}.`, {
          context: { what: tinkerPath },
          hint: `somakit tinker checkpoints ${trainingRunId} lists them.`,
        });
      }
      const run = await rest.getTrainingRun({ trainingRunId, ...call });
      if (cli.out.json) {
        const shape = lib.Checkpoint.toJson(found) as object;
        return cli.out.object('tinker.checkpoint/1', { ...shape, is_lora: run.isLora, lora_rank: run.loraRank });
      }
      await cli.out.fields([
        ['Checkpoint', found.checkpointId],
        ['Path', found.tinkerPath],
        ...checkpointFields(found),
        ['Base model', run.baseModel],
        ['LoRA', run.isLora ? `rank ${run.loraRank ?? '?'}` : 'no'],
        ...Object.entries(found.userMetadata ?? {}).map(([name, value]) => [`  ${name}`, value] as const),
      ]);
    });

  checkpoint
    .command('download')
    .description('download a checkpoint; what was cut off goes on where it ended')
    .argument('<path>', 'tinker://<run>/<kind>/<name>')
    .option('-o, --output <folder>', 'the folder to make (default: a name made of the path)')
    .option('--force', 'replace the folder when it exists')
    .option('--via <way>', 'archive, or files: one by one')
    .action(async (tinkerPath: string, flags: { output?: string; force?: boolean; via?: string }, command: Command) => {
      const { client } = await connect(cli, command);
      const { downloadCheckpoint } = await import('@somakit/tinker/node');
      const done = await downloadCheckpoint({
        client,
        tinkerPath,
        to: flags.output,
        force: flags.force,
        via: flags.via as 'archive' | undefined,
        signal: cli.signal,
        onProgress: showProgress(cli),
        onWait: ({ delayMs }) =>
          cli.out.note(`The server builds the archive; the next look in ${Math.ceil(delayMs / 1000)} s.`),
      });
      cli.out.endProgress();
      if (!done.complete && done.via === 'archive') cli.out.note('The archive has no mark of a finished checkpoint.');
      if (cli.out.json) {
        return cli.out.object('tinker.download/1', {
          checkpoint_path: tinkerPath,
          destination: done.directory,
          via: done.via,
          total_bytes: done.totalBytes,
          archive_bytes: done.archiveBytes,
          complete: done.complete,
          files: done.files,
        });
      }
      await cli.out.table(
        [
          { title: 'File', cell: ({ path }) => path },
          { title: 'Size', cell: ({ size }) => formatBytes(size), right: true },
        ],
        done.files,
        'No files.',
      );
      cli.out.line(`In ${done.directory}, ${formatBytes(done.totalBytes)}.`);
    });

  const change = (name: string, description: string, action: string, said: string) =>
    yesOption(dryRunOption(checkpoint.command(name)))
      .description(description)
      .argument('<path>', 'tinker://<run>/<kind>/<name>')
      .action(async (tinkerPath: string, flags: WriteOptions, command: Command) => {
        const { rest, lib } = await connect(cli, command);
        lib.parseTinkerPath(tinkerPath);
        const may = await confirmWrite(cli, flags, {
          action: `tinker.checkpoint.${name}`,
          lines: [`${action} ${tinkerPath}.`],
          question: 'Go on?',
          plan: { tinker_path: tinkerPath },
        });
        if (!may) return;
        const call = { tinkerPath, ...calling(cli, command) };
        if (name === 'publish') await rest.publishCheckpointFromTinkerPath(call);
        else await rest.unpublishCheckpointFromTinkerPath(call);
        if (cli.out.json) cli.out.object('tinker.change/1', { tinker_path: tinkerPath, public: name === 'publish' });
        else cli.out.line(`${tinkerPath} ${said}.`);
      });
  change('publish', 'let everybody read a checkpoint', 'Lets everybody read', 'is public');
  change('unpublish', 'make a public checkpoint private again', 'Makes private', 'is private');

  yesOption(dryRunOption(checkpoint.command('ttl')))
    .alias('set-ttl')
    .description('say how long a checkpoint lives on, counted from now')
    .argument('<path>', 'tinker://<run>/<kind>/<name>')
    .option('--ttl <span>', 'seconds, or a span such as 12h or 30d; at least one hour', seconds)
    .option('--remove', 'keep it for ever')
    .action(async (tinkerPath: string, flags: WriteOptions & { ttl?: number; remove?: boolean }, command: Command) => {
      if ((flags.ttl === undefined) === !flags.remove) throw usageError('Give one of --ttl and --remove.');
      const { rest, lib } = await connect(cli, command);
      lib.parseTinkerPath(tinkerPath);
      const ttlSeconds = flags.ttl ?? null;
      const ends = ttlSeconds === null ? undefined : new Date(Date.now() + ttlSeconds * 1000);
      const fate = ends === undefined ? 'is kept for ever' : `is deleted ${relativeTime(ends)}`;
      const may = await confirmWrite(cli, flags, {
        action: 'tinker.checkpoint.ttl',
        lines: [`${tinkerPath} ${fate}.`],
        question: 'Go on?',
        plan: { tinker_path: tinkerPath, ttl_seconds: ttlSeconds },
      });
      if (!may) return;
      await rest.setCheckpointTtlFromTinkerPath({ tinkerPath, ttlSeconds, ...calling(cli, command) });
      if (cli.out.json) cli.out.object('tinker.change/1', { tinker_path: tinkerPath, ttl_seconds: ttlSeconds });
      else cli.out.line(`${tinkerPath} ${fate}.`);
    });

  yesOption(dryRunOption(checkpoint.command('delete')))
    .description('delete checkpoints for ever: those named, or those of a run or an age')
    .argument('[paths...]', 'tinker://<run>/<kind>/<name>')
    .option('--run <id>', 'of this training run (without it: of the whole account)')
    .option('--kind <kind>', 'weights, sampler_weights or external_weights')
    .option('--before <time>', 'made before this time (no zone: UTC)')
    .option('--after <time>', 'made after this time')
    .option('--older-than <span>', 'made longer ago: 30d, 12h; a bare number counts days', days)
    .option('--keep-last <n>', 'keep the newest so many of each run, however old', count)
    .option('--keep-public', 'keep public ones: others may be using them')
    .addHelpText(
      'after',
      '\nExample:\n  somakit tinker checkpoint delete --run RUN --older-than 30d --keep-last 3 --dry-run',
    )
    .action(async (paths: string[], flags: DeleteFlags, command: Command) => {
      const filters = filtersOf(flags);
      if (paths.length > 0 === (filters !== undefined)) {
        throw usageError('Name checkpoints, or say which by --run, --older-than, --keep-last, ...: one of the two.');
      }
      const { client, lib } = await connect(cli, command);
      for (const path of paths) lib.parseTinkerPath(path);
      const call = calling(cli, command);
      const plan = filters === undefined ? undefined : await lib.planCheckpointDeletion({ client, filters, ...call });
      const remove = plan === undefined ? [...new Set(paths)] : plan.remove.map(({ tinkerPath }) => tinkerPath);
      const kept = plan === undefined ? '' : `, keeps ${plan.keep.length}`;
      const size =
        plan === undefined ? '' : ` of ${formatBytes(plan.removedBytes)}${plan.unknownSizes > 0 ? ' or more' : ''}`;
      if (remove.length === 0 && !flags.dryRun) {
        if (cli.out.json) cli.out.object('tinker.deletion/1', { deleted_count: 0, deleted: [], failed: [] });
        else cli.out.line('No checkpoint is meant: nothing to delete.');
        return;
      }
      const lines =
        plan === undefined
          ? remove.map((path) => `  ${path}`)
          : plan.remove.map((each) => `  ${each.tinkerPath}  ${relativeTime(each.time.date)}`);
      const may = await confirmWrite(cli, flags, {
        action: 'tinker.checkpoint.delete',
        lines: [...lines, `Deletes ${remove.length} checkpoints${size} for ever${kept}.`],
        question: `Delete ${remove.length} checkpoints?`,
        plan: {
          remove,
          ...(plan === undefined
            ? {}
            : { keep: plan.keep.map((each) => each.tinkerPath), removed_bytes: plan.removedBytes }),
        },
      });
      if (!may) return;
      const { deleted, failed } = await lib.deleteCheckpoints({ client, checkpoints: remove, ...call });
      if (failed.length > 0) cli.exitWith(EXIT.refused);
      if (cli.out.json) {
        return cli.out.object('tinker.deletion/1', {
          deleted_count: deleted.length,
          deleted,
          failed: failed.map(({ tinkerPath, error }) => ({ tinker_path: tinkerPath, error: error.toJSON() })),
        });
      }
      cli.out.line(`Deleted ${deleted.length} checkpoints.`);
      for (const { tinkerPath, error } of failed)
        cli.out.note(`not deleted: ${tinkerPath}: ${error.message} (${error.code})`);
    });

  buildPush(checkpoint, cli);
};
