import { formatWithOptions, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { expect, it } from 'vitest';
import {
  createMultiSig,
  isSmallOrderPublicKey,
  Keypair,
  parseSignature,
  verifyTransactionSignature,
} from '../src/index.js';
import { codeOf } from './support.js';

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

it('copies what comes in a Buffer, whose slice shares its memory', () => {
  const secret = Buffer.from(SECRET, 'hex');
  const keypair = Keypair.fromSecretKey(secret);
  secret.fill(0);
  expect(keypair.toSecretKeyHex()).toBe(SECRET);

  const bytes = Buffer.from([1, 2, 3]);
  const signature = Buffer.from(keypair.signTransaction(bytes));
  const parsed = parseSignature(signature);
  const publicKey = Buffer.from(keypair.publicKey);
  const account = createMultiSig({ members: [{ publicKey, weight: 1 }], threshold: 1 });
  publicKey[31]! |= 0x80;
  const before = Buffer.from(publicKey);
  expect(isSmallOrderPublicKey(publicKey)).toBe(false);
  expect(publicKey).toEqual(before);
  expect(verifyTransactionSignature(bytes, signature, { strict: true })).toBe(keypair.address);
  signature.fill(0);
  expect(parsed.scheme === 'ed25519' && parsed.publicKey).toEqual(keypair.publicKey);
  expect(account.members[0]?.publicKey).toEqual(keypair.publicKey);
  // 97 zero bytes are a signature by a key of small order.
  expect(codeOf(() => verifyTransactionSignature(bytes, signature, { strict: true }))).toBe('SMALL_ORDER_KEY');
});
