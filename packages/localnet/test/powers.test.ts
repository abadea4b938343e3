import { isError } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Localnet, type LocalnetOptions, startLocalnet } from '../src/index.js';

const running: Localnet[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});
const start = async (options: LocalnetOptions = {}): Promise<Localnet> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true, ...options });
  running.push(network);
  return network;
};
const day = 86_400_000n;

describe('ports', () => {
  it('that are named and taken are an error, and nothing is left open', async () => {
    const first = await start();
    const again = startLocalnet({ ports: { rpc: 0, faucet: first.ports.faucet } });
    await expect(again).rejects.toSatisfy((error) => isError(error, 'PORT_IN_USE'));
  });

  it('are all told in the ready line', async () => {
    const lines: string[] = [];
    const network = await start({ log: (line) => lines.push(line) });
    expect(lines).toEqual([network.readyLine]);
    for (const url of [network.rpcUrl, network.faucetUrl, network.scoringUrl, network.adminUrl]) {
      expect(network.readyLine).toContain(url);
    }
  });
});

describe('time', () => {
  it('set to the end of an epoch ends it, with its emission', async () => {
    const network = await start();
    const before = network.ledger.systemState().emissionPool.balance;
    await network.setTime(network.time() + day);
    expect(network.epoch()).toBe(1n);
    // A full-length epoch pays 1,370 SOMA, of which 30% come back.
    expect(before - network.ledger.systemState().emissionPool.balance).toBe(959_000_000_000n);
  });

  it('does not go back', async () => {
    const network = await start();
    await expect(network.setTime(1n)).rejects.toSatisfy((error) => isError(error, 'INVALID_ARGUMENT'));
  });

  it('ends epochs by their duration', async () => {
    const network = await start({ epochDurationMs: 50 });
    const controller = new AbortController();
    for await (const { summary } of network.checkpoints({ from: 0n, signal: controller.signal })) {
      if (summary.epoch >= 2n) controller.abort();
    }
    const state = network.ledger.systemState();
    expect(state.emissionPool.balance).toBeLessThan(680_000_000_000_000n);
  });

  it('moves by many epochs in one call, short or of full length', async () => {
    const network = await start();
    expect(await network.advanceEpoch({ count: 5 })).toBe(5n);
    expect(network.ledger.systemState().emissionPool.balance).toBe(680_000_000_000_000n);
    const started = network.ledger.systemState().epochStartTimestampMs;
    expect(await network.advanceEpoch({ count: 2, fullLength: true })).toBe(7n);
    expect(network.ledger.systemState().epochStartTimestampMs - started).toBeGreaterThanOrEqual(2n * day);
  });
});

describe('snapshots', () => {
  it('bring back state, checkpoints and epochs', async () => {
    const network = await start();
    const owner = Keypair.generate().address;
    const digest = network.ledger.stateDigest();
    const { sequenceNumber } = network.head();
    const id = await network.snapshot();
    await network.fund(owner, 7n);
    await network.advanceEpoch();
    await network.revert(id);
    expect(network.epoch()).toBe(0n);
    expect(network.head().sequenceNumber).toBe(sequenceNumber);
    expect([...network.ledger.listObjects({ owner })]).toEqual([]);
    expect(network.ledger.stateDigest()).toBe(digest);
    await expect(network.revert(id)).rejects.toSatisfy((error) => isError(error, 'UNKNOWN_SNAPSHOT'));
  });

  it('let listeners go on with the checkpoints that come after', async () => {
    const network = await start();
    const id = await network.snapshot();
    const stream = network.checkpoints();
    const first = stream.next();
    await network.fund(Keypair.generate().address, 1n);
    expect((await first).value?.record.sequenceNumber).toBe(1n);
    await network.revert(id);
    const second = stream.next();
    await network.fund(Keypair.generate().address, 2n);
    expect((await second).value?.record.sequenceNumber).toBe(1n);
    await stream.return(undefined);
  });
});

describe('a network', () => {
  it('keeps no more checkpoints than it is told, and all live objects', async () => {
    const network = await start({ history: 3 });
    const owner = Keypair.generate().address;
    const { digest } = await network.fund(owner, 1n);
    for (let i = 0; i < 5; i++) await network.fund(owner, 1n);
    expect(network.ledger.getTransaction(digest)).toBeUndefined();
    expect(network.ledger.getCheckpoint(1n)).toBeUndefined();
    expect(network.ledger.getCheckpoint(network.head().sequenceNumber - 2n)).toBeDefined();
    expect([...network.ledger.listObjects({ owner })]).toHaveLength(6);
  });

  it('has the validators, models and open targets that it is asked for', async () => {
    const owner = Keypair.generate().address;
    const network = await start({
      validators: 4,
      accounts: 1,
      models: [
        {
          owner,
          manifest: { url: 'http://127.0.0.1:9/w', checksum: '1'.repeat(32) as never, size: 1n },
          decryptionKey: '1'.repeat(32) as never,
        },
      ],
    });
    expect(network.validators).toHaveLength(4);
    expect(network.ledger.systemState().validators.map(({ votingPower }) => votingPower)).toEqual([
      2500n,
      2500n,
      2500n,
      2500n,
    ]);
    expect(network.modelIds).toHaveLength(1);
    expect([...network.ledger.listObjects({ type: 'Target' })]).toHaveLength(100);
  });

  it('signs its checkpoints', async () => {
    const network = await start({ validators: 3, accounts: 1 });
    const { value } = await network.checkpoints({ from: 0n }).next();
    expect(value?.signature()?.signersMap).toEqual([0, 1, 2]);
  });

  it('says that it is stopped', async () => {
    const network = await start();
    await network.stop();
    await network.stop();
    await expect(network.advanceEpoch()).rejects.toSatisfy((error) => isError(error, 'LOCALNET_STOPPED'));
  });
});
