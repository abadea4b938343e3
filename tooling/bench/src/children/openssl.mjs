// Prints how often a second this process signs or verifies (argument 1) when libsodium is not installed.
// Further arguments: the secret key and the transaction's BCS bytes, both in hex.
import Module from 'node:module';
import { createTools } from '../tools.mjs';

const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) => {
  if (name === 'sodium-native') throw new Error(`${name} is hidden`);
  return resolve(name, ...rest);
};
const { Keypair, verifyTransactionSignature } = await import('@somakit/crypto');

const [what, secret, bcs] = process.argv.slice(2);
const transaction = new Uint8Array(Buffer.from(bcs, 'hex'));
const keypair = Keypair.fromSecretKey(secret);
const signature = keypair.signTransaction(transaction);
const work = {
  sign: () => keypair.signTransaction(transaction),
  verify: () => verifyTransactionSignature(transaction, signature),
};
const tools = createTools();
console.log(JSON.stringify({ callsPerSecond: await tools.callsPerSecond(work[what]) }));
await tools.close();
