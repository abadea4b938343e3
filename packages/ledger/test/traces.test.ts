// Traces of the Python client against a running reference node: the same calls here give the same balances and states.
import { stringifyJson } from '@somakit/core';
import type { Keypair } from '@somakit/crypto';
import coins from '@somakit/vectors/traces/coins.json';
import staking from '@somakit/vectors/traces/staking.json';
import { describe, expect, it } from 'vitest';
import { actorAddress, createWorld, refOf, type World } from './support/world.js';

interface Step {
  readonly step: string;
  readonly ok?: boolean;
  readonly error?: string;
  readonly balances?: Readonly<Record<string, number>>;
  // biome-ignore lint/suspicious/noExplicitAny: the recorded state as the client prints it
  readonly state?: any;
  readonly n?: number;
}

const FAUCET = 2_000_000_000n;
const soma = (value: number): bigint => BigInt(Math.round(value * 1e9));

/** A chain as the recorded one was: default allocations; the faucet is actor 0. */
const begin = (names: readonly string[]) => {
  const world = createWorld({
    accounts: [Array.from({ length: 30 }, () => 300_000_000_000_000n), ...names.map(() => [])],
  });
  const [faucet, ...people] = world.actors as [Keypair, ...Keypair[]];
  const person = (name: string): Keypair => people[names.indexOf(name)]!;
  const address = (name: string) => person(name).address;
  const coin = (name: string) => world.coins(person(name))[0]!;
  const validator = world.genesis.validators[0]!.address;
  const request = (name: string) =>
    world.send(faucet, {
      kind: 'PayCoins',
      coins: [world.coins(faucet)[0]!],
      amounts: [FAUCET],
      recipients: [address(name)],
    });
  const transfer = (from: string, to: string, amount: bigint) =>
    world.send(person(from), { kind: 'TransferCoin', coin: coin(from), amount, recipient: address(to) });
  const pay = (from: string, to: readonly string[], amounts: readonly bigint[]) =>
    world.send(person(from), { kind: 'PayCoins', coins: [coin(from)], amounts, recipients: to.map(address) });
  /** The client's way: the smallest coin moves to oneself, all others pay. */
  const merge = (name: string) => {
    const [smallest, ...others] = world.coins(person(name)).reverse();
    return world.send(
      person(name),
      { kind: 'TransferCoin', coin: smallest!, amount: undefined, recipient: address(name) },
      others,
    );
  };
  const stake = (name: string, amount?: bigint, to = validator) =>
    world.send(person(name), { kind: 'AddStake', address: to, coinRef: coin(name), amount });
  const withdraw = (name: string) =>
    world.send(person(name), {
      kind: 'WithdrawStake',
      stakedSoma: refOf(world.objects(person(name), 'StakedSoma')[0]!),
    });
  return { world, person, request, transfer, pay, merge, stake, withdraw };
};

type Chain = ReturnType<typeof begin>;

const stateOf = ({ ledger }: World) => {
  const { epoch, totalStake, validators, emissionPool } = ledger.systemState();
  return {
    epoch: Number(epoch),
    total_stake: Number(totalStake),
    validators: validators.map(({ stakingPool: pool, ...each }) => ({
      next_rate: Number(each.nextEpochCommissionRate),
      next_stake: Number(each.nextEpochStake),
      pool: {
        pending_pool_token_withdraw: Number(pool.pendingPoolTokenWithdraw),
        pending_stake: Number(pool.pendingStake),
        pending_total_soma_withdraw: Number(pool.pendingTotalSomaWithdraw),
        pool_token_balance: Number(pool.poolTokenBalance),
        rewards_pool: Number(pool.rewardsPool),
        soma_balance: Number(pool.somaBalance),
      },
      rate: Number(each.commissionRate),
      vp: Number(each.votingPower),
    })),
    pool: Number(emissionPool.balance),
  };
};

/** The emission pools of the two chains start apart: what each took or got since is compared. */
const follow = (
  steps: readonly Step[],
  names: readonly string[],
  act: (chain: Chain, step: string) => unknown,
): void => {
  const chain = begin(names);
  const { world } = chain;
  const ours = stateOf(world).pool;
  const theirs = 680_000_000_000_000;
  for (const step of steps) {
    const result = act(chain, step.step) as
      | { effects?: { status: { kind: string; error?: { kind: string } } } }
      | undefined;
    const status = result?.effects?.status;
    if (status !== undefined && step.ok !== undefined) {
      expect(status.kind === 'Success', `${step.step}: ${stringifyJson(status.error ?? null)}`).toBe(step.ok);
      if (step.error !== undefined) expect(step.error, step.step).toContain(status.error!.kind);
    }
    if (step.n !== undefined)
      expect(world.coins(chain.person(step.step.split(' ')[0]!)), step.step).toHaveLength(step.n);
    for (const [name, balance] of Object.entries(step.balances ?? {})) {
      const sum = world.coins(chain.person(name)).reduce((total, each) => total + each.balance, 0n);
      expect(sum, `${step.step}: ${name}`).toBe(BigInt(balance));
    }
    if (step.state === undefined) continue;
    const { pool, ...state } = stateOf(world);
    const { epoch, total_stake, validators, emission } = step.state;
    expect(state, step.step).toEqual({
      epoch,
      total_stake,
      validators: validators.map((each: string) => JSON.parse(each)),
    });
    expect(pool - ours, step.step).toBe(emission.balance - theirs);
  }
};

describe('the traces of the Python client', () => {
  it('of coins come to the same balances, and the fees to the same rewards', () => {
    const names = ['alice', 'bob', 'carol', 'dora', 'eve', 'fred'];
    const actions: Record<string, (chain: Chain) => unknown> = {
      'transfer 0.5': ({ transfer }) => transfer('alice', 'bob', soma(0.5)),
      'transfer 0.000000001': ({ transfer }) => transfer('alice', 'bob', 1n),
      'transfer zero': ({ transfer }) => transfer('alice', 'bob', 0n),
      'transfer too much': ({ transfer }) => transfer('alice', 'bob', soma(100)),
      'transfer exactly all': ({ transfer, world, person }) =>
        transfer('alice', 'bob', world.coins(person('alice'))[0]!.balance),
      'pay two': ({ pay }) => pay('alice', ['carol', 'fred'], [soma(0.125), soma(0.25)]),
      'pay mismatch': ({ pay }) => pay('alice', ['carol'], [1n, 2n]),
      'pay nobody': ({ pay }) => pay('alice', [], []),
      'pay duplicate recipient': ({ pay }) => pay('alice', ['fred', 'fred'], [soma(0.1), soma(0.2)]),
      'merge fred': ({ merge }) => merge('fred'),
      'merge bob (dust among his coins)': ({ merge }) => merge('bob'),
      'transfer object that is the gas': ({ world, person }) => {
        const [coin] = world.coins(person('dora'));
        return world.send(person('dora'), { kind: 'TransferObjects', objects: [coin!], recipient: actorAddress(3) }, [
          coin!,
        ]);
      },
      'transfer to self': ({ transfer }) => transfer('eve', 'eve', soma(0.5)),
      advance: ({ world }) => world.ledger.advanceEpoch(),
    };
    follow(coins, names, (chain, step) =>
      step.startsWith('faucet ') ? chain.request(step.slice(7)) : actions[step]?.(chain),
    );
  });

  it('of staking come to the same balances, pools and rates of reward', () => {
    const stranger: Record<string, (chain: Chain) => unknown> = {
      'report validator by stranger': ({ world, person }) =>
        world.send(person('gwen'), { kind: 'ReportValidator', reportee: world.genesis.validators[0]!.address }),
      'undo report by stranger': ({ world, person }) =>
        world.send(person('gwen'), { kind: 'UndoReportValidator', reportee: world.genesis.validators[0]!.address }),
      'remove validator by stranger': ({ world, person }) =>
        world.send(person('gwen'), { kind: 'RemoveValidator', pubkeyBytes: new Uint8Array(96) }),
      'set rate by stranger': ({ world, person }) =>
        world.send(person('gwen'), { kind: 'SetCommissionRate', newRate: 100n }),
      'set rate too high by stranger': ({ world, person }) =>
        world.send(person('gwen'), { kind: 'SetCommissionRate', newRate: 20_000n }),
    };
    const actions: Record<string, (chain: Chain) => unknown> = {
      ...stranger,
      'stake 0.3': ({ stake }) => stake('dave', soma(0.3)),
      'stake 0.3 again': ({ stake }) => stake('dave', soma(0.3)),
      'stake whole coin': ({ stake }) => stake('erin'),
      'stake to stranger': ({ stake }) => stake('dave', soma(0.1), actorAddress(4)),
      'stake zero': ({ stake }) => stake('dave', 0n),
      'stake more than held': ({ stake }) => stake('dave', soma(100)),
      'finn stakes': ({ stake }) => stake('finn', soma(0.7)),
      'withdraw before activation': ({ withdraw }) => withdraw('finn'),
      'withdraw after rewards': ({ withdraw }) => withdraw('dave'),
    };
    follow(staking, ['dave', 'erin', 'finn', 'gwen'], (chain, step) => {
      if (step.startsWith('faucet ')) return chain.request(step.slice(7));
      if (step.startsWith('traffic ')) return chain.transfer('gwen', 'erin', soma(0.01));
      if (step.startsWith('advance ')) {
        chain.world.ledger.advanceEpoch();
        return undefined;
      }
      return actions[step]?.(chain);
    });
  });
});
