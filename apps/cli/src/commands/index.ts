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
    name: 'wallet',
    section: 'Accounts:',
    summary: 'your keys: make, import, switch, export, encrypt',
    load: () => import('./wallet.js'),
  },
  {
    name: 'alias',
    section: 'Accounts:',
    summary: 'names of your accounts',
    load: () => import('./alias.js'),
  },
  {
    name: 'env',
    section: 'Accounts:',
    summary: 'networks: list, add, switch',
    load: () => import('./env.js'),
  },
  {
    name: 'keys',
    aliases: ['keytool'],
    section: 'Accounts:',
    summary: 'key files, signatures, transactions as bytes',
    load: () => import('./keys.js'),
  },
  {
    name: 'multisig',
    section: 'Accounts:',
    summary: 'accounts that several keys share',
    load: () => import('./multisig.js'),
  },
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
    name: 'pay',
    section: 'Coins:',
    summary: 'send SOMA to several accounts at once',
    load: () => import('./pay.js'),
  },
  {
    name: 'merge-coins',
    aliases: ['merge'],
    section: 'Coins:',
    summary: 'merge the coins of an account',
    load: async () => ({ build: (await import('./pay.js')).buildMerge }),
  },
  {
    name: 'split',
    section: 'Coins:',
    summary: 'split into equal coins, for several writes at a time',
    load: async () => ({ build: (await import('./pay.js')).buildSplit }),
  },
  {
    name: 'objects',
    section: 'Coins:',
    summary: 'objects and coins: get, list, gas',
    load: () => import('./objects.js'),
  },
  {
    name: 'faucet',
    section: 'Coins:',
    summary: 'get SOMA of a test network',
    load: async () => ({ build: (await import('./network.js')).buildFaucet }),
  },
  {
    name: 'stake',
    section: 'Staking:',
    summary: 'stake with a validator or a model',
    load: () => import('./stake.js'),
  },
  {
    name: 'unstake',
    section: 'Staking:',
    summary: 'end a position and get it paid out',
    load: async () => ({ build: (await import('./stake.js')).buildUnstake }),
  },
  {
    name: 'stakes',
    section: 'Staking:',
    summary: 'positions, what they are worth and how they grew',
    load: async () => ({ build: (await import('./stake.js')).buildStakes }),
  },
  {
    name: 'validator',
    section: 'Staking:',
    summary: 'validators: look at them, be one, report',
    load: () => import('./validator.js'),
  },
  {
    name: 'status',
    section: 'Network:',
    summary: 'network, epoch and account at a glance',
    load: async () => ({ build: (await import('./network.js')).buildStatus }),
  },
  {
    name: 'epoch',
    section: 'Network:',
    summary: 'where the epoch stands, when the next one begins',
    load: async () => ({ build: (await import('./network.js')).buildEpoch }),
  },
  {
    name: 'tx',
    section: 'Network:',
    summary: 'transactions: look at, decode, send what was built elsewhere, resume',
    load: () => import('./tx.js'),
  },
  {
    name: 'model',
    section: 'Market:',
    summary: 'publish, update and look at models',
    load: () => import('./model.js'),
  },
  {
    name: 'target',
    section: 'Market:',
    summary: 'look at targets, submit data, claim rewards',
    load: () => import('./target.js'),
  },
  {
    name: 'localnet',
    section: 'On this machine:',
    summary: 'run a network on this machine, and move it',
    load: () => import('./localnet.js'),
  },
  {
    name: 'scoring',
    section: 'Scoring and weights:',
    summary: 'serve scoring, score a file',
    load: () => import('./scoring.js'),
  },
  {
    name: 'weights',
    section: 'Scoring and weights:',
    summary: 'encrypt, decrypt and hash weight files of any size',
    load: () => import('./weights.js'),
  },
  {
    name: 'host',
    section: 'On this machine:',
    summary: 'serve weights and data to scoring services and validators',
    load: () => import('./host.js'),
  },
  {
    name: 'demo',
    section: 'On this machine:',
    summary: 'play the whole job once on a network of its own',
    load: () => import('./demo.js'),
  },
  {
    name: 'completions',
    section: 'On this machine:',
    summary: 'let a shell complete commands, options and names',
    load: () => import('./completions.js'),
  },
  {
    name: 'doctor',
    section: 'On this machine:',
    summary: 'look for what is wrong with the set-up',
    load: () => import('./doctor.js'),
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
