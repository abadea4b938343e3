import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { createScorer } from '@somakit/scoring';
import { bundleForNode } from './bundle.js';

const NATIVE = ['lmdb', 'onnxruntime-node', '@napi-rs/blake-hash', 'bullmq', 'ioredis'];

/** Bundles programs from the workspace's sources, once for all their starts. Gives where each one is. */
export const bundlePrograms = async (sources: readonly string[], outdir: string): Promise<readonly string[]> => {
  await bundleForNode({ entryPoints: sources, outdir, native: NATIVE, extension: '.mjs' });
  return sources.map((source) => join(outdir, basename(source).replace(/\.ts$/, '.mjs')));
};

/** A network with a scoring port, and a folder with what a participant brings along. */
export interface Market {
  readonly network: Localnet;
  /** Holds `model.safetensors` and `data.txt`. */
  readonly folder: string;
  /** For child processes: where the network is. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export const startMarket = async ({ weights }: { readonly weights: Uint8Array }): Promise<Market> => {
  const folder = await mkdtemp(join(tmpdir(), 'somakit-market-'));
  // Loopback is private: a public service would refuse it.
  const urlPolicy = { allowPrivate: true };
  const scorer = await createScorer({ config: 'small', device: 'cpu', cacheDir: join(folder, 'cache'), urlPolicy });
  const network = await startLocalnet({ ports: 'free', smallModel: true, scorer });
  await writeFile(join(folder, 'model.safetensors'), weights);
  await writeFile(join(folder, 'data.txt'), 'The quick brown fox jumps over the lazy dog.\n'.repeat(20));
  return {
    network,
    folder,
    env: {
      SOMAKIT_RPC_URL: network.rpcUrl,
      SOMAKIT_FAUCET_URL: network.faucetUrl,
      SOMAKIT_ADMIN_URL: network.adminUrl,
      SOMAKIT_SCORING_URL: network.scoringUrl,
    },
    close: async () => {
      await network.stop();
      await scorer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export interface ProgramOptions {
  readonly args?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** How a program ended. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (env: ProgramOptions['env']) => ({ ...process.env, NO_COLOR: '1', ...env });

/** Runs a program to its end, which must come by itself. */
export const runProgram = (program: string, { args = [], cwd, env }: ProgramOptions = {}): Promise<ProgramEnd> =>
  new Promise((resolve) => {
    const options = { cwd, env: environment(env), timeout: 60_000, killSignal: 'SIGKILL' } as const;
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
  });

/** A program that runs until it is told to end. */
export interface RunningProgram {
  /** The first line that matches, of those that were printed and those that come. Throws when the program ends before. */
  line(pattern: RegExp): Promise<string>;
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<ProgramEnd>;
  readonly ended: Promise<ProgramEnd>;
}

export const startProgram = (program: string, { args = [], cwd, env }: ProgramOptions = {}): RunningProgram => {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const told = (): void => {
    for (const each of waiting) each();
  };
  let stdout = '';
  let stderr = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (stream === child.stdout) stdout += `${line}\n`;
      else stderr += `${line}\n`;
      told();
    });
  }
  let end: ProgramEnd | undefined;
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.on('close', (status) => {
      end = { status, stdout, stderr };
      resolve(end);
      told();
    });
  });
  return {
    ended,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined && end === undefined) return;
          waiting.delete(look);
          if (found !== undefined) resolve(found);
          else reject(new Error(`${basename(program)} ended (${end?.status}) before ${pattern}:\n${stdout}${stderr}`));
        };
        waiting.add(look);
        look();
      }),
    end: (signal = 'SIGINT') => {
      child.kill(signal);
      return ended;
    },
  };
};
