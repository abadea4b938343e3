import type { ObjectRef, TransactionKind } from '@somakit/bcs';
import { type Digest, SomaKitError } from '@somakit/core';
import { wrapU64 } from '@somakit/protocol';
import './errors.js';
import type { Outcome } from './execution/outcome.js';
import { somaIn } from './supply.js';

const broken = (invariant: 'supply' | 'single use', digest: Digest, detail: string): SomaKitError =>
  new SomaKitError('LEDGER_INVARIANT', `The ${invariant} invariant does not hold after ${digest}: ${detail}.`, {
    context: { invariant, digest, detail },
  });

/**
 * Checks that a transaction neither made nor lost value: what its objects held before and, at the end of an epoch, the
 * epoch's fees, is what they hold after, with the fee and what was burned. Modulo 2^64, as the chain's own sums.
 *
 * @throws LEDGER_INVARIANT
 */
export const checkSupply = (outcome: Outcome, kind: TransactionKind): void => {
  if (kind.kind === 'Genesis') return;
  let difference = kind.kind === 'ChangeEpoch' ? kind.fees : 0n;
  for (const { before, after } of outcome.changes) difference += somaIn(before) - somaIn(after);
  difference = wrapU64(difference - outcome.fee.totalFee - outcome.burned);
  if (difference === 0n) return;
  throw broken('supply', outcome.digest, `${BigInt.asIntN(64, difference)} shannons are missing`);
};

/** Watches that no version of an owned object is used by two transactions. */
export interface SingleUse {
  /** @throws LEDGER_INVARIANT */
  use(digest: Digest, owned: readonly ObjectRef[], outcome: Outcome): void;
  undo(owned: readonly ObjectRef[]): void;
}

export const createSingleUse = (): SingleUse => {
  const used = new Map<string, Digest>();
  const keyOf = ({ objectId, version }: ObjectRef): string => `${objectId}:${version}`;
  return {
    use: (digest, owned, { changes }) => {
      const moved = new Set<string>(changes.map(({ objectId }) => objectId));
      for (const ref of owned) {
        const by = used.get(keyOf(ref));
        if (by !== undefined && by !== digest) throw broken('single use', digest, `${keyOf(ref)} was used by ${by}`);
        if (moved.has(ref.objectId)) used.set(keyOf(ref), digest);
      }
    },
    undo: (owned) => {
      for (const ref of owned) used.delete(keyOf(ref));
    },
  };
};
