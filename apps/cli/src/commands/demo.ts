import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { positive } from '../options.js';

interface DemoFlags {
  readonly data?: string;
  readonly files?: number;
}

/** Small files that are wherever this program is: its own JSON schemas. */
const ownFiles = (): string => fileURLToPath(new URL('../schemas', import.meta.url));

export const build = (group: Command, cli: Cli): void => {
  group
    .option('--data <folder>', 'the files to score and submit (default: some of this program itself)')
    .option('--files <n>', 'how many of them at most (default: 12)', positive)
    .addHelpText(
      'after',
      `
Starts a network and scoring, funds three wallets, publishes two models, scores files, submits the hits, claims, and
checks that every shannon is accounted for. Everything is gone at the end.

Examples:
  somakit demo
  somakit demo --data ./texts --files 5`,
    )
    .action(async ({ data, files }: DemoFlags) => {
      const { runDemo, printReport } = await import('@somakit/demo');
      const { out, signal } = cli;
      const report = await runDemo({
        data: data ?? ownFiles(),
        files,
        signal,
        onStep: ({ name, done, total }) => {
          if (out.json) out.object('demo.step/1', { step: name, done: done ?? null, total: total ?? null });
          else if (done === undefined) out.note(name);
          else out.progress(name, done, total, 'count');
        },
      });
      out.endProgress();
      if (!out.json) {
        out.line(printReport(report));
        return out.note('Every shannon is accounted for.');
      }
      out.object('demo.report/1', {
        rpc_url: report.rpcUrl,
        models: report.models.map(({ modelId, owner }) => ({ model_id: modelId, owner })),
        submissions: report.submissions.map(({ file, bytes, targetId, modelId, distance, loss, reward, bond }) => ({
          file,
          bytes,
          target_id: targetId,
          model_id: modelId,
          distance,
          loss,
          reward,
          bond,
        })),
        misses: report.misses,
        wallets: report.wallets.map(({ bondsBack, ...wallet }) => ({ ...wallet, bonds_back: bondsBack })),
        transactions: report.transactions,
        steps: report.steps,
      });
    });
};
