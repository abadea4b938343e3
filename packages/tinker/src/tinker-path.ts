import { invalidArgument, SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A text is no path of a checkpoint, or one of a kind that the call does not take. */
    TINKER_PATH: { readonly received: unknown; readonly reason: string };
  }
}

/** What a checkpoint holds: the state of a training, weights to sample from, weights exported file by file. */
export type CheckpointKind = 'weights' | 'sampler_weights' | 'external_weights';

/** A checkpoint's name, `tinker://<run>/<kind>/<name>`, in its parts. */
export interface TinkerPath {
  readonly trainingRunId: string;
  readonly kind: CheckpointKind;
  readonly name: string;
  /** `<kind>/<name>`, as the checkpoint calls take it. */
  readonly checkpointId: string;
}

const PREFIX = 'tinker://';
const KINDS: readonly string[] = ['weights', 'sampler_weights', 'external_weights'];
const HINT = 'A checkpoint is named tinker://<training run>/<weights|sampler_weights|external_weights>/<name>.';

const refuse = (received: unknown, reason: string): never => {
  const shown = typeof received === 'string' ? received.slice(0, 300) : typeof received;
  throw new SomaKitError('TINKER_PATH', `Invalid tinker path: ${shown} (${reason}).`, {
    context: { received, reason },
    hint: HINT,
  });
};

// The URL parser resolves these, escaped or not: such a name cannot be asked for.
const isDots = (text: string): boolean => text === '.' || text === '..';

const checkPart = (received: unknown, what: string, text: string): void => {
  if (text === '') refuse(received, `the ${what} is empty`);
  if (isDots(text)) refuse(received, `the ${what} is ${text}`);
};

/**
 * Reads a tinker path. Stricter than the Python client, which takes an empty run or name and then asks for another
 * resource.
 *
 * @throws TINKER_PATH
 * @example
 * import { parseTinkerPath } from '@somakit/tinker';
 * parseTinkerPath('tinker://run:train:0/weights/0001').checkpointId; // 'weights/0001'
 */
export const parseTinkerPath = (path: string): TinkerPath => {
  if (typeof path !== 'string') return refuse(path, 'it is not a text');
  if (!path.startsWith(PREFIX)) return refuse(path, `it does not begin with ${PREFIX}`);
  const parts = path.slice(PREFIX.length).split('/');
  if (parts.length !== 3) return refuse(path, `${parts.length} parts instead of run, kind and name`);
  const [trainingRunId, kind, name] = parts as [string, string, string];
  if (!KINDS.includes(kind)) return refuse(path, `the kind is none of ${KINDS.join(', ')}`);
  checkPart(path, 'training run', trainingRunId);
  checkPart(path, 'name', name);
  return { trainingRunId, kind: kind as CheckpointKind, name, checkpointId: `${kind}/${name}` };
};

/** Whether a text is a tinker path. */
export const isTinkerPath = (path: unknown): path is string => {
  try {
    parseTinkerPath(path as string);
    return true;
  } catch {
    return false;
  }
};

/**
 * The path of a checkpoint from its parts.
 * @throws TINKER_PATH when the parts do not make one.
 */
export const formatTinkerPath = ({
  trainingRunId,
  kind,
  name,
}: Pick<TinkerPath, 'trainingRunId' | 'kind' | 'name'>): string => {
  const path = `${PREFIX}${trainingRunId}/${kind}/${name}`;
  parseTinkerPath(path);
  return path;
};

/**
 * A folder name for a checkpoint that every file system takes: `tinker://a:train:0/weights/1` gives `a-train-0_weights_1`.
 * @throws TINKER_PATH
 */
export const checkpointFolderName = (path: string): string => {
  const { trainingRunId, kind, name } = parseTinkerPath(path);
  // Letters, digits and a few marks are safe everywhere; a dot or blank at the end is not.
  return `${trainingRunId}_${kind}_${name}`
    .replace(/[^\p{L}\p{N}._-]/gu, '-')
    .replace(/^[.]+|[. ]+$/g, '-')
    .slice(0, 200);
};

// What a path segment may hold as it is (RFC 3986 pchar); encodeURIComponent escapes more than that.
const PCHAR: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%40': '@',
  '%24': '$',
  '%26': '&',
  '%2B': '+',
  '%2C': ',',
  '%3B': ';',
  '%3D': '=',
};

/** One id as a segment of a URL's path: `:` stays, `/ ? # %` and blanks are escaped. @throws INVALID_ARGUMENT */
export const escapeSegment = (argument: string, id: string): string => {
  if (typeof id !== 'string' || id === '') throw invalidArgument(argument, 'a text that is not empty', id);
  if (isDots(id)) throw invalidArgument(argument, 'an id other than . and ..', id);
  try {
    return encodeURIComponent(id).replace(/%(?:3A|40|24|26|2B|2C|3B|3D)/g, (escaped) => PCHAR[escaped] ?? escaped);
  } catch {
    throw invalidArgument(argument, 'well-formed Unicode text');
  }
};

/** An id that has `/` in it, such as `weights/0001`: each part is a segment of its own. */
export const escapeSegments = (argument: string, id: string): string => {
  if (typeof id !== 'string' || id === '') throw invalidArgument(argument, 'a text that is not empty', id);
  return id
    .split('/')
    .map((part) => escapeSegment(argument, part))
    .join('/');
};
