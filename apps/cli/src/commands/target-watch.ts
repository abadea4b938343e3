import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { list, positive } from '../options.js';
import { short, somaText } from '../soma/format.js';
import { type NetworkOptions, networkOptions, withSession } from '../soma/session.js';
import { rowOfView, targetJson } from '../soma/target-view.js';
import { epochNumber } from './target-list.js';
import { targetIdOf } from './target-read.js';

interface WatchFlags extends NetworkOptions {
  readonly model: readonly string[];
  readonly fromCheckpoint?: bigint;
  readonly count?: number;
}

export const buildTargetWatch = (group: Command, cli: Cli): void => {
  networkOptions(group.command('watch'))
    .description('follow targets as they are opened, filled and claimed')
    .option('--model <id>', 'only targets that this model serves; may come several times', list, [])
    .option('--from-checkpoint <n>', 'begin there instead of now', epochNumber)
    .option('--count <n>', 'end after so many', positive)
    .addHelpText(
      'after',
      '\nRuns until Ctrl-C. With --json each event is one line.\n\nExamples:\n  somakit target watch\n  somakit target watch --json --model 0x… | while read -r line; do ...; done',
    )
    .action(async (flags: WatchFlags) => {
      const models = new Set<string>(flags.model.map(targetIdOf));
      await withSession(cli, flags, {}, async ({ client }) => {
        const { out, signal } = cli;
        let seen = 0;
        const call = { signal, ...(flags.fromCheckpoint === undefined ? {} : { from: flags.fromCheckpoint }) };
        out.note('Watching targets until Ctrl-C.');
        for await (const event of client.watchTargets(call)) {
          const { kind, checkpoint } = event;
          const target = event.kind === 'gone' ? undefined : event.target;
          const serves = target === undefined || target.modelIds.some((id) => models.has(id));
          if (models.size > 0 && !serves) continue;
          const clock = await client.getEpochClock({ signal });
          const row = target === undefined ? undefined : rowOfView(target, clock.epoch);
          const targetId = event.kind === 'gone' ? event.targetId : event.target.id;
          if (out.json) {
            out.object('target.event/1', {
              event: kind,
              checkpoint,
              target_id: targetId,
              target: row === undefined ? null : targetJson(row, clock),
            });
          } else {
            const more =
              row === undefined
                ? ''
                : kind === 'open'
                  ? `  threshold ${row.distanceThreshold.toFixed(4)}  ${somaText(row.rewardPool)}`
                  : `  by ${row.submitter === undefined ? '-' : short(row.submitter)}`;
            out.line(`${checkpoint}  ${kind.padEnd(6)}  ${targetId}${more}`);
          }
          seen += 1;
          if (seen === flags.count) return;
        }
      });
    });
};
