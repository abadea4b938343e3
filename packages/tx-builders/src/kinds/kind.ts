import type { TransactionKind } from '@somakit/bcs';

/** The kind of that name, as a value. */
export type KindOf<K extends TransactionKind['kind']> = Extract<TransactionKind, { readonly kind: K }>;
