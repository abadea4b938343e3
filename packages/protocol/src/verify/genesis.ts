import type { CheckpointSummary, TransactionData } from '@somakit/bcs';
import { SystemState, TransactionData as TransactionDataCodec } from '@somakit/bcs';
import { parseDigest } from '@somakit/core';
import { checkpointContentsDigest, transactionDigest } from '@somakit/crypto';
import { SYSTEM_STATE_OBJECT_ID } from '../parameters/constants.js';
import type { TrustedState } from './chain.js';
import { readSummary } from './checkpoint.js';
import { committeeOfState } from './committee.js';
import { verificationFailed } from './errors.js';

/**
 * A trusted start from nothing but a chain's identifier: the summary of checkpoint 0 hashes to it, names the genesis
 * transaction, and that holds the SystemState with the first committee.
 *
 * @throws VERIFICATION_FAILED when a link is missing; INVALID_DIGEST when `chainId` is not the full identifier.
 */
export const trustGenesis = (of: {
  /** The digest of checkpoint 0 (not its short form). */
  readonly chainId: string;
  /** The summary of checkpoint 0, or its BCS bytes. */
  readonly summary: CheckpointSummary | Uint8Array;
  /** The genesis transaction, or its BCS bytes. */
  readonly transaction: TransactionData | Uint8Array;
  /** The digest of its effects. */
  readonly effectsDigest: string;
}): TrustedState => {
  const checkpoint = readSummary(of.summary);
  const chainId = parseDigest(of.chainId);
  if (checkpoint.digest !== chainId || checkpoint.summary.sequenceNumber !== 0n) {
    throw verificationFailed('genesis', 'digest', 'The checkpoint is not the one that the chain identifier names.', {
      expected: chainId,
      received: checkpoint.digest,
    });
  }
  const bytes = of.transaction instanceof Uint8Array ? of.transaction : TransactionDataCodec.encode(of.transaction);
  const contents = checkpointContentsDigest([{ transaction: transactionDigest(bytes), effects: of.effectsDigest }]);
  if (contents !== checkpoint.summary.contentDigest) {
    throw verificationFailed('genesis', 'digest', 'The transaction is not the genesis of this chain.', {
      expected: checkpoint.summary.contentDigest,
      received: contents,
    });
  }
  const { kind } = TransactionDataCodec.decode(bytes);
  const state =
    kind.kind === 'Genesis' ? kind.objects.find(({ objectId }) => objectId === SYSTEM_STATE_OBJECT_ID) : undefined;
  if (state === undefined)
    throw verificationFailed('genesis', 'malformed', 'The genesis transaction creates no SystemState.');
  return {
    committee: committeeOfState(SystemState.decode(state.contents)),
    checkpoint: { summary: checkpoint.summary, digest: checkpoint.digest },
  };
};
