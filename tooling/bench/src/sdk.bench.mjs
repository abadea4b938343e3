import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const peerName = 'soma-sdk (Python)';

/** One network for a row: both sides use it in turn, each with accounts of its own. */
const prepare = (tools) =>
  new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL('./children/localnet.mjs', import.meta.url));
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const closed = new Promise((done) => child.on('close', done));
    tools.onClose(() => {
      child.stdin.end();
      return closed;
    });
    child.on('error', reject);
    // Before it is ready that is an end that nobody wanted; afterwards this does nothing.
    child.on('close', (code) => reject(new Error(`the network ended by itself (${code})`)));
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  });

const turns = (mode, figure = 'callsPerSecond') => ({
  ours: async (tools, { rpcUrl, faucetUrl }) =>
    (await tools.child(new URL('./children/sdk-load.mjs', import.meta.url), mode, rpcUrl, faucetUrl))[figure],
  peer: async (tools, { rpcUrl, faucetUrl }) => (await tools.python('sdk_load.py', mode, rpcUrl, faucetUrl))?.[figure],
});

/** A fresh process for each turn of either side: the start is not measured, connecting is. */
const against = (mode, figure = 'callsPerSecond') => ({
  unit: figure === 'cpuMs' ? 'ms' : 'calls/s',
  smallerIsBetter: figure === 'cpuMs',
  peerName,
  prepare,
  ...turns(mode, figure),
});

// The original client takes one coin for all that is under way, so that its user has two ways to get many transfers
// through: send the refused ones again, or send one after another. The peer tries both, and the better one counts.
const many = { ...against('writes'), peerName: `${peerName}, better of two ways`, rounds: 2, goal: { ratio: 3 } };

export const benches = [
  { name: '100 transfers at a time from one wallet of 100 coins', ...many },
  { name: '100 transfers at a time from one wallet of 1 coin', ...many, ...turns('writes-1') },
  { name: 'transfers one after another', goal: { ratio: 1 }, ...against('writes-serial') },
  { name: 'getBalance one after another', goal: { ratio: 1 }, ...against('balance-serial') },
  // What is left to win above: nothing that Node sends can be faster than this.
  { name: 'a bare call of node:http2, one after another', ...against('floor') },
  { name: 'getBalance, 32 at a time', goal: { ratio: 1 }, ...against('balance') },
  // On a machine with other work the wall clock favours whoever has more threads: the processor's time does not.
  { name: 'getBalance, processor time of the client', ...against('balance', 'cpuMs') },
  { name: 'getObject, 32 at a time', goal: { ratio: 1 }, ...against('object') },
  { name: 'getLatestSystemState, 8 at a time', goal: { ratio: 1 }, ...against('state') },
];
