import { TransactionData, type TransactionKind } from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Localnet, type LocalnetOptions, startLocalnet } from '../src/index.js';
import { startStubNode } from './support/stub-node.js';

const running: Localnet[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});
const start = async (options: LocalnetOptions): Promise<Localnet> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true, ...options });
  running.push(network);
  return network;
};

describe('a fork of a live chain', () => {
  it('of a protocol version that is not known is refused', async () => {
    const chain = await start({ accounts: 1 });
    const node = await startStubNode({
      chainId: chain.chainId,
      state: { ...chain.ledger.systemState(), protocolVersion: 9n },
      objects: [],
      height: 4n,
      timestampMs: 0n,
    });
    const forked = startLocalnet({ ports: 'free', fork: { rpcUrl: node.url } });
    await expect(forked).rejects.toThrow(/fork must be a chain of a protocol version from 1 to 5, not 9n/);
    await node.close();
  });

  it('has its state, targets and the named owners, and goes its own way', async () => {
    const key = '1'.repeat(32) as Digest;
    const manifest = { url: 'http://127.0.0.1:9/w', checksum: key, size: 1n };
    const chain = await start({ accounts: 2, models: [{ owner: '0x1', manifest, decryptionKey: key }] });
    await chain.advanceEpoch();
    const [alice, bob] = chain.accounts;
    const fork = await start({ fork: { rpcUrl: chain.rpcUrl, owners: [alice!.address] } });

    expect(fork.chainId).toBe(chain.chainId);
    expect(fork.epoch()).toBe(1n);
    expect(fork.ledger.systemState()).toEqual(chain.ledger.systemState());
    const targets = (network: Localnet) =>
      [...network.ledger.listObjects({ type: 'Target' })].map(({ digest }) => digest);
    expect(targets(fork)).toEqual(targets(chain));
    const coins = (network: Localnet, owner: Keypair) => [...network.ledger.listObjects({ owner: owner.address })];
    expect(coins(fork, alice!)).toEqual(coins(chain, alice!));
    expect(coins(fork, bob!)).toEqual([]);

    const [{ objectId, version, digest }] = coins(fork, alice!) as [ReturnType<typeof coins>[number]];
    const coin = { objectId, version, digest };
    const kind: TransactionKind = { kind: 'TransferCoin', coin, amount: 5n, recipient: bob!.address };
    const bytes = TransactionData.encode({ kind, sender: alice!.address, gasPayment: [coin] });
    const { effects } = await fork.execute({ bytes, signatures: [alice!.signTransaction(bytes)] });
    expect(effects.status.kind).toBe('Success');
    await fork.fund(Keypair.generate().address, 1n);
    expect(await fork.advanceEpoch()).toBe(2n);
    expect(chain.epoch()).toBe(1n);
    expect(coins(chain, bob!)).toHaveLength(5);
  });
});
