import { spawn } from 'node:child_process';
import { expectSchema } from './schemas.js';
import { atTheEnd, executable, scratch } from './somakit.js';

type Line = Record<string, unknown>;

/** A command that goes on until it is ended, run with --json. */
export interface Running {
  readonly pid: number;
  readonly cwd: string;
  /** The lines of JSON so far, each held against its schema. */
  lines(): readonly Line[];
  stderr(): string;
  /** The first line of a schema, printed already or to come. */
  line<T = Line>(schema: string, timeoutMs?: number): Promise<T>;
  /** Sends a signal, and gives the exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the executable without waiting for its end. */
export const start = (
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Running => {
  const cwd = options.cwd ?? scratch();
  const child = spawn(process.execPath, [...executable, ...args, '--json'], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  let rest = '';
  let stderr = '';
  let code: number | null | undefined;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  let broken: unknown;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    try {
      lines.push(...parts.filter((part) => part !== '').map((part) => expectSchema(part)));
    } catch (error) {
      broken = error;
    }
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (status) => {
      code = status;
      tell();
      resolve(status);
    });
  });
  atTheEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const find = <T>(schema: string) => lines.find((line) => line.schema === schema) as T | undefined;
  return {
    pid: child.pid!,
    cwd,
    lines: () => lines,
    stderr: () => stderr,
    line: <T>(schema: string, timeoutMs = 60_000) =>
      new Promise<T>((resolve, reject) => {
        const finish = (act: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          act();
        };
        const fail = (reason: string) =>
          finish(() => reject(broken ?? new RangeError(`${schema}: ${reason}\n${stderr}`)));
        const timer = setTimeout(() => fail(`not within ${timeoutMs} ms`), timeoutMs);
        const look = () => {
          const found = find<T>(schema);
          if (found !== undefined) finish(() => resolve(found));
          else if (broken !== undefined || code !== undefined) fail(`ended with ${code}`);
        };
        listeners.add(look);
        look();
      }),
    end: (signal = 'SIGINT') => {
      child.kill(signal);
      return ended;
    },
  };
};
