import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readClientYaml, writeClientYaml } from '../../src/node/client-yaml.js';

const ADDRESS = '5e93a736d04fbb25737aa40bee40171ef79f65fae833749e3c089fe7cc2161f1';

// As serde_yaml 0.8 writes `SomaClientConfig`; made from its rules, not by our code.
const official = (changes: Partial<Record<'env' | 'address' | 'chain' | 'more', string>> = {}) => `---
keystore:
  File: /home/me/.soma/soma_config/soma.keystore
external_keys: ~
envs:
  - alias: testnet
    rpc: "https://fullnode.testnet.soma.org:443"
    basic_auth: ~
  - alias: local
    rpc: "http://127.0.0.1:9000"
    basic_auth: ~
${changes.chain ?? ''}${changes.more ?? ''}active_env: ${changes.env ?? 'testnet'}
active_address: ${changes.address ?? ADDRESS}
`;

const failure = (text: string): unknown => {
  try {
    readClientYaml(text, '/x/client.yaml');
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('client.yaml', () => {
  it('is written as the official programs write it', () => {
    const text = writeClientYaml({
      keystore: '/home/me/.soma/soma_config/soma.keystore',
      environments: [
        { alias: 'testnet', rpc: 'https://fullnode.testnet.soma.org:443' },
        { alias: 'local', rpc: 'http://127.0.0.1:9000' },
      ],
      activeEnvironment: 'testnet',
      activeAddress: `0x${ADDRESS}` as never,
    });
    expect(text).toBe(official());
  });

  it('keeps every byte but those of what is changed', () => {
    const yaml = readClientYaml(official(), 'client.yaml');
    expect(yaml.with({})).toBe(official());
    expect(yaml.with({ activeEnvironment: 'local' })).toBe(official({ env: 'local' }));
    expect(yaml.with({ activeAddress: null })).toBe(official({ address: '~' }));
    const other = `0x${'ab'.repeat(32)}` as never;
    expect(yaml.with({ activeAddress: other })).toBe(official({ address: 'ab'.repeat(32) }));
    const chain = '    chain_id: localnet\n';
    expect(yaml.with({ chainId: { alias: 'local', chainId: 'localnet' } })).toBe(official({ chain }));
    const more = '  - alias: mine\n    rpc: "http://10.0.0.1:9000"\n    basic_auth: "me:secret"\n';
    const mine = { alias: 'mine', rpc: 'http://10.0.0.1:9000', basicAuth: 'me:secret' };
    const added = yaml.with({ addEnvironment: mine });
    expect(added).toBe(official({ more }));
    expect(readClientYaml(added, 'client.yaml').with({ removeEnvironment: 'mine' })).toBe(official());
  });

  it('keeps comments and fields that it does not know', () => {
    const text = `# my networks
keystore:
  File: /k
envs:
  - alias: a # the first
    rpc: http://a
    colour: red
active_env: a # at home
active_address: 0x${ADDRESS}
proxy:
  host: x
`;
    const yaml = readClientYaml(text, 'client.yaml');
    expect(yaml.activeAddress).toBe(`0x${ADDRESS}`);
    const changed = yaml.with({ addEnvironment: { alias: 'b', rpc: 'http://b' }, activeEnvironment: 'b' });
    for (const kept of ['# my networks', '# the first', 'colour: red', '# at home', 'proxy:\n  host: x']) {
      expect(changed).toContain(kept);
    }
    expect(readClientYaml(changed, 'client.yaml')).toMatchObject({
      activeEnvironment: 'b',
      environments: [{ alias: 'a' }, { alias: 'b', rpc: 'http://b' }],
    });
  });

  it('reads every text as text, and absent fields as absent', () => {
    const text = `envs: [{ alias: 1, rpc: http://a, basic_auth: null, chain_id: 0x10 }]\nactive_env: 1\nactive_address: ${'1'.repeat(64)}`;
    expect(readClientYaml(text, 'client.yaml')).toMatchObject({
      keystore: undefined,
      externalKeys: undefined,
      environments: [{ alias: '1', rpc: 'http://a', chainId: '0x10' }],
      activeEnvironment: '1',
      activeAddress: `0x${'1'.repeat(64)}`,
    });
    expect(readClientYaml('external_keys:\n  InMem: {}\n', 'client.yaml').externalKeys).toBeUndefined();
  });

  it.each([
    ['no YAML', 'envs: [1\nsecret: a', undefined],
    ['a list', '- a', undefined],
    ['envs that are no list', 'envs: hidden', 1],
    ['an environment without a URL', 'envs:\n  - alias: hidden', 2],
    ['a keystore in memory', 'keystore:\n  InMem: { keys: hidden }', 2],
    ['a keystore without a path', 'a: 1\nkeystore: hidden', 2],
    ['an address that is none', 'active_address: hidden', 1],
    ['a short address', 'active_address: 0xb0b', 1],
    ['two fields of one name', 'active_env: a\nactive_env: hidden', undefined],
    ['an alias of its own making', 'a: &x [*x, *x]\nenvs: *y', undefined],
  ])('refuses %s without showing what it holds', (_, text, line) => {
    const error = failure(text) as { code: string; context: object; message: string };
    expect(error).toMatchObject({ code: 'WALLET_DAMAGED', context: { path: '/x/client.yaml' } });
    if (line !== undefined) expect(error.context).toMatchObject({ line });
    expect(JSON.stringify(error) + error.message).not.toContain('hidden');
  });

  it('gives back every alias and URL that it is given', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const environment = fc.record({ alias: text, rpc: text, basicAuth: text, chainId: text });
    fc.assert(
      fc.property(environment, text, (added, active) => {
        const written = readClientYaml(official(), 'c').with({ addEnvironment: added, activeEnvironment: active });
        const back = readClientYaml(written, 'c');
        expect(back.environments[2]).toEqual(added);
        expect(back.activeEnvironment).toBe(active);
      }),
    );
  });
});
