import { Command, CommanderError } from 'commander';
import type { Cli } from './cli.js';
import { groups } from './commands/index.js';
import { EXIT } from './exit-codes.js';
import { version } from './version.js';

interface GlobalOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly debug?: boolean;
  readonly color: boolean;
  readonly dotenv?: string | false;
}

const FOOTER = `
Exit status: 0 done, 1 other error, 2 usage, 3 configuration, 4 network, 5 refused, 6 failed on chain,
             7 outcome unknown, 130 interrupted

Examples:
  somakit wallet new
  somakit transfer --to 0x… --amount 1.5
  somakit balance --json`;

/** A command line whose groups are loaded one by one. */
export interface LazyProgram {
  readonly program: Command;
  /** Loads the group that a command stands for, if it is one and has not been loaded. */
  load(command: Command): Promise<void>;
}

/** The whole command line. What a command needs is loaded when that command runs. */
export const createProgram = (cli: { -readonly [K in keyof Cli]: Cli[K] }): LazyProgram => {
  const program = new Command('somakit')
    .description('Decentralised model training from the terminal.')
    .usage('<command> [options]')
    .version(version(), '-V, --version', 'show the version')
    .option('--json', 'print JSON, one object per line, and errors as JSON on stderr')
    .option('-q, --quiet', 'print the result only')
    .option('--verbose', 'say more on stderr: network, account, what is waited for')
    .option('--debug', 'show where an error happened')
    .option('--no-color', 'no colours (also NO_COLOR)')
    // Not --env-file: Node 20 takes that for itself wherever it stands.
    .option('--dotenv <file>', 'take API keys from this file (default: .env, where there is one)')
    .option('--no-dotenv', 'read no .env')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show the help of a command')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', FOOTER);
  const built = new Set<Command>();
  for (const { name, summary, section, aliases = [] } of groups) {
    program
      .command(name)
      .description(summary)
      .aliases([...aliases])
      .helpGroup(section);
  }
  const load = async (command: Command): Promise<void> => {
    const group = groups.find(({ name }) => name === command.name());
    if (group === undefined || command.parent !== program || built.has(command)) return;
    built.add(command);
    (await group.load()).build(command, cli);
  };
  program.hook('preSubcommand', (_, command) => load(command));
  program.hook('preAction', async (_, action) => {
    const [{ createOutput, wantsColor }, { readEnvFile }, { applySettings, readSettingsFile }] = await Promise.all([
      import('./output.js'),
      import('./environment.js'),
      import('./settings.js'),
    ]);
    applySettings(action, readSettingsFile());
    const { json = false, quiet = false, verbose = false, color, dotenv } = program.opts<GlobalOptions>();
    cli.out = createOutput({
      json,
      quiet,
      verbose,
      color: wantsColor(color, process.env, process.stdout.isTTY === true),
    });
    readEnvFile(dotenv);
  });
  return { program, load };
};

/** `help tinker checkpoint` as `tinker checkpoint --help`: the help command looks no further than the first word. */
const plainHelp = (argv: readonly string[]): string[] => {
  const at = argv.findIndex((each) => !each.startsWith('-'));
  return argv[at] === 'help' ? [...argv.slice(0, at), ...argv.slice(at + 1), '--help'] : [...argv];
};

const START: Readonly<Record<string, readonly string[]>> = {
  localnet: ['localnet', 'start'],
  scoring: ['scoring', 'serve'],
};

/** `start localnet` and `start scoring`, as the official program calls them. */
const officialStart = (argv: readonly string[]): readonly string[] => {
  const at = argv.findIndex((each) => !each.startsWith('-'));
  const words = argv[at] === 'start' ? START[argv[at + 1] ?? ''] : undefined;
  return words === undefined ? argv : [...argv.slice(0, at), ...words, ...argv.slice(at + 2)];
};

/** Runs a command line and gives the exit status. */
export const run = async (argv: readonly string[], signal: AbortSignal): Promise<number> => {
  let exitCode = 0;
  const cli = {
    signal,
    exitWith: (code: number) => {
      exitCode = code;
    },
  } as Cli;
  const { program, load } = createProgram(cli);
  if (argv[0] === 'complete') {
    const { complete } = await import('./completion/complete.js');
    await complete({ program, load }, argv.slice(argv[1] === '--' ? 2 : 1));
    return 0;
  }
  try {
    await program.parseAsync(plainHelp(officialStart(argv)), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')) {
      return error.exitCode === 0 ? 0 : 2;
    }
    cli.out?.endProgress();
    const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
    const [{ reportError, usageError }, { fromEnvironment }] = await Promise.all([
      import('./errors.js'),
      import('./settings.js'),
    ]);
    const shown =
      error instanceof CommanderError
        ? usageError(error.message.replace(/^error: /, '').trim(), 'somakit help, or --help after the command.')
        : error;
    const code = reportError(shown, {
      json: own.includes('--json') || (cli.out?.json ?? fromEnvironment('json') === true),
      debug: own.includes('--debug') || program.opts<GlobalOptions>().debug === true,
      write: (text) => void process.stderr.write(text),
    });
    // A library may name the end in words of its own. What nobody knows the outcome of is worse than an end.
    return signal.aborted && code !== EXIT.unknownOutcome ? EXIT.interrupted : code;
  }
};
