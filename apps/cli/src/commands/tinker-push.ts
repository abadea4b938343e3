import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { throwIfAborted } from '@somakit/core';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { confirmWrite, type WriteOptions } from '../confirm.js';
import { dryRunOption, list, yesOption } from '../options.js';
import { formatBytes } from '../text.js';
import { calling, connect, showProgress } from './tinker-client.js';

interface PushFlags extends WriteOptions {
  readonly repo: string;
  readonly public?: boolean;
  readonly output?: string;
  readonly branch?: string;
  readonly message?: string;
  readonly ignore: readonly string[];
  readonly hubUrl?: string;
  readonly xet: boolean;
  readonly modelCard: boolean;
}

/** Writes a model card into the folder, with what the server knows of the checkpoint. Gives whether it did. */
const addCard = async (
  cli: Cli,
  command: Command,
  rest: Awaited<ReturnType<typeof connect>>['rest'],
  folder: string,
  about: { readonly tinkerPath: string; readonly repo: string },
): Promise<boolean> => {
  const { hasCard, writeCard } = await import('../tinker/model-card.js');
  if (hasCard(folder)) return false;
  const info = await rest
    .getWeightsInfoByTinkerPath({ tinkerPath: about.tinkerPath, ...calling(cli, command) })
    .catch((error: unknown) => {
      throwIfAborted(cli.signal, 'tinker.checkpoint.push-hf');
      cli.out.note(`The model card names no base model: ${(error as Error).message}`);
      return undefined;
    });
  const trained = { attention: info?.trainAttn, MLP: info?.trainMlp, unembedding: info?.trainUnembed };
  return writeCard(folder, {
    ...about,
    baseModel: info?.baseModel,
    loraRank: info?.loraRank,
    trained: Object.entries(trained).flatMap(([name, yes]) => (yes === true ? [name] : [])),
  });
};

export const buildPush = (checkpoint: Command, cli: Cli): void => {
  yesOption(dryRunOption(checkpoint.command('push-hf')))
    .description('download a checkpoint and upload it to the Hugging Face Hub (needs HF_TOKEN)')
    .argument('<path>', 'tinker://<run>/<kind>/<name>')
    .requiredOption('-r, --repo <owner/name>', 'repository on the Hub; made when it is missing')
    .option('--public', 'a public repository (default: private)')
    .option('-o, --output <folder>', 'keep the download here; uploaded as it is when it exists (default: by the path)')
    .option('--branch <name>', 'branch of the repository (default: main)')
    .option('--message <text>', 'title of the commit')
    .option('--no-model-card', 'add no README.md; one that is there is never touched')
    .option('--ignore <pattern>', 'leave these files behind; may come several times', list, [])
    .option('--hub-url <url>', 'another Hub (default: HF_ENDPOINT, else https://huggingface.co)')
    .option('--no-xet', "do without the Hub's content-addressed store")
    .action(async (tinkerPath: string, flags: PushFlags, command: Command) => {
      const { client, rest, lib } = await connect(cli, command);
      const folder = flags.output ?? lib.checkpointFolderName(tinkerPath);
      const there = existsSync(folder);
      const kind = flags.public ? 'public' : 'private';
      const source = there ? `${folder}, which is there already,` : tinkerPath;
      const may = await confirmWrite(cli, flags, {
        action: 'tinker.checkpoint.push-hf',
        lines: [`Uploads ${source} to the ${kind} repository ${flags.repo}; the download stays in ${folder}.`],
        question: `Upload to ${flags.repo}?`,
        plan: { tinker_path: tinkerPath, folder, downloaded: there, repo: flags.repo, public: flags.public === true },
      });
      if (!may) return;
      if (!there) {
        const { downloadCheckpoint } = await import('@somakit/tinker/node');
        const onProgress = showProgress(cli);
        await downloadCheckpoint({ client, tinkerPath, to: folder, signal: cli.signal, onProgress });
      }
      const about = { tinkerPath, repo: flags.repo };
      const card = flags.modelCard && (await addCard(cli, command, rest, folder, about));
      if (card) cli.out.note(`Wrote a model card, ${join(folder, 'README.md')}.`);
      const { uploadToHub } = await import('@somakit/flock/node');
      const done = await uploadToHub({
        repo: flags.repo,
        folder,
        private: flags.public !== true,
        ignore: ['checkpoint_complete', ...flags.ignore],
        branch: flags.branch,
        commitTitle: flags.message ?? `Upload ${tinkerPath}`,
        hubUrl: flags.hubUrl,
        useXet: flags.xet,
        signal: cli.signal,
        onProgress: ({ phase, uploadedBytes, totalBytes }) => cli.out.progress(phase, uploadedBytes, totalBytes),
      });
      cli.out.endProgress();
      if (cli.out.json)
        return cli.out.object('tinker.push/1', { tinker_path: tinkerPath, folder, model_card: card, ...done });
      cli.out.line(`Uploaded ${done.files} files (${formatBytes(done.bytes)}) to ${done.repo}, commit ${done.commit}.`);
    });
};
