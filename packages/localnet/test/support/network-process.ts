// A network in a process of its own, so that its memory can be looked at while clients load it from another one.
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface NetworkProcess {
  readonly ports: Readonly<Record<'rpc' | 'faucet' | 'scoring' | 'admin', number>>;
  readonly rpcUrl: string;
  /** What is in use after a collection of garbage, in bytes; and who listens to checkpoints. */
  state(): Promise<{ readonly used: number; readonly listeners: number }>;
  stop(): Promise<number | null>;
}

/** Options travel as JSON: bigints as `"123n"`. */
const write = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each));

export const startNetworkProcess = async (options: object): Promise<NetworkProcess> => {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const script = fileURLToPath(new URL('./network-main.ts', import.meta.url));
  const args = ['--expose-gc', '--conditions=somakit-source', '--import', tsx, script, write(options)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((line: string) => void)[] = [];
  const early: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const next = waiting.shift();
    if (next === undefined) early.push(line);
    else next(line);
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const line = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const known = early.shift();
      if (known !== undefined) resolve(known);
      else waiting.push(resolve);
      void ended.then((code) => reject(new TypeError(`the network ended by itself (${code})`)));
    });
  const ready = JSON.parse(await line());
  return {
    ...ready,
    state: async () => {
      child.stdin!.write('state\n');
      return JSON.parse(await line());
    },
    stop: () => {
      child.stdin!.end();
      return ended;
    },
  };
};
