import { formatWithOptions, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { expect, it } from 'vitest';
import { Keypair } from '../src/index.js';

const SECRET = '8869cb07178bf67e08d7c4abdf45487dbf379c9a452fcec2836854bf4a3d29b0';

it('shows no secret to Node, however closely it looks', () => {
  const keypair = Keypair.fromSecretKey(SECRET);
  keypair.signTransaction(Uint8Array.of(1));
  const options = { showHidden: true, depth: null, getters: true, showProxy: true };
  const seen = [
    inspect(keypair),
    inspect({ inside: [keypair] }, options),
    inspect(keypair, { ...options, customInspect: false }),
    formatWithOptions(options, '%o %O %j %s', keypair, keypair, keypair, keypair),
    serialize(keypair).toString('hex'),
  ].join('\n');
  expect(seen).toContain(keypair.address);
  for (const part of [SECRET.slice(0, 12), '88 69 cb', '136, 105, 203', '136,105,203', 'somaprivkey1']) {
    expect(seen).not.toContain(part);
  }
});
