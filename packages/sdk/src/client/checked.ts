import { invalidArgument, kindOf } from '@somakit/core';
import type { SomaBase } from './types.js';

// biome-ignore lint/suspicious/noExplicitAny: whatever follows the client; the function's own type is kept
type Action = (client: SomaBase, ...rest: any[]) => unknown;

/** What callers from JavaScript, and casts, get wrong: anything but a client first and parameters second. */
const mistake = (name: string, run: Action, client: unknown, rest: readonly unknown[]): unknown => {
  if (typeof client !== 'object' || client === null || !('rpc' in client)) {
    const hint = `${name}(createSomaClient({ network: 'localnet' }), { ... }).`;
    return invalidArgument('client', 'a client of createSomaClient or createBaseClient', kindOf(client), hint);
  }
  const [parameters] = rest;
  // A function counts two parameters when the second has no default.
  if (parameters === undefined && run.length < 2) return undefined;
  if (typeof parameters === 'object' && parameters !== null) return undefined;
  return invalidArgument('parameters', `the parameters object of ${name}`, kindOf(parameters));
};

/** A public function: the one place where its arguments are looked at before anything is done. */
export const checked = <F extends Action>(name: string, run: F): F => {
  const outer: Action = (client, ...rest) => {
    const wrong = mistake(name, run, client, rest);
    if (wrong !== undefined) return Promise.reject(wrong);
    try {
      return run(client, ...rest);
    } catch (error) {
      // Some find out at once, others later: callers shall not have to know which.
      return Promise.reject(error);
    }
  };
  return outer as F;
};

/** As {@link checked} for functions that give a list to iterate: they throw. */
export const checkedList = <F extends Action>(name: string, run: F): F => {
  const outer: Action = (client, ...rest) => {
    const wrong = mistake(name, run, client, rest);
    if (wrong !== undefined) throw wrong;
    return run(client, ...rest);
  };
  return outer as F;
};
