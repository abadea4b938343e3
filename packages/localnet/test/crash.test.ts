import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CheckpointSummary, TransactionData } from '@somakit/bcs';
import { createLedger, type Ledger } from '@somakit/ledger';
import { afterAll, describe, expect, it } from 'vitest';
import { startLocalnet } from '../src/index.js';

/** The whole form has 50. */
const rounds = Number(process.env.SOMAKIT_KILL_ROUNDS ?? 2);
const require = createRequire(import.meta.url);
const tsx = pathToFileURL(require.resolve('tsx')).href;
const script = fileURLToPath(new URL('./support/kill-me.ts', import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), 'somakit-kill-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Runs the network until it has answered so often, then ends it where it stands. */
const runAndKill = (answers: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=somakit-source', '--import', tsx, script, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (lines.length === answers) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (_, signal) => {
      if (signal === 'SIGKILL') resolve(lines);
      else reject(new TypeError('the network ended by itself'));
    });
  });

/** A ledger that executes what a folder holds, round by round, and so finds history that has changed. */
const createReplay = () => {
  let fresh: Ledger | undefined;
  return (ledger: Ledger): Ledger => {
    const transactionsOf = (sequenceNumber: bigint) =>
      ledger.getCheckpoint(sequenceNumber)!.transactions.map(({ transaction }) => {
        const { transaction: bytes, signatures } = ledger.getTransaction(transaction)!;
        return { bytes, signatures };
      });
    if (fresh === undefined) {
      const { kind } = TransactionData.decode(transactionsOf(0n)[0]!.bytes);
      if (kind.kind !== 'Genesis') throw new TypeError('no genesis');
      fresh = createLedger({ genesis: { objects: kind.objects } });
    }
    const { sequenceNumber, digest } = fresh.latestCheckpoint();
    expect(ledger.getCheckpoint(sequenceNumber)?.digest).toBe(digest);
    for (let i = sequenceNumber + 1n; i <= ledger.latestCheckpoint().sequenceNumber; i++) {
      const { timestampMs } = CheckpointSummary.decode(ledger.getCheckpoint(i)!.summary);
      fresh.applyCheckpoint({ timestampMs, transactions: transactionsOf(i) });
    }
    return fresh;
  };
};

const stateOf = (ledger: Ledger) => ({
  checkpoint: ledger.latestCheckpoint().digest,
  supply: ledger.supply(),
  objects: [...ledger.listObjects()].map(({ objectId, version, digest }) => `${objectId} ${version} ${digest}`),
});

describe('a network that is killed at any moment', () => {
  it(
    'loses nothing that it has answered, and is in a state that its history leads to',
    async () => {
      const answered = new Set<string>();
      const replayed = createReplay();
      let epoch = 0n;
      for (let round = 0; round < rounds; round++) {
        for (const line of await runAndKill(1 + ((round * 37) % 90))) {
          if (line.startsWith('epoch ')) epoch = BigInt(line.slice(6));
          else answered.add(line);
        }
        const network = await startLocalnet({ ports: 'free', dataDir });
        try {
          expect(network.epoch()).toBeGreaterThanOrEqual(epoch);
          for (const digest of answered) expect(network.ledger.getTransaction(digest)).toBeDefined();
          expect(stateOf(replayed(network.ledger))).toEqual(stateOf(network.ledger));
        } finally {
          await network.stop();
        }
      }
      expect(answered.size).toBeGreaterThan(rounds);
    },
    rounds * 60_000,
  );
});
