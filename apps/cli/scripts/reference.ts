import type { Command } from 'commander';
import type { Cli } from '../src/cli.js';
import { groups } from '../src/commands/index.js';
import { createProgram } from '../src/program.js';
import { generateSchemas } from '../src/schemas/generate.js';

/** Help texts are the same wherever they are made. */
const WIDTH = 100;

export const helpOf = (command: Command, width = WIDTH): string => {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (part) => void parts.push(part), getOutHelpWidth: () => width });
  command.configureHelp({ helpWidth: width, showGlobalOptions: false });
  command.outputHelp();
  return parts.join('').trimEnd();
};

export const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

export const leaves = (command: Command): Command[] => {
  const below = command.createHelp().visibleCommands(command);
  return below.filter((each) => each.name() !== 'help').flatMap((each) => [each, ...leaves(each)]);
};

const inTable = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The pages of docs/cli, by file name: one for each group of commands, and the list of all. */
export const generateReference = async (): Promise<ReadonlyMap<string, string>> => {
  const { program, load } = createProgram({} as Cli);
  const pages = new Map<string, string>();
  const rows: string[] = [];
  for (const { name, summary } of groups) {
    const group = program.commands.find((each) => each.name() === name)!;
    await load(group);
    const parts = [group, ...leaves(group)].map((command) => {
      const path = pathOf(command);
      rows.push(
        `| [${path}](${name}.md#${path.replaceAll(' ', '-')}) | ${inTable(command.description() || summary)} |`,
      );
      return `## ${path}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`;
    });
    pages.set(
      `${name}.md`,
      `# somakit ${name}\n\n${summary[0]!.toUpperCase()}${summary.slice(1)}.\n\n${parts.join('\n')}`,
    );
  }
  const shapes = [...(await generateSchemas())].map(([file, text]) => {
    const { title, description } = JSON.parse(text) as { title: string; description: string };
    return `| [\`${title}\`](../../apps/cli/schemas/${file}) | ${inTable(description)} |`;
  });
  pages.set(
    'README.md',
    `# somakit: every command

Written by \`pnpm --filter somakit docs\` from the commands themselves. Options that all commands share are in \`somakit --help\`; output, exit
statuses and settings are in [the README of the terminal](../../apps/cli/README.md).

| command | |
|---|---|
${rows.join('\n')}

\`\`\`text
${helpOf(createProgram({} as Cli).program)}
\`\`\`

## Shapes of --json

| schema | |
|---|---|
${shapes.join('\n')}
`,
  );
  return pages;
};
