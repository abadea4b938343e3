import { isError } from '@somakit/core';
import { createMemoryTransport } from '@somakit/rpc/memory';
import { describe, expect, it } from 'vitest';
import * as sdk from '../src/index.js';
import * as verify from '../src/verify/index.js';

type Call = (...args: unknown[]) => unknown;

const client = sdk.createBaseClient({ transport: createMemoryTransport({}), signer: sdk.Keypair.generate() });
const exported: [string, unknown][] = Object.entries({ ...sdk, ...verify });
const functions = exported.filter(
  (entry): entry is [string, Call] => typeof entry[1] === 'function' && !/^[A-Z]/.test(entry[0]),
);
/** Those that work on a client, by the methods of one. */
const methods = new Set(Object.keys(sdk.createSomaClient({ network: 'localnet' })));
const helpers = new Set(['commitment', 'decryptWeights', 'encryptWeights', 'modelManifest']);
const actions = functions.filter(([name]) => methods.has(name) && !helpers.has(name));
const others = functions.filter(([name]) => !methods.has(name) || helpers.has(name));

/** What a call throws, gives back as a rejection, or throws while its list is read; undefined when it succeeds. */
const errorOf = async (call: Call, ...args: unknown[]): Promise<unknown> => {
  try {
    const result = await call(...args);
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result) {
      await (result as AsyncGenerator).next();
    }
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('every public function', () => {
  it('is looked at here', () => {
    expect(actions.length).toBeGreaterThan(55);
    expect(others.map(([name]) => name)).toContain('createSomaClient');
  });

  it.each(actions)('%s: says that its parameters are none', async (name, call) => {
    for (const bad of [null, 'text', 5n, () => {}]) {
      const error = await errorOf(call, client, bad);
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', context: { argument: 'parameters' } });
      expect((error as Error).message).toContain(name);
    }
    // Where they may be left out, it goes on to the network, which has nothing to say here.
    const error = await errorOf(call, client);
    expect(error).toSatisfy((thrown) => isError(thrown));
  });

  it.each(actions)('%s: says that it was given no client', async (_, call) => {
    for (const bad of [undefined, null, 'http://127.0.0.1:9000', {}]) {
      expect(await errorOf(call, bad, {})).toMatchObject({
        code: 'INVALID_ARGUMENT',
        context: { argument: 'client' },
        hint: expect.stringContaining('createSomaClient'),
      });
    }
  });

  it.each(actions)('%s: tells what is missing in parameters without anything in them', async (_, call) => {
    for (const parameters of [{}, []]) {
      const error = await errorOf(call, client, parameters);
      if (error !== undefined) expect(error).toSatisfy((thrown) => isError(thrown));
    }
  });

  it.each(others)('%s: throws nothing but errors with a code', async (_, call) => {
    for (const args of [[], [null], [undefined, undefined], [5], [{}]]) {
      const error = await errorOf(call, ...args);
      if (error !== undefined) expect(error).toSatisfy((thrown) => isError(thrown));
    }
  });
});
