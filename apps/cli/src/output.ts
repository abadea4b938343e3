import { stringifyJson } from '@somakit/core';
import { type Column, printFields, printTable } from './table.js';
import { formatBytes, visible } from './text.js';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** Where commands write: results to stdout, everything about the way there to stderr. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  bold(text: string): string;
  dim(text: string): string;
  /** A line of the result. */
  line(text: string): void;
  /** Text as it is. */
  raw(text: string): void;
  /** One line of JSON; the shape's name and version come first. */
  object(schema: string, value: object): void;
  table<T>(columns: readonly Column<T>[], rows: readonly T[], empty: string): Promise<void>;
  fields(fields: readonly (readonly [string, string])[]): Promise<void>;
  /** For people, on stderr; not with --quiet. */
  note(text: string): void;
  /** More than most want to know; with --verbose only. */
  detail(text: string): void;
  /** How far something long is: one line that is written over, on a terminal only. */
  progress(text: string, done: number, total: number | undefined, unit?: 'bytes' | 'count'): void;
  /** What is going on: one line that is written over, on a terminal only. */
  status(text: string): void;
  endProgress(): void;
}

const styled = (on: boolean, start: number, end: number) => (text: string) =>
  on ? `\u001b[${start}m${text}\u001b[${end}m` : text;

export const wantsColor = (flag: boolean, env: NodeJS.ProcessEnv, isTerminal: boolean): boolean =>
  flag && !env.NO_COLOR && env.TERM !== 'dumb' && (isTerminal || (env.FORCE_COLOR ?? '0') !== '0');

export const createOutput = ({ json, quiet, verbose, color }: OutputOptions): Output => {
  const bold = styled(color, 1, 22);
  const raw = (text: string) => void process.stdout.write(text);
  let drawn = 0;
  let onLine = false;
  const endProgress = () => {
    if (onLine) process.stderr.write('\r\u001b[K');
    onLine = false;
  };
  return {
    json,
    quiet,
    bold,
    dim: styled(color, 2, 22),
    raw,
    line: (text) => raw(`${text}\n`),
    object: (schema, value) => raw(`${stringifyJson(Object.assign({ schema }, value, { schema }))}\n`),
    table: async (columns, rows, empty) => {
      raw(rows.length === 0 ? `${empty}\n` : `${await printTable(columns, rows, bold)}\n`);
    },
    fields: async (fields) => raw(`${await printFields(fields, bold)}\n`),
    note: (text) => {
      if (quiet) return;
      endProgress();
      process.stderr.write(`${visible(text)}\n`);
    },
    detail: (text) => {
      if (!verbose) return;
      endProgress();
      process.stderr.write(`${visible(text)}\n`);
    },
    progress: (text, done, total, unit = 'bytes') => {
      const now = performance.now();
      if (quiet || !process.stderr.isTTY || (now - drawn < 100 && done !== total)) return;
      drawn = now;
      onLine = true;
      const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
      const filled = Math.round((share ?? 0) * 24);
      const bar = share === undefined ? '' : `${'█'.repeat(filled)}${'░'.repeat(24 - filled)} `;
      const format = unit === 'bytes' ? formatBytes : String;
      const sizes = total === undefined ? format(done) : `${format(done)} of ${format(total)}`;
      process.stderr.write(`\r\u001b[K${bar}${visible(text)} ${sizes}`);
    },
    status: (text) => {
      if (quiet || !process.stderr.isTTY) return;
      onLine = true;
      process.stderr.write(`\r\u001b[K${visible(text)}`);
    },
    endProgress,
  };
};
