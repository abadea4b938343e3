import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as sdk from '@somakit/sdk';
import { findPart } from '@somakit/vitest-config/parts';
import { describe, expect, it } from 'vitest';

const python = findPart('python');

const LIST = `
import inspect, json, soma_sdk
out = {}
for name in dir(soma_sdk.SomaClient):
    if name.startswith('_'): continue
    member = getattr(soma_sdk.SomaClient, name)
    try: parameters = [p for p in inspect.signature(member).parameters if p not in ('self',)]
    except ValueError: parameters = None
    out[name] = parameters
print(json.dumps(out))
`;

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

describe.runIf(python !== undefined)('the SDK beside the installed Python client', () => {
  it('has each of its methods, as a method and as a function', async () => {
    const { stdout } = await promisify(execFile)(python!, ['-c', LIST]);
    const members = JSON.parse(stdout) as Record<string, string[] | null>;
    expect(Object.keys(members).length).toBeGreaterThanOrEqual(61);
    const client = sdk.createSomaClient({ network: 'localnet' }) as unknown as Record<string, unknown>;
    const missing = Object.keys(members)
      .map(camel)
      .filter((name) => typeof client[name] !== 'function');
    expect(missing).toEqual([]);
    const helpers = new Set(['toShannons', 'toSoma']);
    const functions = sdk as unknown as Record<string, unknown>;
    const notFree = Object.keys(members)
      .map(camel)
      .filter((name) => !helpers.has(name) && typeof functions[name] !== 'function');
    expect(notFree).toEqual([]);
  });
});
