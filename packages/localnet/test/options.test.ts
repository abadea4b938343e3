import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransactionData, type TransactionKind } from '@somakit/bcs';
import { type Digest, isError } from '@somakit/core';
import type { Keypair } from '@somakit/crypto';
import { targetOf } from '@somakit/ledger';
import { createNodeTransport } from '@somakit/rpc/node';
import { afterEach, describe, expect, it } from 'vitest';
import { type Localnet, type LocalnetOptions, startLocalnet } from '../src/index.js';
import { startNetworkProcess } from './support/network-process.js';

const running: Localnet[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});
const start = async (options: LocalnetOptions = {}): Promise<Localnet> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true, ...options });
  running.push(network);
  return network;
};
const NO_KEY = '1'.repeat(32) as Digest;
const SOMA = 1_000_000_000n;
const modelOf = (owner: string) => ({
  owner,
  manifest: { url: 'http://127.0.0.1:9/w', checksum: NO_KEY, size: 1n },
  decryptionKey: NO_KEY,
});
/** Sends a kind, paid with the sender's richest coin. */
const send = async (network: Localnet, sender: Keypair, kind: TransactionKind) => {
  const coins = [...network.ledger.listObjects({ owner: sender.address, type: 'Coin' })];
  const { objectId, version, digest } = coins[0]!;
  const data = { kind, sender: sender.address, gasPayment: [{ objectId, version, digest }] };
  const bytes = TransactionData.encode(data);
  const { effects } = await network.execute({ bytes, signatures: [sender.signTransaction(bytes)] });
  return effects.status;
};

describe('options that are none', () => {
  it.each<[string, LocalnetOptions]>([
    ['an epoch without length', { epochDurationMs: 0 }],
    ['a half of a millisecond', { epochDurationMs: 0.5 }],
    ['no checkpoint of history', { history: 0 }],
    ['a genesis that gives away too much', { accounts: [{ address: '0x1', coins: [2n ** 64n - 1n] }] }],
    ['no validator', { validators: 0 }],
  ])('are refused: %s', async (_, options) => {
    const started = startLocalnet({ ports: 'free', ...options });
    await expect(started).rejects.toSatisfy(
      (error) => isError(error, 'INVALID_ARGUMENT') || isError(error, 'INVALID_GENESIS'),
    );
  });

  it('leave the ports free', async () => {
    const { ports } = await start();
    await running.splice(0)[0]!.stop();
    await expect(startLocalnet({ ports, validators: 0 })).rejects.toThrow(/needs a validator/);
    expect((await start({ ports })).ports).toEqual(ports);
  });
});

describe('compression', () => {
  const encodingOf = async (options: LocalnetOptions): Promise<string | null> => {
    const transport = createNodeTransport({ url: (await start(options)).rpcUrl });
    const path = '/soma.rpc.LedgerService/GetServiceInfo';
    const { header } = await transport.rawUnary({ path, body: new Uint8Array() }).finally(() => transport.close());
    return header.get('grpc-encoding');
  };

  it('is left out unless it is asked for', async () => {
    expect([null, 'identity']).toContain(await encodingOf({}));
  });

  it('is there from a size on that is given', async () => {
    expect(await encodingOf({ limits: { compressMinBytes: 1 } })).toMatch(/gzip|zstd/);
  });
});

describe('the default ports', () => {
  it('are taken where they are free, and what is not is told', async () => {
    const lines: string[] = [];
    const first = await start({ ports: 'auto' });
    const second = await start({ ports: 'auto', log: (line) => lines.push(line) });
    // Somebody else may have had a port even before the first.
    expect([...second.movedPorts].sort()).toEqual(['admin', 'faucet', 'rpc', 'scoring']);
    expect(lines.filter((line) => /^port \d+ is taken: \w+ is at http/.test(line))).toHaveLength(4);
    expect(new Set([...Object.values(first.ports), ...Object.values(second.ports)]).size).toBe(8);
    await expect(startLocalnet({ ports: 'default' })).rejects.toSatisfy((error) => isError(error, 'PORT_IN_USE'));
  });
});

describe('the genesis', () => {
  it.each([
    [true, 16],
    [false, 2048],
  ])('has target embeddings by the size of the model (small: %s)', async (smallModel, size) => {
    const network = await start({ smallModel, models: [modelOf('0x1')] });
    const targets = [...network.ledger.listObjects({ type: 'Target' })];
    expect(targets).toHaveLength(100);
    expect(targetOf(targets[0]!).embedding.data).toHaveLength(size);
    expect(network.ledger.systemState().parameters.targetEmbeddingDim).toBe(BigInt(size));
  });

  it('gives equal chains for equal seeds and times, and other keys for another seed', async () => {
    const genesis = { timestampMs: 1_700_000_000_000n };
    const [a, b, c] = [await start({ genesis }), await start({ genesis }), await start({ genesis, seed: 'other' })];
    expect(a!.chainId).toBe(b!.chainId);
    expect(a!.accounts.map(({ address }) => address)).toEqual(b!.accounts.map(({ address }) => address));
    expect(c!.accounts[0]!.address).not.toBe(a!.accounts[0]!.address);
  });

  it('has no faucet when none is wanted', async () => {
    const network = await start({ faucet: false });
    await expect(network.fund('0x1', 1n)).rejects.toSatisfy((error) => isError(error, 'FAUCET_EMPTY'));
    expect([...network.ledger.listObjects({ type: 'Coin' })]).toHaveLength(26);
  });

  it('gives names and versions as told', async () => {
    const network = await start({ chain: 'testnet', version: '9.9.9' });
    const response = await fetch(`${network.rpcUrl}/soma.rpc.LedgerService/GetServiceInfo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await response.json()).toMatchObject({ chain: 'testnet', server: 'soma-node/9.9.9' });
    expect(response.headers.get('server')).toBe('soma-node/9.9.9');
  });
});

describe('checkpoints by interval', () => {
  it('hold what came in between, and answer when they are cut', async () => {
    const network = await start({ checkpointIntervalMs: 300 });
    const [first] = await Promise.all([network.fund('0x1', 1n), network.fund('0x2', 1n), network.fund('0x3', 1n)]);
    expect(network.head().sequenceNumber).toBe(1n);
    const { value } = await network.checkpoints({ from: 1n }).next();
    expect(value?.record.transactions).toHaveLength(4);
    expect(value?.record.transactions.map(({ transaction }: { transaction: string }) => transaction)).toContain(
      first!.digest,
    );
    // Nobody need wait for the interval.
    const waiting = network.fund('0x4', 1n);
    await network.createCheckpoint();
    await waiting;
    expect(network.head().sequenceNumber).toBe(2n);
  });
});

describe('several validators', () => {
  const three = () => [{ stake: 50_000n * SOMA }, { stake: 30_000n * SOMA }, { stake: 20_000n * SOMA }];

  it('vote by their stakes, and a reported one loses its reward', async () => {
    const network = await start({ validators: three(), accounts: 1 });
    const state = () => network.ledger.systemState();
    expect(state().totalStake).toBe(100_000n * SOMA);
    const powerOf = (address: string) =>
      state().validators.find(({ metadata }) => metadata.somaAddress === address)?.votingPower;
    const [large, middle, small] = network.validators;
    const powers = [large, middle, small].map((each) => powerOf(each!.address)!);
    expect(powers.reduce((sum, each) => sum + each)).toBe(10_000n);
    expect(powers[0]! > powers[1]! && powers[1]! > powers[2]!).toBe(true);
    const stakes = () =>
      [large, middle, small].map(
        (each) =>
          state().validators.find(({ metadata }) => metadata.somaAddress === each!.address)!.stakingPool.somaBalance,
      );
    const rewards = async () => {
      const before = stakes();
      await network.advanceEpoch({ fullLength: true });
      return stakes().map((each, i) => each - before[i]!);
    };
    const id = await network.snapshot();
    const without = await rewards();
    await network.revert(id);
    for (const each of [large!, middle!]) {
      const status = await send(network, each.keypair, { kind: 'ReportValidator', reportee: small!.address });
      expect(status.kind).toBe('Success');
    }
    expect(state().validatorReportRecords.get(small!.address)).toHaveLength(2);
    const slashed = await rewards();
    expect(slashed[2]!).toBeLessThan((without[2]! * 6n) / 10n);
    expect(slashed[0]!).toBeGreaterThan(without[0]!);
    expect(slashed[1]!).toBeGreaterThan(without[1]!);
  });

  it('all sign, under the keys that are told', async () => {
    const network = await start({ validators: three(), accounts: 1 });
    const { value } = await network.checkpoints({ from: 0n }).next();
    expect(value?.signature()?.signersMap).toEqual([0, 1, 2]);
  });
});

describe('a folder of another process', () => {
  it('is not shared, and free again when that process ends', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'somakit-other-'));
    const other = await startNetworkProcess({ dataDir });
    const again = startLocalnet({ ports: 'free', dataDir });
    await expect(again).rejects.toSatisfy(
      (error) => isError(error, 'DATA_DIR_IN_USE') && /another running network/.test(error.message),
    );
    expect(await other.stop()).toBe(0);
    const network = await start({ dataDir });
    await network.fund('0x1', 1n);
    await running.splice(0)[0]!.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});
