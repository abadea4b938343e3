import { type Address, isError, SomaKitError, throwIfAborted } from '@somakit/core';
import { createSomaClient, type Signer, type SomaClient, type WriteResult } from '@somakit/sdk';
import type { DemoOptions, DemoTransaction } from './types.js';

/** A wallet with what happened to it. */
export interface Wallet {
  readonly name: string;
  readonly client: SomaClient;
  readonly address: Address;
  funded: bigint;
  staked: bigint;
  fees: bigint;
  bonds: bigint;
  bondsBack: bigint;
}

/** One run: its steps, its transactions, and what must be ended with it. */
export interface Run {
  readonly signal: AbortSignal | undefined;
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
  readonly transactions: readonly DemoTransaction[];
  readonly results: readonly WriteResult[];
  step<T>(name: string, work: (progress: (done: number, total: number) => void) => Promise<T>): Promise<T>;
  wallet(name: string, signer: Signer, place: Parameters<typeof createSomaClient>[0]): Wallet;
  /** For `onResult` of a write. */
  note(wallet: Wallet, what: string): (result: WriteResult) => void;
  /** Called when the run is over, whatever ended it; the last one first. */
  onEnd(end: () => unknown): void;
}

/** Runs something and ends everything that it started. */
export const withRun = async <T>(options: DemoOptions, play: (run: Run) => Promise<T>): Promise<T> => {
  const { signal, onStep, onTransaction } = options;
  const ends: (() => unknown)[] = [];
  const steps: { name: string; ms: number }[] = [];
  const transactions: DemoTransaction[] = [];
  const results: WriteResult[] = [];
  const run: Run = {
    signal,
    steps,
    transactions,
    results,
    step: async (name, work) => {
      throwIfAborted(signal, name);
      onStep?.({ name });
      const started = performance.now();
      try {
        const value = await work((done, total) => {
          throwIfAborted(signal, name);
          onStep?.({ name, done, total });
        });
        steps.push({ name, ms: Math.round(performance.now() - started) });
        return value;
      } catch (error) {
        throwIfAborted(signal, name);
        if (isError(error)) throw error;
        throw new SomaKitError('DEMO_STEP_FAILED', `"${name}" failed: ${(error as Error).message}`, {
          context: { step: name },
          cause: error,
          hint: 'The cause is on this machine: look at permissions, free space and TMPDIR.',
        });
      }
    },
    wallet: (name, signer, place) => {
      const client = createSomaClient({ ...place, signer });
      ends.push(() => client.close());
      const { address } = signer;
      return { name, client, address, funded: 0n, staked: 0n, fees: 0n, bonds: 0n, bondsBack: 0n };
    },
    note: (wallet, what) => (result) => {
      results.push(result);
      wallet.fees += result.fee.totalFee;
      wallet.bonds += result.bond;
      const transaction = { wallet: wallet.name, what, digest: result.digest, fee: result.fee.totalFee };
      transactions.push(transaction);
      onTransaction?.(transaction);
    },
    onEnd: (end) => {
      ends.push(end);
    },
  };
  try {
    return await play(run);
  } finally {
    await endAll(ends);
  }
};

/** One that fails must not keep the others running. */
const endAll = async (ends: (() => unknown)[]): Promise<void> => {
  const failures: unknown[] = [];
  for (const end of ends.reverse()) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
};

/** A check of the demo itself. @throws DEMO_CHECK_FAILED */
export const expectEqual = (what: string, expected: bigint | string, received: bigint | string): void => {
  if (expected === received) return;
  throw new SomaKitError('DEMO_CHECK_FAILED', `${what} is ${received}, not ${expected}.`, {
    context: { what, expected: String(expected), received: String(received) },
    hint: 'This is a defect of SomaKit: please report it with the digests above.',
  });
};

/** What the writes of a run moved in or out of an account, in shannons. */
export const moved = (run: Run, address: Address): bigint =>
  run.results
    .flatMap(({ balanceChanges }) => balanceChanges)
    .filter((change) => change.address === address)
    .reduce((sum, { amount }) => sum + amount, 0n);

/** The figures of a wallet whose balance must be what it began with and what its writes moved. */
export const closeBooks = async (run: Run, wallet: Wallet) => {
  const { name, address, client, funded, staked, fees, bonds, bondsBack } = wallet;
  const balance = await client.getBalance({ address });
  expectEqual(`the balance of ${name}`, funded + moved(run, address), balance);
  const rewards = balance - funded + staked + fees + bonds - bondsBack;
  return { name, address, funded, staked, fees, bonds, bondsBack, rewards, balance };
};
