import {
  type AuthorityQuorumSignInfo,
  type CheckpointSummary,
  CheckpointSummary as Summary,
  type SystemState,
} from '@somakit/bcs';
import { toBase64 } from '@somakit/core';
import { aggregateBlsSignatures, authorityMessage, blsPublicKey, blsSign } from '@somakit/crypto';
import { committeeOf } from '@somakit/ledger';
import { QUORUM_THRESHOLD } from '@somakit/protocol';

/** Signs checkpoints with the validator keys at hand; undefined where these are no quorum of the epoch. */
export type Certify = (summary: CheckpointSummary, state: SystemState) => AuthorityQuorumSignInfo | undefined;

export const createCertify = (secretKeys: readonly Uint8Array[]): Certify => {
  const names = new Map<string, Uint8Array>();
  const nameAll = () => {
    if (names.size === 0) for (const secret of secretKeys) names.set(toBase64(blsPublicKey(secret)), secret);
    return names;
  };
  return (summary, state) => {
    const known = nameAll();
    const signersMap: number[] = [];
    const secrets: Uint8Array[] = [];
    let power = 0n;
    committeeOf(state).votingRights.forEach(({ authority, votingPower }, index) => {
      const secret = known.get(authority);
      if (secret === undefined) return;
      signersMap.push(index);
      secrets.push(secret);
      power += votingPower;
    });
    if (power < QUORUM_THRESHOLD) return undefined;
    const message = authorityMessage('CheckpointSummary', Summary.encode(summary), summary.epoch);
    const signature = aggregateBlsSignatures(secrets.map((secret) => blsSign(message, secret)));
    return { epoch: summary.epoch, signature, signersMap };
  };
};
