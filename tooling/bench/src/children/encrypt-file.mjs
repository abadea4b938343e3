// Arguments: the file to encrypt and the one to write. Prints seconds and peak memory of this process.
import { readFileSync } from 'node:fs';
import { encryptFile } from '@somakit/crypto/node';

/** The peak of this program. The kernel's `maxRSS` begins with that of the parent, which holds big arrays. */
const peakBytes = () => {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
};

const [from, to] = process.argv.slice(2);
const start = performance.now();
await encryptFile({ from, to, overwrite: true });
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, peakBytes: peakBytes() }));
