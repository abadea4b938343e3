import { isError } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalnetControl } from '../src/control/index.js';
import { type Localnet, startLocalnet } from '../src/index.js';

const running: Localnet[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});
const start = async () => {
  const network = await startLocalnet({ ports: 'free', smallModel: true });
  running.push(network);
  return { network, control: createLocalnetControl({ adminUrl: network.adminUrl }) };
};

describe('the control of a network in another process', () => {
  it('is refused to web pages', async () => {
    const { network } = await start();
    const headers = { origin: 'https://page.example', 'content-type': 'application/json' };
    const answer = await fetch(`${network.adminUrl}/somakit/advance`, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(403);
    expect(network.epoch()).toBe(0n);
  });

  it('says why it refuses: a snapshot that is not there, arguments of the wrong form, an empty faucet', async () => {
    const { control } = await start();
    const reasonOf = async (call: Promise<unknown>) => {
      const error = await call.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      return isError(error, 'LOCALNET_REFUSED') ? error.context.reason : error;
    };
    const { address } = Keypair.generate();
    expect(await reasonOf(control.revert({ id: 7 }))).toBe('UNKNOWN_SNAPSHOT');
    expect(await reasonOf(control.advanceEpoch({ count: 0 }))).toBe('INVALID_ARGUMENT');
    expect(await reasonOf(control.fund({ address: 'nobody', amount: 1n }))).toBe('INVALID_ADDRESS');
    expect(await reasonOf(control.fund({ address, amount: 10n ** 19n }))).toBe('FAUCET_EMPTY');
    expect(await reasonOf(control.fund({ address, amount: -1n }))).toBe('INVALID_ARGUMENT');
  });

  it('says so of a port that is none', async () => {
    const { network } = await start();
    const control = createLocalnetControl({ adminUrl: network.rpcUrl });
    await expect(control.snapshot()).rejects.toSatisfy((error) => isError(error, 'LOCALNET_REFUSED'));
  });

  it('tells, funds, ends epochs and goes back', async () => {
    const { network, control } = await start();
    const owner = Keypair.generate().address;
    const before = await control.status();
    expect(before).toMatchObject({ chainId: network.chainId, epoch: 0n, rpcUrl: network.rpcUrl, models: [] });
    expect(before.accounts).toHaveLength(5);
    const { id } = await control.snapshot();
    await control.fund({ address: owner, amount: 1_000_000_000_000_001n });
    expect(await control.advanceEpoch({ count: 2, fullLength: true })).toBe(2n);
    const after = await control.status();
    expect(after.epoch).toBe(2n);
    expect(after.timeMs - before.timeMs).toBeGreaterThanOrEqual(2n * after.epochDurationMs - 60_000n);
    expect(await control.revert({ id })).toMatchObject({ epoch: 0n, checkpoint: before.checkpoint });
    expect(network.epoch()).toBe(0n);
  });
});
