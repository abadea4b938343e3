import type { TransactionKind } from '@somakit/bcs';

/** The kind of that name, as a value. */
export type KindOf<K extends TransactionKind['kind']> = Extract<TransactionKind, { readonly kind: K }>;

/** The kinds that only validators make. Source: types/src/transaction.rs, `is_system_tx`. */
export type SystemKind = 'Genesis' | 'ConsensusCommitPrologueV1' | 'ChangeEpoch';

/** The kinds that accounts send. */
export type UserKind = Exclude<TransactionKind['kind'], SystemKind>;

const SYSTEM_KINDS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'Genesis',
  'ConsensusCommitPrologueV1',
  'ChangeEpoch',
]);

/** Whether only validators make transactions of this kind. */
export const isSystemKind = (kind: TransactionKind['kind']): kind is SystemKind => SYSTEM_KINDS.has(kind);
