import type { Argument, Command, Option } from 'commander';
import type { LazyProgram } from '../program.js';
import { knownNames } from './names.js';

/** What stands at a place: words to choose from, and whether files come into question. */
interface Answer {
  readonly values: readonly (readonly [value: string, description: string])[];
  readonly files: 'none' | 'files' | 'folders';
}

const NOTHING: Answer = { values: [], files: 'none' };

/** What a placeholder such as `<file>` or `[folder]` asks for. */
const filesOf = (placeholder: string): Answer['files'] => {
  if (/folder/i.test(placeholder)) return 'folders';
  return /file|weights|path/i.test(placeholder) ? 'files' : 'none';
};

const valuesOf = (choices: readonly string[] | undefined, placeholder: string, name: string): Answer => {
  if (choices !== undefined) return { values: choices.map((each) => [each, ''] as const), files: 'none' };
  const known = knownNames(name, placeholder);
  return { values: known.map((each) => [each, ''] as const), files: filesOf(placeholder) };
};

const ofOption = (option: Option): Answer =>
  valuesOf(option.argChoices, /[<[]([^>\]]*)[>\]]/.exec(option.flags)?.[1] ?? '', option.long ?? '');

const ofArgument = (argument: Argument | undefined): Answer =>
  argument === undefined ? NOTHING : valuesOf(argument.argChoices, argument.name(), argument.name());

/** The command itself and those around it, whose options hold for it too. */
const lineage = (command: Command): Command[] =>
  command.parent === null ? [command] : [command, ...lineage(command.parent)];

const optionsOf = (command: Command): Option[] =>
  lineage(command).flatMap((each) => each.createHelp().visibleOptions(each));

const takesValue = (option: Option): boolean => option.required || option.optional;

const answerFor = async ({ program, load }: LazyProgram, given: readonly string[]): Promise<Answer> => {
  const words = given[0] === 'help' ? given.slice(1) : given;
  const current = words.at(-1) ?? '';
  let command = program;
  let asked: Option | undefined;
  let positional = 0;
  let onlyArguments = false;
  const used = new Set<string>();
  for (const word of words.slice(0, -1)) {
    if (asked !== undefined) asked = undefined;
    else if (word === '--') onlyArguments = true;
    else if (word.startsWith('-') && !onlyArguments) {
      const option = optionsOf(command).find(({ long, short }) => [long, short].includes(word.replace(/=.*$/, '')));
      if (option !== undefined) used.add(option.attributeName());
      if (option !== undefined && takesValue(option) && !word.includes('=')) asked = option;
    } else {
      const next = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
      if (next === undefined || positional > 0) positional++;
      else {
        await load(next);
        command = next;
      }
    }
  }
  if (asked !== undefined) return ofOption(asked);
  const [, name, start] = /^(--[^=]+)=(.*)$/.exec(current) ?? [];
  if (name !== undefined && start !== undefined && !onlyArguments) {
    const option = optionsOf(command).find(({ long }) => long === name);
    const { values, files } = option === undefined ? NOTHING : ofOption(option);
    return { values: values.map(([value, text]) => [`${name}=${value}`, text]), files };
  }
  if (current.startsWith('-') && !onlyArguments) {
    const open = optionsOf(command).filter((each) => each.variadic || !used.has(each.attributeName()));
    return { values: open.map(({ long, short, description }) => [long ?? short ?? '', description]), files: 'none' };
  }
  const commands =
    positional === 0
      ? command
          .createHelp()
          .visibleCommands(command)
          .map((each) => [each.name(), each.description()] as const)
      : [];
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[positional] ?? (last?.variadic ? last : undefined);
  const { values, files } = ofArgument(argument);
  return { values: [...commands, ...values], files };
};

/**
 * Prints what may follow the words of a command line, the last of which is begun (or empty): `value<TAB>description` lines,
 * then `:none`, `:files` or `:folders`. The scripts of `somakit completions` ask this.
 */
export const complete = async (program: LazyProgram, words: readonly string[]): Promise<void> => {
  const { values, files } = await answerFor(program, words);
  const current = words.at(-1) ?? '';
  const seen = new Map(values.filter(([value]) => value.startsWith(current)));
  const lines = [...seen].map(([value, text]) => `${value}\t${text.replace(/\s+/g, ' ')}`);
  process.stdout.write(`${[...lines, `:${files}`].join('\n')}\n`);
};
