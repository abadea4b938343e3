import type { Address, Digest, ObjectId } from '@somakit/core';
import type { Signer } from '@somakit/sdk';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The demo's own check failed: a figure is not what it must be. */
    DEMO_CHECK_FAILED: { readonly what: string; readonly expected: string; readonly received: string };
    /** Something that the demo on a public network needs is missing. */
    DEMO_NOT_READY: { readonly missing: 'network' | 'signer' | 'funds' | 'scoring' | 'data' };
    /** A step failed for a reason outside of SomaKit, which is the cause. */
    DEMO_STEP_FAILED: { readonly step: string };
  }
}

/** How far the demo is. */
export interface DemoStep {
  readonly name: string;
  /** With `total`, within the step. */
  readonly done?: number;
  readonly total?: number;
}

/** What `runDemo` takes. */
export interface DemoOptions {
  /** The folder whose files are scored. */
  readonly data: string;
  /** How many files at most. Defaults to 12. */
  readonly files?: number | undefined;
  /** `localnet` is embedded and plays every part; `testnet` is real and plays the submitter's. Defaults to `localnet`. */
  readonly network?: 'localnet' | 'testnet' | undefined;
  /** With `testnet`: another node. */
  readonly rpcUrl?: string | undefined;
  /** With `testnet`: a funded key. */
  readonly signer?: Signer | undefined;
  /** With `testnet`: a scoring service. */
  readonly scoringUrl?: string | undefined;
  /** With `testnet`: where the files of `data` are published, to stay there until the claim. */
  readonly dataUrl?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of the steps as they begin, and how far they are. */
  readonly onStep?: ((step: DemoStep) => void) | undefined;
  /** Hears of each transaction as it is final. */
  readonly onTransaction?: ((transaction: DemoTransaction) => void) | undefined;
}

/** A transaction of the demo. */
export interface DemoTransaction {
  readonly wallet: string;
  readonly what: string;
  readonly digest: Digest;
  /** Shannons. */
  readonly fee: bigint;
}

/** Data that hit a target. */
export interface DemoSubmission {
  readonly file: string;
  readonly bytes: number;
  readonly targetId: ObjectId;
  readonly modelId: ObjectId;
  readonly distance: number;
  readonly loss: number;
  /** Shannons, for all who take part in it. */
  readonly reward: bigint;
  readonly bond: bigint;
}

/** A wallet at the end. */
export interface DemoWallet {
  readonly name: string;
  readonly address: Address;
  /** Shannons, all of them: what it began with. */
  readonly funded: bigint;
  readonly staked: bigint;
  readonly fees: bigint;
  readonly bonds: bigint;
  readonly bondsBack: bigint;
  readonly rewards: bigint;
  readonly balance: bigint;
}

/** What the demo did. */
export interface DemoReport {
  readonly rpcUrl: string;
  /** The models that it published. */
  readonly models: readonly { readonly modelId: ObjectId; readonly owner: Address }[];
  readonly submissions: readonly DemoSubmission[];
  /** Files that hit no open target. */
  readonly misses: readonly string[];
  readonly wallets: readonly DemoWallet[];
  readonly transactions: readonly DemoTransaction[];
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
}
