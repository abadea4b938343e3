import type { BalanceChange, SystemState, TransactionEffects, TransactionFee, TransactionKind } from '@somakit/bcs';
import type { Address, Digest } from '@somakit/core';
import type { Signer } from '@somakit/crypto';
import type { CoinObject, WrittenObject } from '@somakit/tx-builders';
import type { WaitOptions } from '../client/types.js';

/** What every write takes. */
export interface WriteOptions extends WaitOptions {
  /** Goes before the client's. */
  readonly signer?: Signer | undefined;
  /** Simulates: nothing is signed or sent, and the result says what it would do and cost. Defaults to false. */
  readonly dryRun?: boolean | undefined;
  /** Ids of the coins that may be used, for amounts, bonds and fees. Without it all that the account has. */
  readonly coins?: readonly string[] | undefined;
  /** Checks on the caller's side what the chain would fail, before a fee is paid. Defaults to true. */
  readonly preflight?: boolean | undefined;
  /** Whether to wait until every read shows the transaction. False returns once it is final. Defaults to true. */
  readonly wait?: boolean | undefined;
  /** For the wait for the checkpoint alone. Defaults to 30,000. */
  readonly checkpointTimeoutMs?: number | undefined;
  /** Hears of the signed bytes before they are sent: keep them, and `resume` finds out what became of them. */
  readonly onSigned?: ((signed: { readonly digest: Digest; readonly transaction: Uint8Array }) => void) | undefined;
  /** Hears of the result, for calls that return something else. */
  readonly onResult?: ((result: WriteResult) => void) | undefined;
}

/** What a write did, or with `dryRun` would do. */
export interface WriteResult {
  /** Of a dry run: that of the simulated transaction, which is never sent. */
  readonly digest: Digest;
  readonly effects: TransactionEffects;
  /** New objects. */
  readonly created: readonly WrittenObject[];
  /** What was paid, in shannons. */
  readonly fee: TransactionFee;
  /** Coins gained and lost by account, in shannons, fees included. */
  readonly balanceChanges: readonly BalanceChange[];
  /** The bond of a submission, which the claim gives back, in shannons; 0 otherwise. */
  readonly bond: bigint;
  /** What it leaves the sender with more or less, fees and bond included. */
  readonly net: bigint;
  /** Missing with `wait: false`, and in a dry run. */
  readonly checkpoint?: bigint | undefined;
  readonly dryRun: boolean;
}

/** A kind with the coins that it takes. */
export interface Plan {
  readonly kind: TransactionKind;
  readonly gasPayment: readonly CoinObject[];
  readonly used: readonly CoinObject[];
}

/** A write as the pipeline takes it. */
export interface Write {
  /** The method's name, for errors. */
  readonly operation: string;
  readonly options: WriteOptions;
  /** Reads what the write is about, and refuses what the chain would fail. Called anew for each attempt. */
  prepare(context: {
    readonly sender: Address;
    readonly preflight: boolean;
    readonly signal: AbortSignal | undefined;
  }): Promise<PreparedWrite>;
}

/** A write that only lacks its coins. */
export interface PreparedWrite {
  readonly state: SystemState;
  /** Chooses coins and makes the kind, at once. */
  plan(coins: readonly CoinObject[], sender: Address): Plan;
  readonly bond?: bigint | undefined;
}
