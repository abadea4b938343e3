import type { DescField, DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { badRequest } from '@somakit/rpc/server';

/** What a mask selects: everything, or some fields and what of them. */
export type Mask = true | ReadonlyMap<string, Mask>;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const KEPT = 256;

/** Remembers what it made of the last masks: clients send the same few again and again. */
const remembered = <T>(make: (paths: readonly string[]) => T): ((paths: readonly string[]) => T) => {
  const known = new Map<string, T>();
  return (paths) => {
    const key = paths.join();
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(paths);
    // Long ones are nobody's habit, and would fill the memory.
    if (key.length > 1024) return made;
    if (known.size >= KEPT) known.clear();
    known.set(key, made);
    return made;
  };
};

/** A mask as a tree. A path swallows its sub-paths in any order; a path with an odd component is dropped. */
export const maskOf = /* @__PURE__ */ remembered((paths: readonly string[]): Mask => {
  if (paths.includes('*')) return true;
  const root = new Map<string, Mask>();
  for (const path of paths) {
    const names = path.split('.');
    if (!names.every((name) => NAME.test(name))) continue;
    let node = root;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const found = node.get(name);
      if (found === true) break;
      if (i === names.length - 1) node.set(name, true);
      else if (found === undefined) {
        const next = new Map<string, Mask>();
        node.set(name, next);
        node = next;
      } else node = found as Map<string, Mask>;
    }
  }
  return root;
});

/** What a mask selects of a field; undefined for nothing. */
export const below = (mask: Mask | undefined, name: string): Mask | undefined =>
  mask === undefined || mask === true ? mask : mask.get(name);

const messageOf = (field: DescField): DescMessage | undefined => {
  const message = field.fieldKind === 'message' || field.fieldKind === 'list' ? field.message : undefined;
  return message?.typeName.startsWith('soma.rpc.') === true ? message : undefined;
};

const isKnown = (message: DescMessage, path: string): boolean => {
  const names = path.split('.');
  let node: DescMessage | undefined = message;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    // A trailing dot passes, and selects nothing.
    if (name === '' && i > 0 && i === names.length - 1) return true;
    const field: DescField | undefined = node?.fields.find((each) => each.name === name);
    if (field === undefined) return false;
    node = messageOf(field);
  }
  return true;
};

interface MaskMessage {
  readonly paths: readonly string[];
}

const readers = new WeakMap<DescMessage, (paths: readonly string[]) => Mask>();
const readerOf = (message: DescMessage): ((paths: readonly string[]) => Mask) => {
  let read = readers.get(message);
  if (read === undefined) {
    read = remembered((paths) => {
      for (const path of paths) {
        if (path !== '*' && !isKnown(message, path)) throw badRequest('read_mask', `invalid read_mask path: ${path}`);
      }
      return maskOf(paths);
    });
    readers.set(message, read);
  }
  return read;
};

/**
 * The mask of a request, checked against the message that it is for.
 * @throws INVALID_ARGUMENT with the first path that is none.
 */
export const readMask = (message: DescMessage, given: MaskMessage | undefined, fallback: Mask): Mask =>
  given === undefined ? fallback : readerOf(message)(given.paths);

/** Messages whose fields can be selected one by one; of all others a deeper path gives the whole. */
const FINE: ReadonlySet<string> = new Set(
  [
    'Object',
    'ObjectSet',
    'Target',
    'ExecutedTransaction',
    'Transaction',
    'UserSignature',
    'TransactionEffects',
    'Checkpoint',
    'CheckpointSummary',
    'CheckpointContents',
    'Epoch',
    'ProtocolConfig',
  ].map((name) => `soma.rpc.${name}`),
);

type Init = Record<string, unknown>;

const pick = (message: DescMessage, init: Init, mask: Mask): Init => {
  if (mask === true) return init;
  const out: Init = {};
  for (const field of message.fields) {
    const selected = mask.get(field.name);
    if (selected === undefined) continue;
    const key = field.oneof === undefined ? field.localName : field.oneof.localName;
    const group = init[key] as { case?: string } | undefined;
    if (field.oneof !== undefined && group?.case !== field.localName) continue;
    const value = init[key];
    if (value === undefined) continue;
    const inner = messageOf(field);
    if (selected === true || inner === undefined || !FINE.has(inner.typeName) || field.oneof !== undefined)
      out[key] = value;
    else if (Array.isArray(value)) out[key] = value.map((each) => pick(inner, each as Init, selected));
    else out[key] = pick(inner, value as Init, selected);
  }
  return out;
};

/** A message with no more than what the mask selects. */
export const masked = <M extends DescMessage>(message: M, init: MessageInitShape<M>, mask: Mask): MessageInitShape<M> =>
  pick(message, init as Init, mask) as MessageInitShape<M>;
