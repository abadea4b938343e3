// The SDK as load on a network, as `peers/sdk_load.py` is it with the original client. Arguments: mode, rpc, faucet.
import { connect } from 'node:http2';
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
let sent = 0;
let owed = 0n;
/** Each pays another amount: two of the same would be one transaction to the chain. */
const transfer = () => {
  const amount = 1_000n + BigInt(sent++);
  owed += amount;
  return client.transferCoin({ recipient, amount });
};
const burst = () => Promise.all(Array.from({ length: 100 }, transfer));

/** Transfers a second that landed: what the ledger says, not what the calls said. */
const writes = async (coins) => {
  await fund(coins);
  for (let i = 0; i < 3; i++) await burst();
  const perSecond = await timed(300, async () => {
    for (let i = 0; i < 3; i++) await burst();
  });
  const landed = await client.getBalance({ address: recipient });
  if (landed !== owed) throw new TypeError(`${owed} shannons were sent, ${landed} landed`);
  return perSecond;
};

/** The least that a call from Node can cost: `node:http2` and nothing else, the bytes ready, the answer not decoded. */
const bareCall = async () => {
  const session = connect(rpcUrl);
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  // Field 1, the owner, behind the prefix of gRPC.
  const owner = Buffer.from(address.slice(2));
  const frame = Buffer.concat([Buffer.from([0, 0, 0, 0, owner.length + 2, 0x0a, owner.length]), owner]);
  const headers = {
    ':method': 'POST',
    ':path': '/soma.rpc.StateService/GetBalance',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const call = () =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers);
      stream.on('error', reject);
      stream.on('trailers', (trailers) =>
        trailers['grpc-status'] === '0' ? resolve() : reject(new TypeError(`status ${trailers['grpc-status']}`)),
      );
      stream.resume();
      stream.end(frame);
    });
  return { call, close: () => session.close() };
};

/** A round that is not counted, then one that is: both sides are measured warm. */
const reads = async (calls, lanes, call) => {
  await inTurns(calls / 4, lanes, call);
  return timed(calls, () => inTurns(calls, lanes, call));
};

const modes = {
  writes: () => writes(100),
  'writes-1': () => writes(1),
  'writes-serial': async () => {
    await fund(1);
    await inTurns(100, 1, transfer);
    return timed(100, () => inTurns(100, 1, transfer));
  },
  'balance-serial': async () => {
    await fund(1);
    return reads(2000, 1, () => client.getBalance({ address }));
  },
  floor: async () => {
    await fund(1);
    const { call, close } = await bareCall();
    const perSecond = await reads(2000, 1, call);
    close();
    return perSecond;
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
