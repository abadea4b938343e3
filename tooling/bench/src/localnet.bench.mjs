import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { create, toBinary } from '@bufbuild/protobuf';
import { TransactionData } from '@somakit/bcs';
import { blake2b256, Keypair } from '@somakit/crypto';
import { startLocalnet } from '@somakit/localnet';
import { signatureToProto, transactionToProto } from '@somakit/rpc/convert';
import { ExecuteTransactionRequestSchema } from '@somakit/rpc/proto';

/** The numbers of the reference node on a machine with two cores; nothing here can start one. */
const REFERENCE = { readyMs: 2200, transferMs: 410, transfersPerSecond: 95, epochMs: 1600 };
const peerName = 'the reference node (recorded)';

const startChild = () =>
  new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('./children/localnet.mjs', import.meta.url));
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = new Promise((done) => child.on('close', done));
    child.on('error', reject);
    createInterface({ input: child.stdout }).once('line', (line) => {
      const stop = () => {
        child.stdin.end();
        return closed;
      };
      resolve({ ...JSON.parse(line), stop });
    });
  });

const withPython =
  (pick, clients, ...more) =>
  async (tools) => {
    const network = await startChild();
    try {
      const result = await tools.python(
        'localnet_load.py',
        network.rpcUrl,
        network.faucetUrl,
        network.adminUrl,
        clients,
        2,
        ...more,
      );
      return result === undefined ? Number.NaN : pick(result);
    } finally {
      await network.stop();
    }
  };

/** Pre-signed transfers over gRPC, one coin each, in lanes that each send one after another. */
const transfers = (lanes, count, pick) => async () => {
  const people = Array.from({ length: lanes }, (_, i) =>
    Keypair.fromSecretKey(blake2b256(new TextEncoder().encode(`bench-${i}`))),
  );
  const each = Math.ceil(count / lanes);
  const accounts = people.map(({ address }) => ({
    address,
    coins: Array.from({ length: each }, () => 1_000_000_000n),
  }));
  const network = await startLocalnet({ ports: 'free', smallModel: true, accounts });
  const requests = people.map((person) =>
    [...network.ledger.listObjects({ owner: person.address })].map(({ objectId, version, digest }) => {
      const coin = { objectId, version, digest };
      const kind = { kind: 'TransferCoin', coin, amount: 1000n, recipient: people[0].address };
      const data = { kind, sender: person.address, gasPayment: [coin] };
      const signature = person.signTransaction(TransactionData.encode(data));
      const request = create(ExecuteTransactionRequestSchema, {
        transaction: transactionToProto(data),
        signatures: [signatureToProto(signature)],
        readMask: { paths: ['effects'] },
      });
      return toBinary(ExecuteTransactionRequestSchema, request);
    }),
  );
  const path = '/soma.rpc.TransactionExecutionService/ExecuteTransaction';
  const worker = new Worker(new URL('./children/grpc-load.mjs', import.meta.url), {
    workerData: { url: network.rpcUrl, path, requests },
  });
  const [result] = await once(worker, 'message');
  await worker.terminate();
  await network.stop();
  return pick(result);
};

const measured =
  (script, ...args) =>
  (tools) =>
    tools.child(new URL(`./children/${script}`, import.meta.url), ...args).then(({ value }) => value);

export const benches = [
  {
    name: 'localnet: ready, from the start of the process to all ports',
    unit: 'ms',
    smallerIsBetter: true,
    goal: { atMost: 500 },
    peerName,
    ours: async () => {
      const { readyMs, stop } = await startChild();
      await stop();
      return readyMs;
    },
    peer: () => REFERENCE.readyMs,
  },
  {
    name: 'localnet: ExecuteTransaction, median of one client',
    unit: 'ms',
    smallerIsBetter: true,
    goal: { atMost: 5 },
    ours: transfers(1, 500, ({ median }) => median),
  },
  {
    name: 'localnet: pre-signed transfers over gRPC, 40 clients',
    unit: 'calls/s',
    goal: { atLeast: 1000 },
    ours: transfers(40, 4000, ({ perSecond }) => perSecond),
  },
  {
    name: 'localnet: transfer_coin of the official Python client',
    unit: 'ms',
    smallerIsBetter: true,
    rounds: 1,
    goal: { atMost: 25 },
    peerName,
    ours: withPython(({ transferMs }) => transferMs, 1),
    peer: () => REFERENCE.transferMs,
  },
  {
    name: 'localnet: transfer_coin of the official Python client, 40 at once',
    unit: 'calls/s',
    rounds: 1,
    goal: { ratio: 3 },
    peerName,
    ours: withPython(({ transfersPerSecond }) => transfersPerSecond, 40),
    peer: () => REFERENCE.transfersPerSecond,
  },
  {
    // What the reference can only have been measured with: 40 clients of 410 ms each make 97 a second. One SomaClient, as in the
    // row above, holds a lock from its subscription to its checkpoint, and sends one transaction after another.
    name: 'localnet: transfer_coin of 40 official Python clients, a connection each',
    unit: 'calls/s',
    rounds: 1,
    goal: { ratio: 3 },
    peerName,
    ours: withPython(({ transfersPerSecond }) => transfersPerSecond, 40, 'own'),
    peer: () => REFERENCE.transfersPerSecond,
  },
  {
    name: 'localnet: epoch change after that load',
    unit: 'ms',
    smallerIsBetter: true,
    rounds: 1,
    goal: { atMost: 100 },
    peerName,
    ours: withPython(({ epochMs }) => epochMs, 40),
    peer: () => REFERENCE.epochMs,
  },
  {
    name: 'localnet: a fresh funded network, the first of its process',
    unit: 'ms',
    smallerIsBetter: true,
    goal: { atMost: 100 },
    ours: measured('localnet-start.mjs', 1),
  },
  {
    name: 'localnet: a fresh funded network, the fifth of its process',
    unit: 'ms',
    smallerIsBetter: true,
    goal: { atMost: 100 },
    ours: measured('localnet-start.mjs', 5),
  },
  {
    name: 'localnet: epoch change straight after 100 changed objects',
    unit: 'ms',
    smallerIsBetter: true,
    goal: { atMost: 100 },
    ours: measured('localnet-epoch.mjs', 100),
  },
  {
    name: 'localnet: memory of each transfer that is kept',
    unit: 'bytes',
    smallerIsBetter: true,
    rounds: 1,
    goal: { atMost: 2500 },
    ours: measured('localnet-memory.mjs', 20_000),
  },
];
