import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A program of this folder in a process of its own, run from source. */
export const startProgram = (name: string, ...args: readonly string[]): ChildProcess => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL(name, import.meta.url));
  return spawn(process.execPath, ['--conditions=somakit-source', '--import', tsx, script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
};

/** Status or signal that a process ended with. */
export const endOf = (child: ChildProcess): Promise<number | string | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.signalCode ?? child.exitCode);
    else child.once('close', (code, signal) => resolve(signal ?? code));
  });

export interface NetworkProcess {
  readonly rpcUrl: string;
  readonly faucetUrl: string;
  readonly port: number;
  /** Ends it where it stands. */
  kill(): Promise<void>;
}

export const startNetworkProcess = async (dataDir: string, port = 0): Promise<NetworkProcess> => {
  const child = startProgram('network-main.ts', dataDir, String(port));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) throw new TypeError(`the network ended by itself (${await endOf(child)})`);
  return {
    ...JSON.parse(first.value),
    kill: async () => {
      child.kill('SIGKILL');
      await endOf(child);
    },
  };
};
