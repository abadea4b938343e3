import type { Command } from 'commander';
import type { Cli } from '../cli.js';

/** A group of commands: one file, loaded only when one of its commands is asked for. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly build: (group: Command, cli: Cli) => void }>;
}

export const groups: readonly CommandGroup[] = [
  {
    name: 'flock',
    summary: 'compete on train.flock.io: tasks, submissions, uploads',
    load: () => import('./flock.js'),
  },
  { name: 'tinker', summary: 'Tinker training runs, checkpoints, sessions', load: () => import('./tinker.js') },
];
