import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** What a Python peer answered: a result, or the exception that the original raised. */
export type PeerAnswer<T> = { ok: T } | { error: string; message: string };

/** A Python program that answers one JSON line for each JSON line. */
export interface Peer {
  /** The result. Throws when the original raised. */
  call<T>(method: string, ...args: unknown[]): Promise<T>;
  /** The result or the original's exception. */
  ask<T>(method: string, ...args: unknown[]): Promise<PeerAnswer<T>>;
  stop(): Promise<void>;
}

/** Starts `python/NAME.py` in the environment of the original clients. */
export const startPeer = (python: string, name: string): Peer => {
  const script = fileURLToPath(new URL(`../python/${name}.py`, import.meta.url));
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(python, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line));
  const ended = new Promise<void>((resolve) => {
    child.on('exit', (code, signal) => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`${name}.py ended (${code ?? signal})`));
      resolve();
    });
  });
  const ask = async <T>(method: string, ...args: unknown[]): Promise<PeerAnswer<T>> => {
    const line = await new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject });
      child.stdin.write(`${JSON.stringify({ method, args })}\n`);
    });
    return JSON.parse(line) as PeerAnswer<T>;
  };
  return {
    ask,
    call: async <T>(method: string, ...args: unknown[]): Promise<T> => {
      const answer = await ask<T>(method, ...args);
      if ('ok' in answer) return answer.ok;
      throw new Error(`${method}: ${answer.error}: ${answer.message}`);
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
};
