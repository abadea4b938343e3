import type { Command } from 'commander';
import type { Cli } from '../src/cli.js';
import { groups } from '../src/commands/index.js';
import { createProgram } from '../src/program.js';
import { helpOf, leaves, pathOf } from './reference.js';

/** Text that roff prints as it is. */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replaceAll('…', '...')
    .replaceAll('’', "'");

const asIs = (text: string): string => `.nf\n${plain(text)}\n.fi`;

/** The manual page: every command with its help. */
export const generateManual = async (version: string): Promise<string> => {
  const { program, load } = createProgram({} as Cli);
  const parts: string[] = [];
  for (const { name } of groups) {
    const group = program.commands.find((each) => each.name() === name)!;
    await load(group);
    const commands: Command[] = [group, ...leaves(group)];
    for (const command of commands) parts.push(`.SS ${plain(pathOf(command))}\n${asIs(helpOf(command, 72))}`);
  }
  return `.TH SOMAKIT 1 "" "somakit ${version}" "User Commands"
.SH NAME
somakit \\- decentralised model training from the terminal
.SH SYNOPSIS
.B somakit
.I command
[options]
.SH DESCRIPTION
${asIs(helpOf(program, 72))}
.SH COMMANDS
${parts.join('\n')}
.SH FILES
.TP
.I ~/.soma/soma_config/client.yaml, soma.keystore, soma.aliases
Networks and keys, in the official forms; SOMA_CONFIG_DIR names another folder.
.TP
.I ~/.config/somakit/config.json
Settings; SOMAKIT_CONFIG_FILE names another file.
.TP
.I ~/.local/state/somakit
Transactions whose outcome is unknown; SOMAKIT_STATE_DIR names another folder.
`;
};
