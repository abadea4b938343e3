import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { EXIT } from '../exit-codes.js';
import { readSettingsFile } from '../settings.js';
import { type Finding, look } from './finding.js';

/** Source: `engines` of package.json; the floor of what the libraries take. */
const LEAST = [20, 19] as const;

const NATIVE: readonly (readonly [string, string])[] = [
  ['onnxruntime-node', 'scoring on this machine needs it: npm install -g onnxruntime-node@1.30.0 --ignore-scripts'],
  ['lmdb', 'localnet start --data-dir needs it'],
  ['@napi-rs/blake-hash', 'large files are hashed some times slower without it'],
];

const nodeVersion = (): Omit<Finding, 'check'> => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const enough = major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
  const message = `Node ${process.versions.node} on ${platform()} ${arch()}`;
  if (enough) return { status: 'ok', message };
  return { status: 'fail', message, hint: `Node ${LEAST.join('.')} or newer is needed.`, exitCode: EXIT.config };
};

const nativeParts = (): Omit<Finding, 'check'> => {
  const require = createRequire(import.meta.url);
  const missing = NATIVE.filter(([name]) => {
    try {
      require.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return { status: 'ok', message: NATIVE.map(([name]) => name).join(', ') };
  return {
    status: 'warn',
    message: `not installed: ${missing.map(([name]) => name).join(', ')}`,
    hint: missing.map(([name, why]) => `${name}: ${why}`).join('; '),
  };
};

const settings = (): Omit<Finding, 'check'> => {
  const { path, values, environments } = readSettingsFile();
  const names = [...Object.keys(values), ...(Object.keys(environments).length > 0 ? ['environments'] : [])];
  if (names.length === 0) return { status: 'ok', message: `${path} sets nothing` };
  return { status: 'ok', message: `${path} sets ${names.join(', ')}` };
};

const SECRETS = [
  'SOMAKIT_PRIVATE_KEY',
  'SOMA_SECRET_KEY',
  'SOMAKIT_PASSWORD',
  'SOMAKIT_DECRYPTION_KEY',
  'FLOCK_API_KEY',
  'HF_TOKEN',
  'TINKER_API_KEY',
];

const variables = (): Omit<Finding, 'check'> => {
  const names = Object.keys(process.env).filter((name) => /^SOMA(KIT)?_/.test(name) || SECRETS.includes(name));
  // The names alone: many of them hold secrets.
  return { status: 'ok', message: names.length === 0 ? 'none is set' : `set: ${names.sort().join(', ')}` };
};

/** What the machine is like. */
export const lookAtMachine = async (): Promise<readonly Finding[]> => [
  await look('node', nodeVersion),
  await look('native parts', nativeParts),
  await look('settings', settings),
  await look('variables', variables),
];
