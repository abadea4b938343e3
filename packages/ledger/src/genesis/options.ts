import type { Manifest, SomaObject, SystemParameters } from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';
import type { Keypair } from '@somakit/crypto';

/** Parameters that a genesis may set otherwise than its protocol version does; thresholds as numbers. */
export type ParameterOverrides = {
  readonly [K in keyof SystemParameters]?: (SystemParameters[K] extends bigint ? bigint : number) | undefined;
};

/** Somebody who has coins from the start. */
export interface GenesisAccount {
  readonly address: Address | string;
  /** One coin each, in shannons. */
  readonly coins: readonly bigint[];
}

/** A validator of the first committee. What is left out is generated from the seed. */
export interface GenesisValidator {
  /** The account; it gets the gas coin and the receipt of the stake. */
  readonly keypair?: Keypair | undefined;
  /** BLS secret key, 32 bytes. */
  readonly protocolSecretKey?: Uint8Array | undefined;
  /** Ed25519 public keys, 32 bytes each. */
  readonly networkPublicKey?: Uint8Array | undefined;
  readonly workerPublicKey?: Uint8Array | undefined;
  readonly netAddress?: string | undefined;
  readonly p2pAddress?: string | undefined;
  readonly primaryAddress?: string | undefined;
  readonly proxyAddress?: string | undefined;
  /** Staked with itself, in shannons. Defaults to 20,000 SOMA. */
  readonly stake?: bigint | undefined;
  /** Its one coin, in shannons. Defaults to 300,000 SOMA. */
  readonly gas?: bigint | undefined;
  /** In basis points. Defaults to 200. */
  readonly commissionRate?: bigint | undefined;
}

/** A model that is active from the start. */
export interface GenesisModel {
  readonly owner: Address | string;
  readonly manifest: Manifest;
  /** Commitment of the encrypted weights; the manifest's checksum when left out. */
  readonly weightsCommitment?: Digest | undefined;
  readonly decryptionKey: Digest;
  /** In shannons, out of the emission fund. Defaults to 1 SOMA. */
  readonly initialStake?: bigint | undefined;
  /** In basis points. Defaults to 0. */
  readonly commissionRate?: bigint | undefined;
}

/** How a new chain begins. Everything has the default of the reference's local network. */
export interface GenesisOptions {
  /** The start of the chain, in ms. */
  readonly timestampMs: bigint;
  /** What generated keys come from; equal seeds give equal chains. Defaults to `somakit`. Known to all: no place for real funds. */
  readonly seed?: string | undefined;
  /** Defaults to the newest, 5. */
  readonly protocolVersion?: bigint | undefined;
  readonly parameters?: ParameterOverrides | undefined;
  /** In shannons. Defaults to 1,370 SOMA. */
  readonly emissionPerEpoch?: bigint | undefined;
  /** In shannons: what is not allocated is the emission fund. Defaults to 10,000,000 SOMA, or 680,000 more than is allocated. */
  readonly totalSupply?: bigint | undefined;
  /** A number of generated ones, or each in detail. Defaults to 1. */
  readonly validators?: number | readonly GenesisValidator[] | undefined;
  /**
   * A number of generated accounts with five coins of 300,000 SOMA each, or addresses with five coins of 30,000 SOMA, or
   * accounts in detail. Defaults to 5.
   */
  readonly accounts?: number | readonly (Address | string | GenesisAccount)[] | undefined;
  /** Whether there is a faucet account with five coins of 300,000 SOMA. Defaults to false. */
  readonly faucet?: boolean | undefined;
  readonly models?: readonly GenesisModel[] | undefined;
}

/** A validator whose keys are at hand. */
export interface ValidatorKeys {
  readonly address: Address;
  readonly keypair: Keypair;
  /** BLS secret key, 32 bytes. */
  readonly protocolSecretKey: Uint8Array;
}

/** A genesis, ready to be executed. */
export interface Genesis {
  /** In the order of the genesis transaction. */
  readonly objects: readonly SomaObject[];
  readonly timestampMs: bigint;
  /** The generated accounts. */
  readonly accounts: readonly Keypair[];
  readonly faucet: Keypair | undefined;
  readonly validators: readonly ValidatorKeys[];
  /** The validators' BLS secret keys, for `createLedger`. */
  readonly validatorKeys: readonly Uint8Array[];
  /** In the order of the options. */
  readonly modelIds: readonly ObjectId[];
}
