import { TransactionData } from '@somakit/bcs';
import { Keypair } from '@somakit/crypto';
import { buildTransaction, parseTransaction, signTransaction, transferCoin } from '@somakit/tx-builders';
import vectors from '@somakit/vectors/transactions.json' with { type: 'json' };

const transfer = vectors.builders.find(({ method }) => method === 'transfer_coin');
const keypair = Keypair.fromSecretKey(transfer.signer_secret);
const coin = { objectId: `0x${'c0'.repeat(32)}`, version: 7n, digest: transfer.digest };

/** The n-th of many different transfers. */
const build = (n) =>
  buildTransaction({
    sender: keypair.address,
    kind: transferCoin({ coin, amount: BigInt(n), recipient: keypair.address }),
    gasPayment: [coin],
  });

/** A transaction that merges 256 coins. */
const large = () => {
  const gasPayment = Array.from({ length: 256 }, (_, i) => ({ ...coin, objectId: `0x${i + 1}` }));
  const kind = transferCoin({ coin: gasPayment[0], amount: 1n, recipient: keypair.address });
  return buildTransaction({ sender: keypair.address, kind, gasPayment }).bytes;
};

const decode = (name, prepare) => ({
  name: `decode ${name}`,
  unit: 'MB/s',
  prepare,
  ours: async (tools, bytes) =>
    ((await tools.callsPerSecond(() => TransactionData.decode(bytes))) * bytes.length) / 1e6,
});

/** @type {import('./types.d.ts').Bench[]} */
export const benches = [
  {
    name: 'build, encode, hash and sign a transfer',
    unit: 'calls/s',
    // The original builds only with a node at the other end.
    goal: { atLeast: 8000 },
    ours: (tools) => tools.callsPerSecond((n) => signTransaction(build(n), keypair)),
  },
  {
    name: 'build, encode and hash a transfer',
    unit: 'calls/s',
    ours: (tools) => tools.callsPerSecond(build),
  },
  {
    // What the original's `Keypair.sign` does: bytes in, the whole signed transaction out.
    name: 'decode a transfer, sign it and encode the whole',
    unit: 'calls/s',
    peerName: 'soma-sdk',
    prepare: () => new Uint8Array(Buffer.from(transfer.bcs, 'hex')),
    ours: (tools, bytes) => tools.callsPerSecond(() => signTransaction(bytes, keypair)),
    peer: async (tools) => (await tools.python('sign.py', transfer.signer_secret, transfer.bcs))?.callsPerSecond,
  },
  {
    name: 'describe a transfer for its signer',
    unit: 'calls/s',
    prepare: () => build(1).bytes,
    ours: (tools, bytes) => tools.callsPerSecond(() => parseTransaction(bytes)),
  },
  decode('a transfer', () => build(1).bytes),
  decode('a transfer with 256 gas coins', large),
];
