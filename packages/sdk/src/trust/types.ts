import type { BalanceChange, CheckpointSummary, Committee, TransactionEffects } from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import type { CertifiedCheckpoint, TrustedCommittee } from '@somakit/protocol/verify';
import type { ObjectView, Rpc } from '@somakit/rpc';

/**
 * What a reader knows before it asks anybody; from a source that is not the node.
 *
 * The chain's identifier (the digest of checkpoint 0) is enough: the genesis proves itself by it. Later epochs are
 * followed from there by the signatures over their last checkpoints, so a newer start saves reading them.
 */
export type TrustedStart =
  | { readonly chainId: string }
  /** Digest of the last checkpoint of an epoch, which names the next committee. */
  | { readonly checkpoint: string }
  /** The committee of an epoch; nothing before that epoch can be proven. */
  | { readonly committee: TrustedCommittee | Committee };

/** What proves the answers of a node. Every method throws VERIFICATION_FAILED for what does not fit. */
export interface Trust {
  /** That a transaction has these effects, by the checkpoint that the node says holds it. Gives the checkpoint. */
  effects(of: {
    readonly digest: Digest;
    readonly effects: TransactionEffects;
    readonly checkpoint: bigint | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<CheckpointSummary>;
  /** Coins gained and lost, computed from objects that proven effects name. */
  balanceChanges(effects: TransactionEffects, signal?: AbortSignal | undefined): Promise<readonly BalanceChange[]>;
  /** That a quorum signed a checkpoint, and that it is the one asked for. */
  checkpoint(
    certified: CertifiedCheckpoint & { readonly data: CheckpointSummary },
    sequenceNumber: bigint | undefined,
    signal?: AbortSignal | undefined,
  ): Promise<void>;
  /** That a transaction in the chain wrote this very version of an object. That it is the newest cannot be proven. */
  object(
    view: ObjectView,
    asked: { readonly objectId: string; readonly version?: bigint | undefined },
    signal?: AbortSignal | undefined,
  ): Promise<void>;
}

/** Makes the proof of a client. */
export type TrustFactory = (rpc: Rpc) => Trust;
