import { TransactionEffects } from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import { type BalanceChange, balanceChanges } from './balance.js';
import { effectsOf } from './execution/effects.js';
import type { ObjectChange, Outcome } from './execution/outcome.js';
import type { TransactionRecord } from './store/types.js';
import type { ExecutionResult } from './types.js';

// Classes, for their getters: a value of the effects and the balance changes cost about as much as the execution, and
// most callers read one of them or none.

class Executed implements ExecutionResult {
  readonly digest: Digest;
  readonly effectsDigest: Digest;
  readonly changes: readonly ObjectChange[];
  readonly repeated = false;
  readonly #outcome: Outcome;
  #effects: TransactionEffects | undefined;
  #balances: readonly BalanceChange[] | undefined;

  constructor(outcome: Outcome) {
    this.digest = outcome.digest;
    this.effectsDigest = outcome.effectsDigest;
    this.changes = outcome.changes;
    this.#outcome = outcome;
  }

  get effects(): TransactionEffects {
    this.#effects ??= effectsOf(this.#outcome);
    return this.#effects;
  }

  get balanceChanges(): readonly BalanceChange[] {
    this.#balances ??= balanceChanges(this.changes);
    return this.#balances;
  }
}

/** What came of a transaction just now. */
export const resultOf = (outcome: Outcome): ExecutionResult => new Executed(outcome);

/** What came of a transaction that had been executed before. */
export const repeatedResult = ({ digest, effects, effectsDigest }: TransactionRecord): ExecutionResult => ({
  digest,
  effects: TransactionEffects.decode(effects),
  effectsDigest,
  changes: [],
  balanceChanges: [],
  repeated: true,
});
