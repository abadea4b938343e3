import { invalidArgument } from '@somakit/core';
import type { AuditEventType, TrainingRun } from '@somakit/tinker';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { addExamples } from '../examples.js';
import { count, positive } from '../options.js';
import type { Column } from '../table.js';
import { oneLine, relativeTime } from '../text.js';
import { buildCheckpoints, checkpointFields } from './tinker-checkpoints.js';
import {
  calling,
  collect,
  connect,
  paging,
  type ScopeFlags,
  scopeOf,
  type WalkFlags,
  walkOf,
  yesNo,
} from './tinker-client.js';

const loraOf = ({ isLora, loraRank }: TrainingRun): string =>
  isLora ? (loraRank === null ? 'yes' : `rank ${loraRank}`) : 'no';

const statusOf = ({ corrupted }: TrainingRun): string => (corrupted ? 'failed' : 'ok');

const runColumns: Readonly<Record<string, Column<TrainingRun>>> = {
  id: { title: 'Run', cell: ({ trainingRunId }) => trainingRunId },
  model: { title: 'Base model', cell: ({ baseModel }) => baseModel },
  owner: { title: 'Owner', cell: ({ modelOwner }) => modelOwner },
  lora: { title: 'LoRA', cell: loraOf },
  updated: { title: 'Last update', cell: ({ lastRequestTime }) => relativeTime(lastRequestTime.date) },
  status: { title: 'Status', cell: statusOf },
  checkpoint: { title: 'Last checkpoint', cell: ({ lastCheckpoint }) => lastCheckpoint?.checkpointId ?? '-' },
  checkpoint_time: {
    title: 'Checkpoint time',
    cell: ({ lastCheckpoint }) => (lastCheckpoint === null ? '-' : relativeTime(lastCheckpoint.time.date)),
  },
};

const chooseColumns = (names: string): Column<TrainingRun>[] =>
  names.split(',').map((name) => {
    const column = Object.hasOwn(runColumns, name.trim()) ? runColumns[name.trim()] : undefined;
    if (column !== undefined) return column;
    throw invalidArgument('columns', `names among ${Object.keys(runColumns).join(', ')}`, name);
  });

export const build = (group: Command, cli: Cli): void => {
  group
    .option('--base-url <url>', 'another server (default: TINKER_BASE_URL, else Thinking Machines)')
    .option('--any-key', 'take keys of any form, for compatible servers')
    .option('--timeout <seconds>', 'limit of each call', positive)
    .option('--no-retry', 'ask once only')
    .addHelpText(
      'after',
      '\nKey: TINKER_API_KEY of the environment or of .env in this folder, TINKER_CREDENTIAL_CMD, or ~/.tinker/credentials.json.',
    );

  paging(group.command('runs'))
    .description('list training runs, newest first')
    .option('--scope <scope>', 'owned, or accessible: all that one may see')
    .option('--project <id>', 'runs of this project')
    .option(
      '-c, --columns <names>',
      `columns of the table: ${Object.keys(runColumns).join(',')}`,
      'id,model,lora,updated,status',
    )
    .action(async (flags: WalkFlags & ScopeFlags & { project?: string; columns: string }, command: Command) => {
      const columns = chooseColumns(flags.columns);
      const { rest, lib } = await connect(cli, command);
      const scope = { accessScope: scopeOf(flags), projectId: flags.project, ...calling(cli, command) };
      let total: number | undefined;
      let runs: readonly TrainingRun[];
      if (walkOf(flags).all) runs = await collect(rest.iterateTrainingRuns({ ...scope, ...walkOf(flags).walk }));
      else {
        const page = await rest.listTrainingRuns({ ...scope, ...walkOf(flags).page });
        runs = page.trainingRuns;
        total = page.cursor.totalCount;
      }
      if (cli.out.json) {
        return runs.forEach((each) => void cli.out.object('tinker.run/1', lib.TrainingRun.toJson(each) as object));
      }
      await cli.out.table(columns, runs, 'There are no training runs.');
      const shown = (flags.offset ?? 0) + runs.length;
      if (total !== undefined && total > shown) cli.out.note(`${total - shown} more: --limit, --offset, --all.`);
    });

  group
    .command('run')
    .description('show one training run')
    .argument('<run>', 'id of the run, or the path of one of its checkpoints')
    .option('--scope <scope>', 'owned, or accessible: all that one may see')
    .action(async (id: string, flags: ScopeFlags, command: Command) => {
      const { rest, lib } = await connect(cli, command);
      const call = { accessScope: scopeOf(flags), ...calling(cli, command) };
      const run = id.startsWith('tinker://')
        ? await rest.getTrainingRunByTinkerPath({ tinkerPath: id, ...call })
        : await rest.getTrainingRun({ trainingRunId: id, ...call });
      if (cli.out.json) return cli.out.object('tinker.run/1', lib.TrainingRun.toJson(run) as object);
      const last = (title: string, checkpoint: TrainingRun['lastCheckpoint']) =>
        checkpoint === null ? [] : ([[title, checkpoint.tinkerPath], ...checkpointFields(checkpoint, '  ')] as const);
      await cli.out.fields([
        ['Run', run.trainingRunId],
        ['Base model', run.baseModel],
        ['Owner', run.modelOwner],
        ['LoRA', loraOf(run)],
        ['Last update', `${run.lastRequestTime.text} (${relativeTime(run.lastRequestTime.date)})`],
        ['Status', statusOf(run)],
        ...last('Last training checkpoint', run.lastCheckpoint),
        ...last('Last sampler checkpoint', run.lastSamplerCheckpoint),
        ...Object.entries(run.userMetadata ?? {}).map(([name, value]) => [`  ${name}`, value] as const),
      ]);
    });

  buildCheckpoints(group, cli);

  paging(group.command('sessions'))
    .description('list the ids of sessions, newest first')
    .option('--scope <scope>', 'owned, or accessible: all that one may see')
    .action(async (flags: WalkFlags & ScopeFlags, command: Command) => {
      const { rest } = await connect(cli, command);
      const call = { accessScope: scopeOf(flags), ...calling(cli, command) };
      const { all, walk, page } = walkOf(flags);
      const ids = all
        ? await collect(rest.iterateSessions({ ...call, ...walk }))
        : (await rest.listSessions({ ...call, ...page })).sessions;
      if (cli.out.json) return ids.forEach((id) => void cli.out.object('tinker.session-id/1', { session_id: id }));
      await cli.out.table([{ title: 'Session', cell: (id: string) => id }], ids, 'There are no sessions.');
    });

  group
    .command('session')
    .description('show one session')
    .argument('<session>', 'id of the session')
    .option('--scope <scope>', 'owned, or accessible: all that one may see')
    .action(async (sessionId: string, flags: ScopeFlags, command: Command) => {
      const { rest, lib } = await connect(cli, command);
      const session = await rest.getSession({ sessionId, accessScope: scopeOf(flags), ...calling(cli, command) });
      if (cli.out.json) {
        const found = lib.Session.toJson(session) as object;
        return cli.out.object('tinker.session/1', { session_id: sessionId, ...found });
      }
      await cli.out.fields([
        ['Session', sessionId],
        ['Name', session.displayName ?? '-'],
        ['Training runs', session.trainingRunIds.join('\n') || '-'],
        ['Samplers', session.samplerIds.join('\n') || '-'],
        ...Object.entries(session.userMetadata ?? {}).map(([name, value]) => [`  ${name}`, value] as const),
      ]);
    });

  group
    .command('sampler')
    .description('show what a sampler samples from')
    .argument('<sampler>', 'id of the sampler')
    .action(async (samplerId: string, _: object, command: Command) => {
      const { rest, lib } = await connect(cli, command);
      const sampler = await rest.getSampler({ samplerId, ...calling(cli, command) });
      if (cli.out.json) return cli.out.object('tinker.sampler/1', lib.Sampler.toJson(sampler) as object);
      await cli.out.fields([
        ['Sampler', sampler.samplerId],
        ['Base model', sampler.baseModel],
        ['Weights', sampler.modelPath ?? '-'],
      ]);
    });

  group
    .command('models')
    .description('list the base models of the server')
    .argument('[part]', 'only names that hold this')
    .action(async (part: string | undefined, _: object, command: Command) => {
      const { rest, lib } = await connect(cli, command);
      const { supportedModels } = await rest.getServerCapabilities(calling(cli, command));
      const wanted = (part ?? '').toLowerCase();
      const models = supportedModels.filter(({ modelName }) => (modelName ?? '').toLowerCase().includes(wanted));
      if (cli.out.json) {
        return models.forEach(
          (each) => void cli.out.object('tinker.model/1', lib.SupportedModel.toJson(each) as object),
        );
      }
      await cli.out.table(
        [
          { title: 'Model', cell: ({ modelName }) => modelName ?? '-' },
          { title: 'Context', cell: ({ maxContextLength }) => String(maxContextLength ?? '-'), right: true },
          { title: 'Trains', cell: ({ trainable }) => yesNo(trainable) },
          { title: 'Samples', cell: ({ sampleable }) => yesNo(sampleable) },
        ],
        models,
        'There are no such models.',
      );
    });

  group
    .command('audit')
    .description('show what happened on one day in the organisation (needs its admin role)')
    .option('--type <type>', 'all, checkpoints, projects, teams or organizations', 'all')
    .option('--day <YYYY-MM-DD>', 'which day, in UTC (default: today)')
    .option('--limit <n>', 'the first so many', count)
    .action(async (flags: { type: string; day?: string; limit?: number }, command: Command) => {
      const { rest, lib } = await connect(cli, command);
      const eventType = flags.type as AuditEventType;
      const log = await rest.getAuditLog({ eventType, day: flags.day, ...calling(cli, command) });
      const entries = log.entries.slice(0, flags.limit);
      if (cli.out.json) {
        return entries.forEach(
          (each) => void cli.out.object('tinker.audit/1', lib.AuditLogEntry.toJson(each) as object),
        );
      }
      await cli.out.table(
        [
          { title: 'Time', cell: ({ timestamp }) => timestamp.text.slice(0, 19) },
          { title: 'Event', cell: ({ event }) => event },
          { title: 'About', cell: ({ tinkerPath, modelId }) => tinkerPath ?? modelId ?? '-' },
          { title: 'Details', cell: ({ purpose, eventDetails }) => oneLine(purpose ?? detailsOf(eventDetails), 60) },
        ],
        entries,
        'Nothing happened.',
      );
    });

  const path = 'tinker://RUN/weights/0001';
  addExamples(group, {
    runs: 'tinker runs --all -c id,model,updated',
    run: `tinker run ${path}`,
    checkpoints: 'tinker checkpoints --all --json',
    'checkpoint info': `tinker checkpoint info ${path}`,
    'checkpoint download': `tinker checkpoint download ${path} -o adapter`,
    'checkpoint publish': `tinker checkpoint publish ${path} --dry-run`,
    'checkpoint unpublish': `tinker checkpoint unpublish ${path}`,
    'checkpoint ttl': `tinker checkpoint ttl ${path} --ttl 30d`,
    'checkpoint push-hf': `tinker checkpoint push-hf ${path} --repo me/adapter`,
    sessions: 'tinker sessions --limit 5',
    session: 'tinker session ID --json',
    sampler: 'tinker sampler ID',
    models: 'tinker models qwen',
    audit: 'tinker audit --type checkpoints --day 2026-01-31',
  });
};

const detailsOf = (details: unknown): string => {
  const text = JSON.stringify(details, (_, value) => (typeof value === 'bigint' ? value.toString() : value)) ?? '';
  return text === '{}' ? '' : text;
};
