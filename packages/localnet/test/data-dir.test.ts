import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isError } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Localnet, type LocalnetOptions, startLocalnet } from '../src/index.js';

let dataDir: string;
const running: Localnet[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'somakit-localnet-'));
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
const start = async (options: LocalnetOptions = {}): Promise<Localnet> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true, dataDir, ...options });
  running.push(network);
  return network;
};

describe('a network in a folder', () => {
  it('does not share it', async () => {
    await start();
    await expect(start()).rejects.toSatisfy((error) => isError(error, 'DATA_DIR_IN_USE'));
  });

  it('says when the folder is a file', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    await expect(start({ dataDir: file })).rejects.toSatisfy((error) => isError(error, 'DATA_DIR_FAILED'));
  });

  it('goes on where it stopped: state, checkpoints, transactions, epochs, keys and clock', async () => {
    const first = await start({ accounts: 2, validators: 2 });
    const owner = Keypair.generate().address;
    const { digest } = await first.fund(owner, 5n);
    await first.advanceEpoch({ count: 2 });
    const seen = {
      state: first.ledger.stateDigest(),
      head: first.head(),
      chainId: first.chainId,
      accounts: first.accounts.map(({ address }) => address),
      transaction: first.ledger.getTransaction(digest),
    };
    await first.stop();
    const second = await start();
    expect({
      state: second.ledger.stateDigest(),
      head: second.head(),
      chainId: second.chainId,
      accounts: second.accounts.map(({ address }) => address),
      transaction: second.ledger.getTransaction(digest),
    }).toEqual(seen);
    const { value } = await second.checkpoints({ from: 0n }).next();
    expect(value?.signature()?.signersMap).toEqual([0, 1]);
    await second.fund(owner, 6n);
    expect(await second.advanceEpoch()).toBe(3n);
  });

  it('keeps what a revert left, and nothing of what it took back', async () => {
    const first = await start();
    const owner = Keypair.generate().address;
    await first.fund(owner, 1n);
    const id = await first.snapshot();
    const { digest } = await first.fund(owner, 2n);
    await first.advanceEpoch();
    await first.revert(id);
    const state = first.ledger.stateDigest();
    await first.stop();
    const second = await start();
    expect(second.ledger.stateDigest()).toBe(state);
    expect(second.ledger.getTransaction(digest)).toBeUndefined();
    expect(second.epoch()).toBe(0n);
  });

  it('forgets old checkpoints on disk too', async () => {
    const first = await start({ history: 2 });
    const { digest } = await first.fund(Keypair.generate().address, 1n);
    for (let i = 0; i < 4; i++) await first.fund(Keypair.generate().address, 1n);
    await first.stop();
    const second = await start({ history: 2 });
    expect(second.ledger.getTransaction(digest)).toBeUndefined();
    expect(second.ledger.getCheckpoint(1n)).toBeUndefined();
    expect(second.ledger.latestCheckpoint().sequenceNumber).toBe(5n);
  });
});
