import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidArgument } from '@somakit/core';
import type { CallOptions, FlockClient, Frame, ModelReference, Submission, Task } from '@somakit/flock';
import type { UploadParameters, UploadProgress } from '@somakit/flock/node';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { confirmWrite, type WriteOptions } from '../confirm.js';
import { addExamples } from '../examples.js';
import { count, dryRunOption, list, positive, yesOption } from '../options.js';
import type { Column } from '../table.js';
import { formatBytes, hideSignedLinks, oneLine, relativeTime } from '../text.js';

interface FlockFlags {
  readonly baseUrl?: string;
  readonly timeout?: number;
  readonly retry: boolean;
}

interface Paging {
  readonly page?: number;
  readonly size?: number;
  readonly all?: boolean;
}

interface UploadFlags extends WriteOptions {
  readonly ignore: readonly string[];
  readonly branch?: string;
  readonly message?: string;
  readonly license?: string;
  readonly hubUrl?: string;
  readonly xet: boolean;
}

const load = () => import('@somakit/flock');

const connect = async (command: Command): Promise<{ flock: FlockClient; lib: Awaited<ReturnType<typeof load>> }> => {
  const { baseUrl, retry } = command.optsWithGlobals<FlockFlags>();
  const lib = await load();
  return { lib, flock: lib.createFlockClient({ baseUrl, ...(retry ? {} : { retry: false }) }) };
};

const calling = (cli: Cli, command: Command): CallOptions => {
  const { timeout } = command.optsWithGlobals<FlockFlags>();
  return { signal: cli.signal, ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }) };
};

const numberText = (value: unknown): string => (typeof value === 'number' ? value.toLocaleString('en-US') : '');
const plain = (value: unknown): string => (value === null || value === undefined ? '-' : String(value));

const safeFrame = (frameOf: (value: unknown) => Frame, value: unknown): string =>
  frameOf(hideSignedLinks(value)).toCsv();

const taskColumns = ({ countdown }: Awaited<ReturnType<typeof load>>, now: number): Column<Task>[] => [
  { title: 'ID', cell: ({ id }) => String(id), right: true },
  { title: 'Title', cell: ({ title }) => oneLine(title ?? '', 44) },
  { title: 'Type', cell: ({ task_type }) => task_type ?? '' },
  { title: 'Phase', cell: (task) => countdown(task, now).phase },
  { title: 'Ends in', cell: (task) => countdown(task, now).text },
  { title: 'Max parameters', cell: ({ data }) => numberText(data?.max_params), right: true },
];

const submissionColumns = ({ parseFlockTime }: Awaited<ReturnType<typeof load>>): Column<Submission>[] => [
  { title: 'Model', cell: ({ link }) => (link ?? '-').replace('https://huggingface.co/', '') },
  { title: 'Submission score', cell: ({ submission_phase_score }) => plain(submission_phase_score), right: true },
  { title: 'Final score', cell: ({ final_validation_score }) => plain(final_validation_score), right: true },
  {
    title: 'Submitted',
    cell: ({ submitted_at }) => {
      try {
        return typeof submitted_at === 'string' ? relativeTime(parseFlockTime(submitted_at)) : '-';
      } catch {
        return plain(submitted_at);
      }
    },
  },
];

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

/** What is in a folder before any rule has left something out. */
const measureFolder = async (folder: string): Promise<{ files: number; bytes: number }> => {
  const { lstat } = await import('node:fs/promises');
  let files = 0;
  let bytes = 0;
  const entries = await opendir(folder, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw invalidArgument('folder', 'a folder that can be read', folder, cause.code);
  });
  for await (const entry of entries) {
    if (!entry.isFile()) continue;
    files++;
    bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return { files, bytes };
};

const uploading = (cli: Cli, repo: string, folder: string, flags: UploadFlags): UploadParameters => ({
  repo,
  folder,
  signal: cli.signal,
  ignore: flags.ignore,
  branch: flags.branch,
  commitTitle: flags.message,
  license: flags.license,
  hubUrl: flags.hubUrl,
  useXet: flags.xet,
  onProgress: ({ phase, path, state, uploadedBytes, totalBytes }: UploadProgress) => {
    const what = state === 'hashing' ? 'hashing' : phase;
    cli.out.progress(`${what} ${path ?? repo}`, uploadedBytes, totalBytes);
  },
});

const uploadOptions = (command: Command): Command =>
  yesOption(dryRunOption(command))
    .option('--ignore <pattern>', 'leave these files behind; may come several times (*.tmp, checkpoint-*)', list, [])
    .option('--branch <name>', 'branch of the repository (default: main)')
    .option('--message <text>', 'title of the commit')
    .option('--license <name>', 'license of a new repository, such as apache-2.0')
    .option('--hub-url <url>', 'another Hub (default: HF_ENDPOINT, else https://huggingface.co)')
    .option('--no-xet', "do without the Hub's content-addressed store");

export const build = (group: Command, cli: Cli): void => {
  group
    .option('--base-url <url>', 'another service (default: FLOCK_BASE_URL, else train.flock.io)')
    .option('--timeout <seconds>', 'limit of each call', positive)
    .option('--no-retry', 'ask once only')
    .addHelpText(
      'after',
      '\nKeys: FLOCK_API_KEY and HF_TOKEN of the environment, or of .env in this folder. Tables also come as --json and --csv.',
    );

  group
    .command('tasks')
    .description('list tasks')
    .option('--open', 'tasks that take submissions')
    .option('--finalized', 'tasks that are over')
    .option('--status <status>', 'tasks of this status')
    .option('--csv', 'print comma separated values')
    .action(
      async (flags: { open?: boolean; finalized?: boolean; status?: string; csv?: boolean }, command: Command) => {
        const { flock, lib } = await connect(command);
        const status = flags.status ?? (flags.open ? 'submission_phase' : flags.finalized ? 'finalized' : undefined);
        const tasks = hideSignedLinks(await flock.listTasks({ status, ...calling(cli, command) }));
        if (flags.csv) return cli.out.raw(safeFrame(lib.frameOf, tasks));
        if (cli.out.json) return tasks.forEach((task) => void cli.out.object('flock.task/1', task));
        await cli.out.table(taskColumns(lib, Date.now()), tasks, 'There are no such tasks.');
      },
    );

  group
    .command('task')
    .description('show one task')
    .argument('<id>', 'number of the task')
    .option('--show-links', 'show signed links whole: whoever has one can read the data for an hour')
    .option('--csv', 'print comma separated values')
    .action(async (id: string, flags: { showLinks?: boolean; csv?: boolean }, command: Command) => {
      const { flock, lib } = await connect(command);
      const found = await flock.getTask({ taskId: id, ...calling(cli, command) });
      const task = flags.showLinks ? found : hideSignedLinks(found);
      if (flags.csv) return cli.out.raw(lib.frameOf(task).toCsv());
      if (cli.out.json) return cli.out.object('flock.task/1', task);
      const { phase, endsAt, text } = lib.countdown(task, Date.now());
      const data = Object.entries(task.data ?? {}).filter(([, value]) => value !== null && typeof value !== 'object');
      await cli.out.fields([
        ['ID', String(task.id)],
        ['Title', oneLine(task.title ?? '', 100)],
        ['Type', task.task_type ?? ''],
        ['Status', task.status ?? ''],
        ['Phase', endsAt === undefined ? phase : `${phase}, ends ${endsAt.toISOString().slice(0, 16)}Z (${text})`],
        ...(task.final_link ? ([['Winner', task.final_link]] as const) : []),
        ...data.map(([name, value]) => [`  ${name}`, String(value)] as const),
        ['Description', oneLine((task.description ?? '').replace(/<[^>]*>/g, ' '), 400)],
      ]);
    });

  group
    .command('subs')
    .description('list your own submissions to a task (needs FLOCK_API_KEY)')
    .argument('<task>', 'number of the task')
    .option('--page <n>', 'which page', positive)
    .option('--size <n>', 'how many on a page', positive)
    .option('--all', 'all pages')
    .option('--csv', 'print comma separated values')
    .action(async (taskId: string, flags: Paging & { csv?: boolean }, command: Command) => {
      const { flock, lib } = await connect(command);
      const call = calling(cli, command);
      const page = flags.all
        ? undefined
        : await flock.getSubmissions({ taskId, page: flags.page, size: flags.size, ...call });
      const items = page?.items ?? (await collect(flock.iterateSubmissions({ taskId, size: flags.size, ...call })));
      if (flags.csv) return cli.out.raw(safeFrame(lib.frameOf, items));
      if (cli.out.json) return items.forEach((each) => void cli.out.object('flock.submission/1', each));
      await cli.out.table(submissionColumns(lib), items, 'No submissions.');
      if (page !== undefined && page.pages > page.page)
        cli.out.note(`Page ${page.page} of ${page.pages}: --page, --all.`);
    });

  group
    .command('stats')
    .description('count submissions or validations a day on the whole platform')
    .option('--validations', 'validations instead of submissions')
    .option('--days <n>', 'the last so many days', positive, 60)
    .option('--csv', 'print comma separated values')
    .action(async (flags: { validations?: boolean; days: number; csv?: boolean }, command: Command) => {
      const { flock, lib } = await connect(command);
      const type = flags.validations ? 'validation' : 'submission';
      const call = calling(cli, command);
      const counted = flags.validations ? await flock.validationStats(call) : await flock.submissionStats(call);
      const days = lib.fillDays(counted, { last: flags.days });
      if (flags.csv) return cli.out.raw(lib.frameOf(days).toCsv());
      if (cli.out.json) return days.forEach((day) => void cli.out.object('flock.daily-count/1', { type, ...day }));
      const counts = days.map((day) => day.count);
      const first = days[0];
      const last = days.at(-1);
      if (first === undefined || last === undefined) return cli.out.line('There are no counts.');
      const total = counts.reduce((sum, each) => sum + each, 0);
      const most = counts.reduce((a, b) => Math.max(a, b), 0);
      cli.out.line(`${cli.out.bold(`${type}s a day`)}, ${first.time} to ${last.time}`);
      cli.out.line(lib.sparkline(counts));
      const mean = (total / counts.length).toFixed(1);
      cli.out.line(
        `total ${numberText(total)}, mean ${mean}, most ${numberText(most)}, last day ${numberText(last.count)}`,
      );
    });

  group
    .command('wallet')
    .description('show what a wallet has won, entered and submitted')
    .argument('<address>', '0x and 40 hex digits')
    .option('--role <role>', 'validator or node (default: validator)')
    .option('--page <n>', 'which page of its submissions', positive)
    .option('--size <n>', 'how many on a page', positive)
    .option('--all', 'all pages')
    .option('--csv', 'print its submissions as comma separated values')
    .action(async (address: string, flags: Paging & { role?: string; csv?: boolean }, command: Command) => {
      const { flock, lib } = await connect(command);
      const call = calling(cli, command);
      const wallet = flock.wallet(address);
      const readSubmissions = async () =>
        flags.all
          ? await collect(wallet.iterateSubmissions({ size: flags.size, ...call }))
          : (await wallet.submissions({ page: flags.page, size: flags.size, ...call })).items;
      if (flags.csv) return cli.out.raw(safeFrame(lib.frameOf, await readSubmissions()));
      const role = flags.role as 'validator' | 'node' | undefined;
      const achievements = await wallet.achievements({ role, ...call });
      const enrolled = await wallet.enrolledTasks(call);
      const submissions = await readSubmissions();
      if (cli.out.json) {
        const found = { address: wallet.address, achievements, enrolled_tasks: enrolled, submissions };
        return cli.out.object('flock.wallet/1', hideSignedLinks(found));
      }
      await cli.out.fields([
        ['Wallet', wallet.address],
        ['Role', role ?? 'validator'],
        [
          'Medals',
          `${plain(achievements.gold_medals)} gold, ${plain(achievements.silver_medals)} silver, ${plain(achievements.bronze_medals)} bronze`,
        ],
        ['Took part in', plain(achievements.total_participations)],
        ['Enrolled tasks', oneLine(lib.frameOf(enrolled).length === 0 ? '-' : enrolledIds(enrolled), 100)],
      ]);
      cli.out.line('');
      await cli.out.table(submissionColumns(lib), submissions, 'No submissions.');
    });

  uploadOptions(group.command('upload'))
    .description('put a folder into a model repository on the Hugging Face Hub (needs HF_TOKEN)')
    .argument('<repo>', 'owner/name; made when it is missing')
    .argument('[folder]', 'what goes up', 'outputs')
    .option('--private', 'a private repository: validators cannot read it')
    .action(async (repo: string, folder: string, flags: UploadFlags & { private?: boolean }) => {
      const { files, bytes } = await measureFolder(folder);
      const kind = flags.private ? 'private' : 'public';
      const may = await confirmWrite(cli, flags, {
        action: 'flock.upload',
        lines: [
          `Uploads ${folder} (at most ${files} files, ${formatBytes(bytes)}) to the ${kind} repository ${repo}.`,
          'Version control, caches and files that look like secrets stay behind.',
        ],
        question: `Upload to ${repo}?`,
        plan: {
          repo,
          folder,
          private: flags.private === true,
          mostFiles: files,
          mostBytes: bytes,
          ignore: flags.ignore,
        },
      });
      if (!may) return;
      const { uploadToHub } = await import('@somakit/flock/node');
      const done = await uploadToHub({ ...uploading(cli, repo, folder, flags), private: flags.private });
      cli.out.endProgress();
      if (cli.out.json) return cli.out.object('flock.upload/1', done);
      await cli.out.fields([
        ['Repository', `${done.repo}${done.created ? ' (new)' : ''}`],
        ['Commit', done.commit],
        ['Link', done.url],
        ['Files', `${done.files} (${formatBytes(done.bytes)}), ${done.ignored.length} stayed behind`],
      ]);
    });

  uploadOptions(group.command('submit'))
    .description('upload a folder and hand it in for a task; run it again after whatever failure (needs both keys)')
    .argument('<task>', 'number of the task')
    .requiredOption('--repo <owner/name>', 'repository on the Hub')
    .option('--folder <folder>', 'what goes up', 'outputs')
    .option('--revision <commit>', 'hand in this commit of the repository and upload nothing')
    .option('--base-model <name>', "the task's base model")
    .option('--gpu-type <name>', 'such as "NVIDIA H200"')
    .option('--filename <file>', 'file within the repository, such as model.onnx')
    .option('--parameters <n>', 'how many parameters the model has: refused above the limit of the task', count)
    .addHelpText(
      'after',
      '\nExample:\n  somakit flock submit 7 --repo me/task-7 --base-model Qwen/Qwen2.5-7B-Instruct --gpu-type "NVIDIA H200"',
    )
    .action(async (taskId: string, flags: SubmitFlags, command: Command) => {
      const { flock } = await connect(command);
      const { repo, folder, revision, parameters: parameterCount } = flags;
      const model: ModelReference = {
        taskId,
        repo,
        revision,
        baseModel: flags.baseModel,
        gpuType: flags.gpuType,
        modelFilename: flags.filename,
      };
      const body = flock.previewSubmission(model);
      const size = revision === undefined ? await measureFolder(folder) : undefined;
      const task = await flock.preflight({ taskId, parameterCount, ...calling(cli, command) });
      const what =
        size === undefined
          ? `commit ${revision}`
          : `${folder} (at most ${size.files} files, ${formatBytes(size.bytes)})`;
      const may = await confirmWrite(cli, flags, {
        action: 'flock.submit',
        lines: [
          `Submits ${what} of ${repo} to task ${task.id}${task.title ? `, ${oneLine(task.title, 60)}` : ''}.`,
          'A task takes two submissions a day.',
        ],
        question: `Submit to task ${task.id}?`,
        plan: { body, ...(size === undefined ? {} : { folder, mostFiles: size.files, mostBytes: size.bytes }) },
      });
      if (!may) return;
      if (revision !== undefined) {
        const submission = await flock.submitTask({ ...model, ...calling(cli, command) });
        if (cli.out.json)
          return cli.out.object('flock.submit/1', { task_id: task.id, repo, commit: revision, submission });
        return cli.out.line(`Submitted ${repo} at ${revision} to task ${task.id}.`);
      }
      const { submitModel } = await import('@somakit/flock/node');
      const done = await submitModel({
        ...uploading(cli, repo, folder, flags),
        ...model,
        client: flock,
        parameterCount,
      });
      cli.out.endProgress();
      if (cli.out.json) {
        const { commit, url, submission = null, resumed } = done;
        return cli.out.object('flock.submit/1', { task_id: task.id, repo, commit, url, submission, resumed });
      }
      cli.out.line(`Submitted ${done.repo} at ${done.commit} to task ${task.id}.`);
      if (done.resumed !== 'nothing') cli.out.note(`The ${done.resumed} was there from an earlier run.`);
    });

  addExamples(group, {
    tasks: 'flock tasks --open',
    task: 'flock task 7 --json',
    subs: 'flock subs 7 --all --csv',
    stats: 'flock stats --validations --days 30',
    wallet: 'flock wallet 0x52908400098527886E0F7030069857D2E4169EE7',
    upload: 'flock upload me/task-7 outputs --dry-run',
  });
};

interface SubmitFlags extends UploadFlags {
  readonly repo: string;
  readonly folder: string;
  readonly revision?: string;
  readonly baseModel?: string;
  readonly gpuType?: string;
  readonly filename?: string;
  readonly parameters?: number;
}

const enrolledIds = (enrolled: unknown): string => {
  const items = Array.isArray(enrolled) ? enrolled : ((enrolled as { items?: unknown[] } | null)?.items ?? [enrolled]);
  return items
    .map((each) => {
      if (typeof each !== 'object' || each === null) return String(each);
      const { id, task_id: taskId } = each as { id?: unknown; task_id?: unknown };
      return String(id ?? taskId ?? JSON.stringify(each));
    })
    .join(', ');
};
