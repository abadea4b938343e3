import { fork } from 'node:child_process';

const at = (path) => new URL(path, import.meta.url);
const PARALLEL = 32;

/** Runs `act` with the port of a server in a process of its own. */
const withServer = async (kind, act) => {
  const child = fork(at('./children/rpc-server.mjs'), [kind]);
  const hear = () =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  try {
    const { port } = await hear();
    const cpu = async () => {
      const heard = hear();
      child.send('cpu');
      const { user, system } = (await heard).cpu;
      return user + system;
    };
    return await act(port, cpu);
  } finally {
    child.disconnect();
  }
};
const client = (tools, kind, port) => tools.child(at('./children/rpc-client.mjs'), kind, port, 2, PARALLEL);
const clientBench = (kind, pick) => (tools) =>
  withServer('ours', async (port) => (await client(tools, kind, port))[pick]);
/** GetObjectRequest of a full object id. */
const body = `0a42${Buffer.from(`0x${'a'.repeat(64)}`).toString('hex')}`;
const pythonBench = (pick) => (tools) =>
  withServer('ours', async (port) => (await tools.python('rpc_client.py', port, body, PARALLEL))?.[pick]);
const serverSpeed = (kind) => (tools) =>
  withServer(kind, async (port) => (await client(tools, 'ours', port)).callsPerSecond);
const serverCost = (kind) => (tools) =>
  withServer(kind, async (port, cpu) => {
    await client(tools, 'ours', port);
    const before = await cpu();
    // Its warm-up is half as long again as what it counts.
    const { calls } = await client(tools, 'ours', port);
    return ((await cpu()) - before) / (calls * 1.5);
  });

/** @type {import('./types.d.ts').Bench[]} */
export const benches = [
  {
    name: 'unary calls of a client',
    unit: 'calls/s',
    goal: { ratio: 1 },
    peerName: 'grpc-js',
    ours: clientBench('ours', 'callsPerSecond'),
    peer: clientBench('grpc-js', 'callsPerSecond'),
  },
  {
    name: 'unary calls of a client, 99th percentile',
    unit: 'ms',
    smallerIsBetter: true,
    peerName: 'grpc-js',
    ours: clientBench('ours', 'p99'),
    peer: clientBench('grpc-js', 'p99'),
  },
  {
    name: 'unary calls of a client beside Connect',
    unit: 'calls/s',
    peerName: 'connect-node',
    ours: clientBench('ours', 'callsPerSecond'),
    peer: clientBench('connect', 'callsPerSecond'),
  },
  {
    name: 'unary calls of a client beside Python',
    unit: 'calls/s',
    peerName: 'grpcio',
    ours: clientBench('ours', 'callsPerSecond'),
    peer: pythonBench('callsPerSecond'),
  },
  {
    name: 'unary calls of a client beside Python, 99th percentile',
    unit: 'ms',
    smallerIsBetter: true,
    peerName: 'grpcio',
    ours: clientBench('ours', 'p99'),
    peer: pythonBench('p99'),
  },
  {
    name: 'unary calls of a server',
    unit: 'calls/s',
    goal: { ratio: 1 },
    peerName: 'grpc-js',
    ours: serverSpeed('ours'),
    peer: serverSpeed('grpc-js'),
  },
  {
    name: 'processor time of a server for a unary call',
    unit: 'us',
    smallerIsBetter: true,
    peerName: 'grpc-js',
    ours: serverCost('ours'),
    peer: serverCost('grpc-js'),
  },
];
