// Writes a random scenario as JSON, with what the ledger makes of it: `pnpm scenario SEED STEPS > FILE`.
//
// The steps are calls of the Python client by their names and arguments, so that another program can drive a real
// network through them and compare. `balances` are stated where they do not hang on the client's free choice of a gas
// coin: while everybody who paid so far had one coin. Amounts are decimal text in shannons.
import type { TransactionKind } from '@somakit/bcs';
import { createStdRng } from '@somakit/protocol/random';
import { createWorld, refOf } from '../test/support/world.js';

const FAUCET = 2_000_000_000n;
const [seed = '1', count = '40'] = process.argv.slice(2);
const rng = createStdRng(BigInt(seed));
const below = (n: number): number => Number(rng.nextU64() % BigInt(n));

const names = ['ann', 'ben', 'cat', 'dan'];
const world = createWorld({ accounts: names.map(() => [FAUCET]) });
const validator = world.genesis.validators[0]!.address;

interface Step {
  readonly call: string;
  readonly actor?: string;
  readonly args?: Record<string, unknown>;
  readonly expect: { readonly status: string; readonly balances?: Record<string, string> };
}

const amountFor = (balance: bigint): bigint => {
  const awkward = [0n, 1n, balance, balance - 1_600n, balance + 1n];
  return below(4) === 0 ? awkward[below(awkward.length)]! : (balance * BigInt(below(60))) / 100n;
};

const steps: Step[] = [];
let exact = true;
const balances = (): Record<string, string> =>
  Object.fromEntries(
    names.map((name, i) => [
      name,
      world
        .coins(world.actors[i]!)
        .reduce((sum, { balance }) => sum + balance, 0n)
        .toString(),
    ]),
  );
const push = (step: Omit<Step, 'expect'>, status: string): void => {
  steps.push({ ...step, expect: { status, ...(exact ? { balances: balances() } : {}) } });
};

while (steps.length < Number(count)) {
  const place = below(names.length);
  const from = world.actors[place]!;
  const actor = names[place]!;
  const coins = world.coins(from);
  const [coin] = coins;
  if (below(9) === 0) {
    world.ledger.advanceEpoch();
    push({ call: 'advance_epoch' }, 'Success');
    continue;
  }
  if (coin === undefined) continue;
  const to = below(names.length);
  const recipient = world.actors[to]!.address;
  const amount = amountFor(coin.balance);
  const [receipt] = world.objects(from, 'StakedSoma');
  const choices: [call: string, args: Record<string, unknown>, kind: TransactionKind][] = [
    [
      'transfer_coin',
      { recipient: names[to], amount: amount.toString() },
      { kind: 'TransferCoin', coin, amount, recipient },
    ],
    [
      'pay_coins',
      { recipients: [names[to], actor], amounts: [amount.toString(), '7'] },
      { kind: 'PayCoins', coins: [coin], amounts: [amount, 7n], recipients: [recipient, from.address] },
    ],
    [
      'add_stake',
      { validator: 'first', amount: amount.toString() },
      { kind: 'AddStake', address: validator, coinRef: coin, amount },
    ],
    ['set_commission_rate', { new_rate: 100 }, { kind: 'SetCommissionRate', newRate: 100n }],
    ...(receipt === undefined
      ? []
      : [
          ['withdraw_stake', { staked_soma: 'first' }, { kind: 'WithdrawStake', stakedSoma: refOf(receipt) }] as [
            string,
            Record<string, unknown>,
            TransactionKind,
          ],
        ]),
  ];
  const [call, args, kind] = choices[below(choices.length)]!;
  if (coins.length > 1) exact = false;
  const { effects } = world.send(from, kind, [coin]);
  push({ call, actor, args }, effects.status.kind === 'Success' ? 'Success' : effects.status.error.kind);
}

console.log(JSON.stringify({ version: 1, seed, actors: names, faucet: FAUCET.toString(), steps }, null, 2));
