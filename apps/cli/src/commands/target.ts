import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { buildTargetClaim } from './target-claim.js';
import { buildTargetList } from './target-list.js';
import { buildTargetReads } from './target-read.js';
import { buildTargetWatch } from './target-watch.js';
import { buildTargetWrites } from './target-write.js';

export const build = (group: Command, cli: Cli): void => {
  group.addHelpText(
    'after',
    `
A target is open in the epoch that made it. The first valid submission fills it; validators may report it in the next epoch,
and from the one after that anybody may claim: the rewards and the bond go to whom they belong.

Examples:
  somakit target list --distances
  somakit target submit --target-id 0x… --data-file sample.bin --data-url https://store.example/sample.bin --score
  somakit target claim --all
  somakit target watch --json`,
  );
  buildTargetList(group, cli);
  buildTargetReads(group, cli);
  buildTargetWrites(group, cli);
  buildTargetClaim(group, cli);
  buildTargetWatch(group, cli);
};
