// A small chain with people in it: what tests and properties act with.
import { type ObjectRef, TransactionData, type TransactionKind } from '@somakit/bcs';
import type { Address } from '@somakit/core';
import { blake2b256, Keypair } from '@somakit/crypto';
import {
  buildGenesis,
  coinBalance,
  createLedger,
  type ExecutionResult,
  type Genesis,
  type GenesisOptions,
  type Ledger,
  type LedgerObject,
  type LedgerSettings,
} from '../../src/index.js';

/** A coin as transactions name it. */
export interface CoinRef extends ObjectRef {
  readonly balance: bigint;
}

export interface WorldOptions extends Omit<GenesisOptions, 'accounts' | 'timestampMs'> {
  /** The coins of each actor, in shannons. */
  readonly accounts: readonly (readonly bigint[])[];
  readonly ledger?: LedgerSettings;
}

export const refOf = ({ objectId, version, digest }: LedgerObject): ObjectRef => ({ objectId, version, digest });

const keypairOf = (n: number, label = 'actor'): Keypair =>
  Keypair.fromSecretKey(blake2b256(new TextEncoder().encode(`${label}-${n}`)));

/** The address of the n-th actor, before there is a world. */
export const actorAddress = (n: number): Address => keypairOf(n).address;

/** A key for something else than an account. */
export const actorKey = (label: string): Keypair => keypairOf(0, label);

export interface World {
  readonly genesis: Genesis;
  readonly ledger: Ledger;
  readonly actors: readonly Keypair[];
  /** Somebody who has nothing yet. */
  stranger(n: number): Keypair;
  objects(of: { readonly address: Address }, type?: 'Coin' | 'StakedSoma'): LedgerObject[];
  /** The coins of somebody, the richest first. */
  coins(of: { readonly address: Address }): CoinRef[];
  /** Signs and executes; pays with the richest coin unless told otherwise. */
  send(from: Keypair, kind: TransactionKind, gasPayment?: readonly ObjectRef[]): ExecutionResult;
  /** As `send`, only the signed transaction. */
  sign(
    from: Keypair,
    kind: TransactionKind,
    gasPayment?: readonly ObjectRef[],
  ): { bytes: Uint8Array; signatures: Uint8Array[] };
}

export const createWorld = (options: WorldOptions): World => {
  const { accounts, ledger: settings = {}, ...rest } = options;
  const actors = accounts.map((_, i) => keypairOf(i));
  const genesis = buildGenesis({
    timestampMs: 1_700_000_000_000n,
    ...rest,
    accounts: accounts.map((coins, i) => ({ address: actors[i]!.address, coins })),
  });
  const ledger = createLedger({ genesis, invariants: true, ...settings });
  const objects: World['objects'] = ({ address }, type) => [...ledger.listObjects({ owner: address, type })];
  const coins: World['coins'] = (of) =>
    objects(of, 'Coin')
      .map((object) => ({ ...refOf(object), balance: coinBalance(object) }))
      .sort((a, b) => (a.balance > b.balance ? -1 : a.balance < b.balance ? 1 : 0));
  const sign: World['sign'] = (from, kind, gasPayment) => {
    const gas = gasPayment ?? coins(from).slice(0, 1);
    const bytes = TransactionData.encode({ kind, sender: from.address, gasPayment: gas });
    return { bytes, signatures: [from.signTransaction(bytes)] };
  };
  return {
    genesis,
    ledger,
    actors,
    stranger: (n) => keypairOf(n, 'stranger'),
    objects,
    coins,
    sign,
    send: (from, kind, gasPayment) => ledger.execute(sign(from, kind, gasPayment)),
  };
};
