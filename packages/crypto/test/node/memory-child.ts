// Runs the file calls and prints by how many bytes the peak memory grew: see memory.test.ts. Argument: a folder with a file `big`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decryptFile, encryptFile, hashFile } from '../../src/node/index.js';

/** Not the process' `maxRSS`, which begins with that of the parent. */
const peak = () => {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(match?.[1]) * 1024;
};

const [folder = ''] = process.argv.slice(2);
const at = (name: string) => join(folder, name);
const before = peak();
await hashFile(at('big'));
const { key, checksum } = await encryptFile({ from: at('big'), to: at('encrypted') });
await decryptFile({ from: at('encrypted'), to: at('decrypted'), key, checksum });
console.log(peak() - before);
