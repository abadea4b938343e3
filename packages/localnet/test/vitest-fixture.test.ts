import { isError } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { describe, expect, it } from 'vitest';
import { localnet } from '../src/vitest/index.js';

const network = localnet({ accounts: 1, revertAfterEach: true });
const owner = Keypair.generate().address;
let early: unknown;
try {
  early = network.rpcUrl;
} catch (error) {
  early = error;
}

describe('the fixture', () => {
  it('says that the network is not there before the tests', () => {
    expect(isError(early, 'LOCALNET_NOT_STARTED')).toBe(true);
  });

  it.each([1, 2])('gives every test the same beginning (%i)', async () => {
    expect([...network.ledger.listObjects({ owner })]).toHaveLength(0);
    expect(network.accounts).toHaveLength(1);
    await network.fund(owner, 5n);
    await network.advanceEpoch();
  });
});
