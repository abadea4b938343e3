import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { blake2b } from '@noble/hashes/blake2.js';
import { blake2b256, commitment, encryptWeights, Keypair, verifyTransactionSignature } from '@somakit/crypto';
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

/** @type {import('./types.d.ts').Bench[]} */
export const benches = [
  {
    name: 'sign a transfer',
    unit: 'calls/s',
    goal: { ratio: 0.45 },
    peerName: SOMA,
    ours: (tools) => tools.callsPerSecond(() => keypair.signTransaction(transaction)),
    peer: async (tools) => (await tools.python('sign.py', transfer.signer_secret, transfer.bcs))?.callsPerSecond,
  },
  {
    name: 'verify a transfer',
    unit: 'calls/s',
    goal: { ratio: 0.5 },
    peerName: 'PyNaCl',
    ours: (tools) => tools.callsPerSecond(() => verifyTransactionSignature(transaction, signature)),
    peer: async (tools) =>
      (await tools.python('verify.py', Buffer.from(signature).toString('hex'), transfer.signing_digest))
        ?.callsPerSecond,
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
