import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { type SomaTensor, tensor } from '@somakit/bcs';
import {
  type Address,
  type Digest,
  digestBytes,
  isError,
  type ObjectId,
  parseAddress,
  parseDigest,
  parseObjectId,
  SomaKitError,
} from '@somakit/core';
import '../errors/contexts.js';

/**
 * A variant that this version does not know, where the chain's types list only those that it does. A newer server may
 * send one; it is kept so that the rest of the reply can be read, and cannot be encoded.
 */
export interface UnknownVariant {
  readonly kind: 'Unknown';
  readonly raw: unknown;
}

/** Whether a value of a chain type is a variant that this version does not know. */
export const isUnknownVariant = (value: unknown): value is UnknownVariant =>
  typeof value === 'object' && value !== null && 'raw' in value && (value as UnknownVariant).kind === 'Unknown';

/** Typed as the chain's own type, because callers should not have to reckon with it at every step. */
export const unknownVariant = <T>(raw: unknown): T => ({ kind: 'Unknown', raw }) as T;

export const invalidReply = (path: string, expected: string, received: unknown, cause?: unknown) =>
  new SomaKitError('RPC_INVALID_REPLY', `The reply holds something else than ${expected} at ${path}.`, {
    context: { path, expected, received },
    cause,
  });

const join = (field: string, rest: string): string => (rest.startsWith('[') ? field + rest : `${field}.${rest}`);

/** The error of a conversion, with the field's name. */
export const located = (field: string, error: unknown): unknown => {
  if (!isError(error)) return error;
  if (!isError(error, 'RPC_INVALID_REPLY')) return invalidReply(field, error.message, undefined, error);
  const { path, expected, received } = error.context;
  return invalidReply(join(field, path), expected, received, error.cause);
};

/** Runs a conversion; its errors name the field. */
export const within = <T>(field: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw located(field, error);
  }
};

/** Each item; errors name the place. */
export const eachOf = <T, R>(field: string, items: readonly T[], read: (item: T) => R): R[] =>
  items.map((item, index) => within(`${field}[${index}]`, () => read(item)));

export const need = <T>(value: T | undefined, field: string): T => {
  if (value === undefined) throw invalidReply(field, 'a value', undefined);
  return value;
};

/** As {@link within}, without a function made for each value: replies hold many of these. */
const parsed = <V, T>(field: string, parse: (value: V) => T, value: V | undefined): T => {
  try {
    return parse(need(value, field));
  } catch (error) {
    throw located(field, error);
  }
};

export const address = (value: string | undefined, field: string): Address => parsed(field, parseAddress, value);

export const objectId = (value: string | undefined, field: string): ObjectId => parsed(field, parseObjectId, value);

export const digest = (value: string | Uint8Array | undefined, field: string): Digest =>
  parsed(field, parseDigest, value);

/** Milliseconds of a protobuf time. */
export const millis = (time: Timestamp | undefined, field: string): bigint => {
  const { seconds, nanos } = need(time, field);
  return seconds * 1000n + BigInt(Math.trunc(nanos / 1_000_000));
};

export const timestamp = (ms: bigint): MessageInitShape<typeof TimestampSchema> => ({
  seconds: ms / 1000n,
  nanos: Number(ms % 1000n) * 1_000_000,
});

export const floats = (values: readonly number[]): SomaTensor => tensor(Float32Array.from(values));
export const scalar = (value: number | undefined, field: string): SomaTensor => floats([need(value, field)]);

/** The one number of a tensor that is a scalar on the wire. */
export const onlyNumber = ({ data }: SomaTensor): number => data[0] ?? 0;

/** How ids are spelled: with or without `0x`. Replies about single transactions and objects differ from checkpoints. */
export type Spelling = 'prefixed' | 'bare';

export const spell = (id: string, spelling: Spelling): string => (spelling === 'bare' ? id.slice(2) : id);

/** `0x` and the digits without leading zeros, as the reference writes the ids of targets. */
export const spellShort = (id: string): string => {
  const digits = id.slice(2).replace(/^0+/, '');
  return `0x${digits === '' ? '0' : digits}`;
};

export { digestBytes };
