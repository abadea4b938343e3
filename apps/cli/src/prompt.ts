import { type SomaKitError, throwIfAborted } from '@somakit/core';
import type { Cli } from './cli.js';

/** Whether somebody can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

const INTERRUPT = '\u0003';
const END = '\u0004';
const BACK = new Set(['\u007f', '\b']);

/** Asks for a line that nobody shall read over a shoulder. Only where {@link canAsk}. @throws ABORTED on Ctrl-C */
export const askSecret = async ({ signal }: Cli, question: string): Promise<string> => {
  const { stdin, stderr } = process;
  const was = stdin.isRaw;
  // Before the question: who answers at once must not see the answer.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.resume();
  stdin.setEncoding('utf8');
  let text: string[] = [];
  try {
    return await new Promise<string>((resolve, reject) => {
      const finish = (act: () => void) => {
        stdin.off('data', onData);
        signal.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = () => finish(() => reject(signal.reason as SomaKitError));
      const onData = (part: string) => {
        for (const sign of part) {
          if (sign === '\r' || sign === '\n') return finish(() => resolve(text.join('')));
          // Raw mode makes no signals of keys.
          if (sign === INTERRUPT || sign === END) {
            process.kill(process.pid, 'SIGINT');
            return;
          }
          if (BACK.has(sign)) text = text.slice(0, -1);
          else if (sign >= ' ') text.push(sign);
        }
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort);
      stdin.on('data', onData);
    });
  } catch (error) {
    throwIfAborted(signal, 'prompt');
    throw error;
  } finally {
    stdin.setRawMode(was);
    stdin.pause();
    stderr.write('\n');
  }
};

/** A line of an answer. Only where {@link canAsk}. @throws ABORTED on Ctrl-C */
export const ask = async ({ signal }: Cli, question: string): Promise<string> => {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Raw mode again: readline hears Ctrl-C itself.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    // Ctrl-D closes without an answer.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    return (await Promise.race([terminal.question(question, { signal }), closed])).trim();
  } catch (error) {
    throwIfAborted(signal, 'prompt');
    throw error;
  } finally {
    terminal.close();
  }
};

let read: Promise<string> | undefined;

/** All of standard input, once. */
export const readStdin = (): Promise<string> => {
  read ??= (async () => {
    let text = '';
    for await (const part of process.stdin.setEncoding('utf8')) text += part;
    return text;
  })();
  return read;
};
