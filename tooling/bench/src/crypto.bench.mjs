import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { sha512 } from '@noble/hashes/sha2.js';
import {
  blake2b256,
  commitment,
  createObjectSet,
  encryptWeights,
  Keypair,
  verifyTransactionSignature,
} from '@somakit/crypto';
import vectors from '@somakit/vectors/transactions.json' with { type: 'json' };

const MIB = 2 ** 20;
const SOMA = 'soma-sdk';
const transfer = vectors.builders.find(({ method }) => method === 'transfer_coin');
const transaction = new Uint8Array(Buffer.from(transfer.bcs, 'hex'));
const keypair = Keypair.fromSecretKey(transfer.signer_secret);
const signature = keypair.signTransaction(transaction);

/** Random enough for a cipher and a hash, and quick to make. */
const filled = (length) => {
  const block = randomBytes(MIB);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += MIB) bytes.set(block.subarray(0, Math.min(MIB, length - at)), at);
  return bytes;
};

const smallHash = (size) => ({
  name: `blake2b256 of ${size} bytes`,
  unit: 'calls/s',
  peerName: 'noble',
  prepare: () => new Uint8Array(randomBytes(size)),
  ours: (tools, bytes) => tools.callsPerSecond(() => blake2b256(bytes), { batch: 1000 }),
  peer: (tools, bytes) => tools.callsPerSecond(() => blake2b(bytes, { dkLen: 32 }), { batch: 1000 }),
});

const GIB = 1024 * MIB;
const encryptGibibyte = {
  prepare: async (tools) => {
    const from = tools.temporary('weights');
    const file = await open(from, 'wx');
    const piece = filled(16 * MIB);
    for (let written = 0; written < GIB; written += piece.length) await file.write(piece);
    await file.close();
    return { from, to: tools.temporary('encrypted') };
  },
  run: (tools, { from, to }) => tools.child(new URL('./children/encrypt-file.mjs', import.meta.url), from, to),
};

/** A row for the process as it is, and one for processes without the optional libsodium. */
const signatures = ({ what, ...row }, ours) => [
  { name: `${what} a transfer`, unit: 'calls/s', ...row, ours },
  {
    name: `${what} a transfer without libsodium`,
    unit: 'calls/s',
    ...row,
    ours: async (tools) => {
      const child = new URL('./children/openssl.mjs', import.meta.url);
      return (await tools.child(child, what, transfer.signer_secret, transfer.bcs)).callsPerSecond;
    },
  },
];

/** @type {import('./types.d.ts').Bench[]} */
export const benches = [
  ...signatures(
    {
      what: 'sign',
      goal: { ratio: 0.45 },
      peerName: SOMA,
      peer: async (tools) => (await tools.python('sign.py', transfer.signer_secret, transfer.bcs))?.callsPerSecond,
    },
    (tools) => tools.callsPerSecond(() => keypair.signTransaction(transaction)),
  ),
  ...signatures(
    {
      what: 'verify',
      goal: { ratio: 0.5 },
      peerName: 'PyNaCl',
      peer: async (tools) =>
        (await tools.python('verify.py', Buffer.from(signature).toString('hex'), transfer.signing_digest))
          ?.callsPerSecond,
    },
    (tools) => tools.callsPerSecond(() => verifyTransactionSignature(transaction, signature)),
  ),
  {
    name: 'an object into the live-object commitment',
    unit: 'calls/s',
    goal: { ratio: 4 },
    peerName: 'noble',
    // More than a set keeps the points of.
    prepare: () => Array.from({ length: 4096 }, () => new Uint8Array(randomBytes(32))),
    ours: (tools, digests) => {
      const live = createObjectSet();
      return tools.callsPerSecond((i) => live.add(digests[i % digests.length]));
    },
    peer: (tools, digests) => {
      let live = ristretto255.Point.ZERO;
      return tools.callsPerSecond((i) => {
        live = live.add(ristretto255_hasher.deriveToCurve(sha512(digests[i % digests.length])));
      });
    },
  },
  {
    name: 'commitment of 256 MiB',
    unit: 'MB/s',
    goal: { ratio: 0.9 },
    peerName: SOMA,
    prepare: () => filled(256 * MIB),
    ours: (tools, bytes) => tools.megabytesPerSecond(bytes.length, () => commitment(bytes)),
    peer: async (tools) => (await tools.python('weights.py', 'commitment', 256 * MIB))?.megabytesPerSecond,
  },
  {
    name: 'encryptWeights of 256 MiB',
    unit: 'MB/s',
    goal: { ratio: 1.5 },
    peerName: SOMA,
    prepare: () => filled(256 * MIB),
    ours: (tools, bytes) => tools.megabytesPerSecond(bytes.length, () => encryptWeights(bytes)),
    peer: async (tools) => (await tools.python('weights.py', 'encrypt', 256 * MIB))?.megabytesPerSecond,
  },
  smallHash(40),
  smallHash(200),
  {
    name: 'encryptFile of 1 GiB',
    unit: 'MB/s',
    rounds: 1,
    prepare: encryptGibibyte.prepare,
    ours: async (tools, paths) => GIB / 1e6 / (await encryptGibibyte.run(tools, paths)).seconds,
  },
  {
    name: 'encryptFile of 1 GiB, peak memory',
    unit: 'MB',
    goal: { atMost: 150 },
    smallerIsBetter: true,
    rounds: 1,
    prepare: encryptGibibyte.prepare,
    ours: async (tools, paths) => (await encryptGibibyte.run(tools, paths)).peakBytes / 1e6,
  },
];
