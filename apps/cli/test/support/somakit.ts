import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, inject, vi } from 'vitest';
import { expectSchema } from './schemas.js';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as lines of JSON, each of which has been held against its published schema. */
  json<T = Record<string, unknown>>(): T[];
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

// A test starts several processes.
vi.setConfig({ testTimeout: 180_000 });

/** How the executable is started: bundled from its sources at the start of the run. */
export const executable: readonly string[] = [inject('somakitMain')];

const cleaning: (() => unknown)[] = [];
/** What is to be done when the test is over, whatever came of it. */
export const atTheEnd = (clean: () => unknown): void => {
  cleaning.push(clean);
};
afterEach(async () => {
  for (const clean of cleaning.splice(0)) await clean();
});

/** A folder that is gone after the test. */
export const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'somakit-cli-'));
  cleaning.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export interface RunOptions {
  readonly env?: Record<string, string> | undefined;
  readonly cwd?: string | undefined;
  readonly stdin?: string | undefined;
  /** Sent when `when` resolves. */
  readonly interrupt?: { readonly when: Promise<unknown>; readonly signal: NodeJS.Signals } | undefined;
}

/** Runs the executable as a shell would, with nothing of this process's environment but the path. */
export const somakit = (args: readonly string[], options: RunOptions = {}): Promise<Finished> => {
  const { env = {}, stdin = '', interrupt } = options;
  const cwd = options.cwd ?? scratch();
  const child = spawn(process.execPath, [...executable, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: cwd, ...env },
    stdio: 'pipe',
  });
  cleaning.push(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  interrupt?.when.then(() => child.kill(interrupt.signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const errors = stderr.split('\n').filter((line) => line.startsWith('{"schema":'));
      for (const line of errors) expectSchema(line);
      resolve({
        code,
        stdout,
        stderr,
        json: <T>() =>
          stdout
            .trim()
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => expectSchema<T>(line)),
      });
    });
  });
};

export interface Double {
  readonly url: string;
  readonly seen: Seen[];
}

/** A server on a free port of loopback; `answer` gives the JSON, or a status and JSON, or `undefined` to stay silent. */
export const serve = async (
  answer: (request: Seen, response: ServerResponse) => { status?: number; json?: unknown } | undefined,
): Promise<Double> => {
  const seen: Seen[] = [];
  const server = createServer(async (message, response) => {
    let body = '';
    for await (const part of message.setEncoding('utf8')) body += part;
    const url = new URL(message.url ?? '', 'http://loopback');
    const request: Seen = {
      method: message.method ?? '',
      path: url.pathname,
      query: url.search.slice(1),
      headers: message.headers,
      body,
    };
    seen.push(request);
    const given = answer(request, response);
    if (given === undefined) return;
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json' });
    response.end(given.json === undefined ? '' : JSON.stringify(given.json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleaning.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
};
