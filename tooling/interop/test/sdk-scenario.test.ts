import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { createSomaClient, Keypair, parseSoma } from '@somakit/sdk';
import { findPart } from '@somakit/vitest-config/parts';
import { describe, expect, it } from 'vitest';

const python = findPart('python');

const SCENARIO = `
import asyncio, json, sys
from soma_sdk import Keypair, SomaClient
async def main():
    rpc, faucet, admin, validator = sys.argv[1:]
    a, b = (Keypair.from_secret_key(bytes([n] * 32)) for n in (1, 2))
    c = await SomaClient(rpc, faucet_url=faucet, admin_url=admin)
    await c.request_faucet(a.address())
    await c.transfer_coin(a, b.address(), 0.5)
    await c.pay_coins(a, [b.address(), b.address()], [0.125, 0.25])
    await c.merge_coins(b)
    await c.add_stake(a, validator, 0.75)
    await c.advance_epoch()
    state = await c.get_latest_system_state()
    print(json.dumps({
        "a": SomaClient.to_shannons(await c.get_balance(a.address())),
        "b": SomaClient.to_shannons(await c.get_balance(b.address())),
        "coins": [len(await c.list_owned_objects(k.address(), "coin")) for k in (a, b)],
        "stakes": len(await c.list_owned_objects(a.address(), "staked_soma")),
        "epoch": state.epoch,
        "totalStake": state.validators.total_stake,
        "pools": [[v.staking_pool.soma_balance, v.staking_pool.pool_token_balance, v.staking_pool.pending_stake,
                   v.staking_pool.rewards_pool, v.voting_power, v.next_epoch_stake] for v in state.validators.validators],
        "emission": [state.emission_pool.balance, state.emission_pool.emission_per_epoch],
        "fees": [state.parameters.base_fee, state.parameters.write_object_fee, state.parameters.value_fee_bps],
        "targets": [state.target_state.targets_generated_this_epoch, state.target_state.reward_per_target],
    }))
asyncio.run(main())
`;

const onNetwork = async <T>(play: (network: Localnet) => Promise<T>): Promise<T> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true });
  try {
    return await play(network);
  } finally {
    await network.stop();
  }
};

const withPython = () =>
  onNetwork(async ({ rpcUrl, faucetUrl, adminUrl, validators }) => {
    const args = ['-c', SCENARIO, rpcUrl, faucetUrl, adminUrl, validators[0]!.address];
    return JSON.parse((await promisify(execFile)(python!, args)).stdout) as unknown;
  });

const withSdk = () =>
  onNetwork(async ({ rpcUrl, faucetUrl, adminUrl, validators }) => {
    const [a, b] = [1, 2].map((byte) => Keypair.fromSecretKey(new Uint8Array(32).fill(byte))) as [Keypair, Keypair];
    const client = createSomaClient({ rpcUrl, faucetUrl, adminUrl, signer: a });
    await client.requestFaucet({ address: a.address });
    await client.transferCoin({ recipient: b.address, amount: parseSoma('0.5') });
    const amounts = [parseSoma('0.125'), parseSoma('0.25')];
    await client.payCoins({ recipients: [b.address, b.address], amounts });
    await client.mergeCoins({ signer: b, leaveTwo: true });
    await client.addStake({ validator: validators[0]!.address, amount: parseSoma('0.75') });
    await client.advanceEpoch();
    const { totalStake, epoch, validators: pools, ...state } = await client.getLatestSystemState();
    const count = async (owner: string, objectType: string) =>
      (await client.listOwnedObjects({ owner, objectType })).length;
    const end = {
      a: Number(await client.getBalance({ address: a.address })),
      b: Number(await client.getBalance({ address: b.address })),
      coins: [await count(a.address, 'coin'), await count(b.address, 'coin')],
      stakes: await count(a.address, 'staked_soma'),
      epoch: Number(epoch),
      totalStake: Number(totalStake),
      pools: pools.map(({ stakingPool, votingPower, nextEpochStake }) =>
        [
          stakingPool.somaBalance,
          stakingPool.poolTokenBalance,
          stakingPool.pendingStake,
          stakingPool.rewardsPool,
          votingPower,
          nextEpochStake,
        ].map(Number),
      ),
      emission: [state.emissionPool.balance, state.emissionPool.emissionPerEpoch].map(Number),
      fees: [state.parameters.baseFee, state.parameters.writeObjectFee, state.parameters.valueFeeBps].map(Number),
      targets: [state.targetState.targetsGeneratedThisEpoch, state.targetState.rewardPerTarget].map(Number),
    };
    client.close();
    return end;
  });

describe.runIf(python !== undefined)('one scenario on two fresh networks', () => {
  it('ends with the same balances, coins, stakes, pools, emission and fees in Python and here', async () => {
    expect(await withSdk()).toEqual(await withPython());
  }, 60_000);
});
