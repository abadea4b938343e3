// The SDK as load on a network, as `peers/sdk_load.py` is it with the original client. Arguments: mode, rpc, faucet.
import { createSomaClient, Keypair } from '@somakit/sdk';

const [mode, rpcUrl, faucetUrl] = process.argv.slice(2);
const signer = Keypair.generate();
const client = createSomaClient({ rpcUrl, faucetUrl, signer });
const recipient = Keypair.generate().address;
const { address } = signer;

const inTurns = async (calls, lanes, call) => {
  let left = calls;
  const lane = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

let cpuMs;
const timed = async (calls, run) => {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  cpuMs = (user + system) / 1000 / calls;
  return calls / seconds;
};

const fund = async (coins) => {
  for (let i = 0; i < coins; i++) await client.requestFaucet({ address });
};
const transfer = () => client.transferCoin({ recipient, amount: 1_000n });

/** A round that is not counted, then one that is: both sides are measured warm. */
const reads = async (calls, lanes, call) => {
  await inTurns(calls / 4, lanes, call);
  return timed(calls, () => inTurns(calls, lanes, call));
};

const modes = {
  writes: async () => {
    await fund(100);
    await inTurns(20, 5, transfer);
    return timed(100, () => inTurns(100, 100, transfer));
  },
  'writes-1': async () => {
    await fund(1);
    await inTurns(20, 5, transfer);
    return timed(100, () => inTurns(100, 100, transfer));
  },
  'writes-serial': async () => {
    await fund(1);
    await inTurns(20, 1, transfer);
    return timed(50, () => inTurns(50, 1, transfer));
  },
  'balance-serial': async () => {
    await fund(1);
    return reads(400, 1, () => client.getBalance({ address }));
  },
  balance: async () => {
    await fund(1);
    return reads(2000, 32, () => client.getBalance({ address }));
  },
  object: async () => {
    await fund(1);
    const [{ objectId }] = await client.listOwnedObjects({ owner: address });
    return reads(2000, 32, () => client.getObject({ objectId }));
  },
  state: () => reads(400, 8, () => client.getLatestSystemState()),
};

const callsPerSecond = await modes[mode]();
process.stdout.write(JSON.stringify({ callsPerSecond, cpuMs }));
client.close();
