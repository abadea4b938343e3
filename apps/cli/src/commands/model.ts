import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { buildModelPublish } from './model-publish.js';
import { buildModelReads } from './model-read.js';
import { buildModelWrites } from './model-write.js';

export const build = (group: Command, cli: Cli): void => {
  group.addHelpText(
    'after',
    `
A model is created with stake, committed (where its encrypted weights are, and hashes of its key and embedding), and
revealed in the one epoch after the commit. Who misses that epoch with a new model loses half of its stake: publish does
all three, keeps what a crash would lose, and goes on where it was.

Examples:
  somakit model publish --weights model.safetensors --encrypt --url https://store.example/model.enc --embedding embedding.npy
  somakit model publish --resume
  somakit model list
  somakit model download 0x… --decrypt -o model.safetensors`,
  );
  buildModelReads(group, cli);
  buildModelPublish(group, cli);
  buildModelWrites(group, cli);
};
