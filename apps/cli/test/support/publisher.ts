import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWeightKey } from '@somakit/crypto';
import type { Localnet } from '@somakit/localnet';
import { createSomaClient } from '@somakit/sdk';
import { expect } from 'vitest';
import type { Home, HomeOptions } from './localnet.js';
import { atTheEnd, executable, type Finished, type RunOptions, serve } from './somakit.js';

// Known to all runs, so that what they leave on the chain can be compared bit by bit.
const weights = Uint8Array.from({ length: 6_000_000 }, (_, i) => (i * 7) % 251);
const values = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? -1 : 1) / (i + 1));
export const KEY = generateWeightKey();

export interface Line extends Record<string, unknown> {
  readonly state: string;
  readonly model_id: string | null;
}

export const folderOf = ({ configFolder }: Home): string => join(configFolder, 'publish');

export const journalOf = (
  who: Home,
): { readonly record: { readonly state: string } & Record<string, unknown> } | undefined => {
  const folder = folderOf(who);
  const name = existsSync(folder) ? readdirSync(folder).find((each) => each.endsWith('.json')) : undefined;
  return name === undefined ? undefined : JSON.parse(readFileSync(join(folder, name), 'utf8'));
};

export const stateOf = (who: Home): string | undefined => journalOf(who)?.record.state;

/** Starts the program and leaves it alone. */
export const start = (who: Home, args: readonly string[]): ChildProcess & { printed: () => string } => {
  const child = spawn(process.execPath, [...executable, ...args], {
    cwd: who.folder,
    env: { PATH: process.env.PATH ?? '', HOME: who.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  atTheEnd(() => child.kill('SIGKILL'));
  return Object.assign(child, { printed: () => text });
};

export const exitOf = (child: ChildProcess): Promise<number | string | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });

/** What is waited for, or the reason why the program ended before. */
export const orItsEnd = <T>(child: ReturnType<typeof start>, wanted: Promise<T>): Promise<T> =>
  Promise.race([
    wanted,
    exitOf(child).then((code) => {
      throw new RangeError(`it ended with ${code} before: ${child.printed()}`);
    }),
  ]);

export const until = async (what: string, look: () => boolean): Promise<void> => {
  const end = performance.now() + 60_000;
  while (!look()) {
    if (performance.now() > end) throw new RangeError(`${what} did not come`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** What tests of publications share. */
export const publisher = (net: Localnet, home: (options?: HomeOptions) => Promise<Home>) => {
  /** Somebody with encrypted weights on a server. */
  const owner = async (options: HomeOptions = {}) => {
    const who = await home(options);
    writeFileSync(join(who.folder, 'model.enc'), weights);
    writeFileSync(join(who.folder, 'model.key'), `${KEY}\n`);
    writeFileSync(join(who.folder, 'embedding.json'), JSON.stringify(values));
    let waiting: (() => void)[] = [];
    let hold: 'host' | 'bytes' | undefined;
    const host = await serve((request, response) => {
      const tell = () => {
        for (const each of waiting.splice(0)) each();
      };
      if (hold === 'host') {
        tell();
        return undefined;
      }
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(String(request.headers.range)) ?? [];
      const part = from === undefined ? weights : weights.subarray(Number(from), Number(to) + 1);
      if (hold === 'bytes' && from === undefined) {
        response.writeHead(200, { 'content-length': part.length });
        response.write(part.subarray(0, part.length / 2), tell);
        return undefined;
      }
      response.writeHead(from === undefined ? 200 : 206, {
        'content-length': part.length,
        'accept-ranges': 'bytes',
        ...(from === undefined ? {} : { 'content-range': `bytes ${from}-${to}/${weights.length}` }),
      });
      response.end(part);
      return undefined;
    });
    const args = [
      ...['model', 'publish', '--weights', 'model.enc', '--decryption-key-file', 'model.key'],
      ...['--url', `${host.url}/model.enc`, '--embedding', 'embedding.json', '--yes', '--json'],
    ];
    return {
      who,
      host,
      args,
      holdHost: (how: typeof hold) => {
        hold = how;
        waiting = [];
        return new Promise<string>((resolve) => waiting.push(() => resolve('host')));
      },
    };
  };

  /** Runs to the end, with an epoch change as soon as the commit waits for one. */
  const finish = async (who: Home, args: readonly string[], options: RunOptions = {}): Promise<Finished> => {
    let over = false;
    const advancing = (async () => {
      while (!over) {
        if (stateOf(who) === 'committed') {
          const { commitEpoch } = journalOf(who)!.record as unknown as { commitEpoch: string };
          if (net.epoch() === BigInt(commitEpoch)) await net.advanceEpoch();
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const finished = await who.run(args, options);
    over = true;
    await advancing;
    return finished;
  };

  /** Everything on the chain that a publication leaves, without what chance decides. */
  const outcomeOf = async (who: Home) => {
    const client = createSomaClient({ rpcUrl: net.rpcUrl });
    try {
      const { modelRegistry } = await client.getLatestSystemState();
      const models = [...modelRegistry.models.values()].filter(({ owner: by }) => by === who.address);
      expect(models).toHaveLength(1);
      const model = models[0]!;
      if (model.kind !== 'Active') throw new RangeError(`the model is ${model.kind}`);
      const { owner: _, stakingPool, manifest, ...rest } = model;
      return {
        balance: await client.getBalance({ address: who.address }),
        stake: stakingPool.somaBalance,
        activation: stakingPool.activationEpoch,
        deactivation: stakingPool.deactivationEpoch,
        manifest: { checksum: manifest.checksum, size: manifest.size },
        embedding: createHash('sha256').update(new Uint8Array(rest.embedding.data.buffer)).digest('hex'),
        key: rest.decryptionKey,
        commission: rest.commissionRate,
        pending: rest.pendingUpdate,
        commitments: [rest.weightsCommitment, rest.embeddingCommitment, rest.decryptionKeyCommitment],
        epoch: net.epoch(),
      };
    } finally {
      client.close();
    }
  };

  return { owner, finish, outcomeOf };
};

export type Owner = Awaited<ReturnType<ReturnType<typeof publisher>['owner']>>;
