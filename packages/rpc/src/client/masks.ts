import { camelPaths, expand, maskOf, type Selection, selectionOf } from '../masks/selection.js';

/** The mask of a call on both sides: what is asked for, and what the result shows. */
export interface PreparedMask {
  readonly wire: { readonly paths: string[] };
  readonly selection: Selection;
}

/** The type of an object must come along, or its contents cannot be read. A checkpoint's own contents are no object's. */
const withType = (paths: readonly string[], root: 'object' | 'checkpoint' = 'object'): string[] => {
  const extra = paths
    .filter((path) => (path === 'contents' && root === 'object') || path.endsWith('.contents'))
    .map((path) => `${path.slice(0, -'contents'.length)}objectType`)
    .filter((path) => !paths.includes(path));
  return [...paths, ...extra];
};

/** Masks that were prepared before, by their use. Those of callers may change and are prepared anew. */
const prepared: Record<string, WeakMap<readonly string[], PreparedMask>> = {};

const onceFor = (use: string, readMask: readonly string[], prepare: () => PreparedMask): PreparedMask => {
  if (!Object.isFrozen(readMask)) return prepare();
  prepared[use] ??= new WeakMap();
  const found = prepared[use].get(readMask) ?? prepare();
  prepared[use].set(readMask, found);
  return found;
};

/** For messages that the server can give as a whole. */
export const prepareMask = (readMask: readonly string[], root: 'object' | 'checkpoint' = 'object'): PreparedMask =>
  onceFor(root, readMask, () => wholeMask(readMask, root));

const wholeMask = (readMask: readonly string[], root: 'object' | 'checkpoint'): PreparedMask => {
  const paths = camelPaths(readMask);
  return { wire: maskOf(withType(paths, root)), selection: selectionOf(paths) };
};

const TRANSACTION = ['transaction.kind', 'transaction.sender', 'transaction.gasPayment'];
const READABLE = ['digest', 'transaction', 'signatures', 'effects', 'checkpoint', 'timestamp', 'balanceChanges'];

/**
 * For transactions. The reference resets the stream, and over gRPC-Web even goes down, when it is asked for
 * `transaction.digest` (or for `transaction` or `*`, which have it inside) of a transaction with floats: the parts are
 * asked for one by one and the digest is computed here. Of a submission the same goes for `digest`.
 */
export const prepareTransactionMask = (
  readMask: readonly string[],
  use: 'read' | 'submit' | 'simulate',
): PreparedMask => onceFor(use, readMask, () => transactionMask(readMask, use));

const transactionMask = (readMask: readonly string[], use: 'read' | 'submit' | 'simulate'): PreparedMask => {
  const all = use === 'read' ? READABLE : [...READABLE.slice(1), 'objects.objects'];
  const paths = camelPaths(readMask);
  const wire = expand(paths, all)
    .filter((path) => use === 'read' || path !== 'digest')
    .flatMap((path) => (path === 'transaction' ? TRANSACTION : [path]));
  const unique = [...new Set(withType(wire))];
  const selection = selectionOf(paths);
  const { paths: names } = maskOf(unique);
  return { wire: { paths: use === 'simulate' ? names.map((name) => `transaction.${name}`) : names }, selection };
};

/** The same of checkpoints needs no care: the reference has the right digests there. */
export const OBJECT_MASK = /* @__PURE__ */ Object.freeze([
  'objectId',
  'version',
  'digest',
  'objectType',
  'owner',
  'contents',
  'previousTransaction',
] as const);

export const TARGET_MASK = /* @__PURE__ */ Object.freeze([
  'id',
  'status',
  'generationEpoch',
  'rewardPool',
  'embedding',
  'modelIds',
  'distanceThreshold',
  'submitter',
  'winningModelId',
  'bondAmount',
  'dataUrl',
] as const);

export const TRANSACTION_MASK = /* @__PURE__ */ Object.freeze([
  'digest',
  'effects',
  'checkpoint',
  'timestamp',
  'balanceChanges',
] as const);
export const SUBMIT_MASK = /* @__PURE__ */ Object.freeze([
  'digest',
  'effects',
  'balanceChanges',
  'objects.objects',
] as const);
export const SIMULATE_MASK = /* @__PURE__ */ Object.freeze(['effects', 'balanceChanges', 'objects.objects'] as const);
export const CHECKPOINT_MASK = /* @__PURE__ */ Object.freeze(['summary', 'signature'] as const);
export const EPOCH_MASK = /* @__PURE__ */ Object.freeze([
  'epoch',
  'committee',
  'firstCheckpoint',
  'lastCheckpoint',
  'start',
  'end',
  'protocolConfig',
] as const);

/** Everything that verifying and replaying a checkpoint takes. */
export const FULL_CHECKPOINT_MASK = /* @__PURE__ */ Object.freeze([
  'sequenceNumber',
  'summary',
  'signature',
  'contents',
  'transactions.transaction',
  'transactions.effects',
  'objects.objects',
] as const);
/** What a subscription shows by default: enough to see which transactions are in. */
export const SUBSCRIPTION_MASK = /* @__PURE__ */ Object.freeze([
  'sequenceNumber',
  'digest',
  'transactions.digest',
] as const);
