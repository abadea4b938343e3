import type { Command } from 'commander';
import type { Cli } from '../cli.js';

/** A group of commands: one file, loaded only when one of its commands is asked for. */
export interface CommandGroup {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** Its place in the list of `somakit --help`. */
  readonly section: string;
  readonly load: () => Promise<{ readonly build: (group: Command, cli: Cli) => void }>;
}

export const groups: readonly CommandGroup[] = [
  {
    name: 'balance',
    section: 'Coins:',
    summary: 'show what an account has',
    load: () => import('./balance.js'),
  },
  {
    name: 'transfer',
    aliases: ['send'],
    section: 'Coins:',
    summary: 'send SOMA or objects to an account',
    load: () => import('./transfer.js'),
  },
  {
    name: 'flock',
    section: 'Other services:',
    summary: 'compete on train.flock.io: tasks, submissions, uploads',
    load: () => import('./flock.js'),
  },
  {
    name: 'tinker',
    section: 'Other services:',
    summary: 'Tinker training runs, checkpoints, sessions',
    load: () => import('./tinker.js'),
  },
];
