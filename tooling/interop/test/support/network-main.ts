// A network in a process of its own, to be killed. Its folder and its port are the arguments; prints one JSON line.
import { startLocalnet } from '@somakit/localnet';

const [dataDir, rpc = '0'] = process.argv.slice(2);
const network = await startLocalnet({ ports: { rpc: Number(rpc) }, smallModel: true, accounts: 1, dataDir });
const { rpcUrl, faucetUrl, ports } = network;
process.stdout.write(`${JSON.stringify({ rpcUrl, faucetUrl, port: ports.rpc })}\n`);
// Goes with whoever started it.
process.stdin.resume().on('end', () => process.exit(0));
