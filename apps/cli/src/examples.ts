import type { Command } from 'commander';

/** Adds an example to the help of commands of a group, each named by its words below the group. */
export const addExamples = (group: Command, examples: Readonly<Record<string, string>>): void => {
  for (const [path, example] of Object.entries(examples)) {
    let command: Command | undefined = group;
    for (const name of path.split(' ')) command = command?.commands.find((each) => each.name() === name);
    command?.addHelpText('after', `\nExample:\n  somakit ${example}`);
  }
};
