import { Argument, type Command } from 'commander';
import type { Cli } from '../cli.js';
import type { Shell } from '../completion/scripts.js';

export const build = (group: Command, cli: Cli): void => {
  group
    .addArgument(new Argument('<shell>', 'whose script is printed').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
Completes commands, options, environments and accounts, and file names where files are meant.

Examples:
  echo 'source <(somakit completions bash)' >> ~/.bashrc
  somakit completions zsh > "\${fpath[1]}/_somakit"
  somakit completions fish > ~/.config/fish/completions/somakit.fish`,
    )
    .action(async (shell: Shell) => {
      const { SCRIPTS } = await import('../completion/scripts.js');
      if (cli.out.json) cli.out.object('completions/1', { shell, script: SCRIPTS[shell] });
      else cli.out.raw(SCRIPTS[shell]);
    });
};
