import { startLocalnet } from '@somakit/localnet';
import coinsTrace from '@somakit/vectors/traces/coins.json';
import marketTrace from '@somakit/vectors/traces/market.json';
import stakingTrace from '@somakit/vectors/traces/staking.json';
import { describe, expect, it } from 'vitest';
import type { Entry, Urls } from '../src/trace/recorder.js';
import { coins, market, staking } from '../src/trace/scenarios.js';

/** What the SDK sees of a fresh network in a scenario. */
const trace = async (scenario: (urls: Urls) => Promise<readonly Entry[]>): Promise<readonly Entry[]> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true });
  try {
    return await scenario(network);
  } finally {
    await network.stop();
  }
};

describe('the scenarios of the recorded node, played with the SDK on the localnet', () => {
  it('give the trace of coins', async () => {
    expect(await trace(coins)).toEqual(coinsTrace);
  }, 60_000);

  it('give the trace of staking', async () => {
    expect(await trace(staking)).toEqual(stakingTrace);
  }, 60_000);

  it('give the trace of the market', async () => {
    expect(await trace(market)).toEqual(marketTrace);
  }, 60_000);
});
