import type { TransactionKind } from '@somakit/bcs';
import type { FeeParameters } from '@somakit/protocol/fees';
import { byBalance, type CoinObject, chooseCoins, requiredToSpend } from '@somakit/tx-builders';
import type { Plan } from '../write/types.js';

/** Coins for a stake: an amount, or the richest coin whole, with the gas from another one where there is one that does. */
export const wholeOrAmount = (
  coins: readonly CoinObject[],
  of: {
    readonly kind: 'AddStake' | 'AddStakeToModel';
    readonly amount: bigint | undefined;
    readonly parameters: FeeParameters;
  },
  kindOf: (coin: CoinObject) => TransactionKind,
): Plan => {
  const { kind, amount, parameters } = of;
  if (amount !== undefined) {
    const choice = chooseCoins({ need: { kind, amount }, coins, parameters });
    return { ...choice, kind: kindOf(choice.coin) };
  }
  const sorted = [...coins].sort(byBalance);
  const richest = sorted.at(-1);
  // The value fee goes by the whole coin, so that the gas coin must hold it as if it were spent from there.
  const fee = richest === undefined ? 0n : requiredToSpend(kind, richest.balance, parameters) - richest.balance;
  const gas = sorted.slice(0, -1).find(({ balance }) => balance >= fee);
  if (richest === undefined || gas === undefined) {
    const { gasPayment, used, coin } = chooseCoins({
      need: { kind, amount: 1n },
      coins: richest === undefined ? [] : [richest],
      parameters,
    });
    return { kind: kindOf(coin), gasPayment, used };
  }
  return { kind: kindOf(richest), gasPayment: [gas], used: [richest, gas] };
};
