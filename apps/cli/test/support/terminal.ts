import { stripVTControlCharacters } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';
import { atTheEnd, executable, scratch } from './somakit.js';

/** Keys by name, for `write`. */
export const KEYS = { enter: '\r', ctrlC: '\u0003', ctrlD: '\u0004', up: '\u001b[A', down: '\u001b[B' } as const;

export interface TerminalOptions {
  readonly env?: Record<string, string> | undefined;
  readonly cwd?: string | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  /** Another program than somakit. */
  readonly command?: readonly [string, ...string[]] | undefined;
}

/** A program in a pseudo-terminal, as a person sees it. */
export interface Terminal {
  readonly pid: number;
  readonly cwd: string;
  /** Everything that it has printed, control sequences included. */
  raw(): string;
  /** The same without control sequences. */
  text(): string;
  write(keys: string): void;
  resize(columns: number, rows: number): void;
  /** Resolves when the text has come, in what was printed after the last wait; fails with what is there instead. */
  waitFor(text: string | RegExp, timeoutMs?: number): Promise<string>;
  /** The exit status, when it has ended. */
  ended(timeoutMs?: number): Promise<number>;
  signal(signal: NodeJS.Signals): void;
}

/** Runs the executable in a pseudo-terminal. */
export const terminal = (args: readonly string[], options: TerminalOptions = {}): Terminal => {
  const { env = {}, columns = 100, rows = 30 } = options;
  const cwd = options.cwd ?? scratch();
  const [file, ...words] = options.command ?? ([process.execPath, ...executable] as const);
  const pty: IPty = spawn(file!, [...words, ...args], {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, TERM: 'xterm-256color', ...env },
  });
  let printed = '';
  let seen = 0;
  let exitCode: number | undefined;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  pty.onData((data) => {
    printed += data;
    tell();
  });
  pty.onExit((exit) => {
    exitCode = exit.signal ? 128 + exit.signal : exit.exitCode;
    tell();
  });
  const text = () => stripVTControlCharacters(printed);
  const until = <T>(what: string, timeoutMs: number, look: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        listeners.delete(check);
        settle();
      };
      const fail = (reason: string) => () =>
        reject(new RangeError(`${what}: ${reason}. The terminal shows:\n${text().slice(-3000)}`));
      const timer = setTimeout(() => end(fail(`not within ${timeoutMs} ms`)), timeoutMs);
      const check = () => {
        const found = look();
        if (found !== undefined) end(() => resolve(found));
        else if (exitCode !== undefined) end(fail(`ended with ${exitCode}`));
      };
      listeners.add(check);
      check();
    });
  atTheEnd(() => {
    if (exitCode === undefined) pty.kill('SIGKILL');
  });
  return {
    pid: pty.pid,
    cwd,
    raw: () => printed,
    text,
    write: (keys) => pty.write(keys),
    resize: (toColumns, toRows) => pty.resize(toColumns, toRows),
    waitFor: (wanted, timeoutMs = 60_000) =>
      until(`waiting for ${wanted}`, timeoutMs, () => {
        const rest = text().slice(seen);
        const at = typeof wanted === 'string' ? rest.indexOf(wanted) : rest.search(wanted);
        if (at < 0) return undefined;
        const length = typeof wanted === 'string' ? wanted.length : wanted.exec(rest)![0].length;
        seen += at + length;
        return rest.slice(at, at + length);
      }),
    ended: (timeoutMs = 60_000) => until('waiting for the end', timeoutMs, () => exitCode),
    signal: (signal) => process.kill(pty.pid, signal),
  };
};
