import { JsonDecimal, SomaKitError } from '@somakit/core';
import type { Problem } from '@somakit/core/http';
import { readTimestamp, type Timestamp } from './timestamp.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A value is not of the form that the API documents. */
    TINKER_VALUE: { readonly type: string; readonly problems: readonly Problem[] };
  }
}

/** Reads one JSON value; reports what is wrong with it by `fail` and goes on. */
export interface Shape<T> {
  read(value: unknown, path: string, fail: (path: string, message: string) => void): T;
  write(value: T): unknown;
  /** What a missing or null value becomes; without it the value is required. */
  missing?(): T;
}

export type Infer<S> = S extends Shape<infer T> ? T : never;

/** One answer of the API: from the server's JSON to plain camelCase data, and back. */
export interface Codec<T> extends Shape<T> {
  readonly name: string;
  /** @throws TINKER_VALUE */
  fromJson(value: unknown): T;
  /** In the form and with the names that the server and the Python client use. */
  toJson(value: T): unknown;
}

const describe = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof JsonDecimal) return 'a number';
  if (typeof value === 'bigint') return 'a number of over 53 bits';
  if (value === undefined) return 'nothing';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
};

const same = <T>(value: T): unknown => value;

/** What `accept` makes of a value, or a problem when that is `undefined`. */
const scalar = <T>(expected: string, fallback: T, accept: (value: unknown) => T | undefined): Shape<T> => ({
  read: (value, path, fail) => {
    const read = accept(value);
    if (read !== undefined) return read;
    fail(path, `expected ${expected}, not ${describe(value)}`);
    return fallback;
  },
  write: same,
});

export const text: Shape<string> = /* @__PURE__ */ scalar('a text', '', (value) =>
  typeof value === 'string' ? value : undefined,
);

// The coercions of all scalars are those of the Python client, which servers have been written against.
export const integer: Shape<number> = /* @__PURE__ */ scalar('an integer', 0, (value) => {
  if (typeof value === 'boolean') return Number(value);
  const number =
    typeof value === 'string' && /^\s*[+-]?\d+(?:_\d+)*(?:\.0*)?\s*$/.test(value)
      ? Number(value.replaceAll('_', ''))
      : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
});

export const float: Shape<number> = /* @__PURE__ */ scalar('a number', 0, (value) => {
  if (typeof value === 'boolean' || typeof value === 'bigint' || value instanceof JsonDecimal) return Number(value);
  const number =
    typeof value === 'string' && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(value)
      ? Number(value)
      : value;
  return typeof number === 'number' ? number : undefined;
});

const TRUE = new Set(['true', 't', 'yes', 'y', 'on', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', 'off', '0']);

export const flag: Shape<boolean> = /* @__PURE__ */ scalar('true or false', false, (value) => {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  const lower = typeof value === 'string' ? value.toLowerCase() : '';
  return TRUE.has(lower) ? true : FALSE.has(lower) ? false : undefined;
});

const EPOCH: Timestamp = { text: '', date: new Date(0), microseconds: 0n, zoned: false };

export const time: Shape<Timestamp> = {
  .../* @__PURE__ */ scalar('a date', EPOCH, readTimestamp),
  write: ({ text }) => text,
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonDecimal);

export const anyObject: Shape<Readonly<Record<string, unknown>>> = /* @__PURE__ */ scalar('an object', {}, (value) =>
  isRecord(value) ? value : undefined,
);

const at = (path: string, key: string | number): string => (path === '' ? String(key) : `${path}.${key}`);

export const list = <T>(item: Shape<T>): Shape<readonly T[]> => ({
  read: (value, path, fail) => {
    if (Array.isArray(value)) return value.map((each, i) => item.read(each, at(path, i), fail));
    fail(path, `expected a list, not ${describe(value)}`);
    return [];
  },
  write: (value) => value.map(item.write),
});

export const record = <T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> => ({
  read: (value, path, fail) => {
    if (!isRecord(value)) {
      fail(path, `expected an object, not ${describe(value)}`);
      return {};
    }
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, item.read(each, at(path, key), fail)]));
  },
  write: (value) => Object.fromEntries(Object.entries(value).map(([key, each]) => [key, item.write(each)])),
});

/** A field that may be missing or null: then it is null, or what `instead` makes. */
export function optional<T>(shape: Shape<T>): Shape<T | null>;
export function optional<T>(shape: Shape<T>, instead: () => T): Shape<T>;
export function optional<T>(shape: Shape<T>, instead: () => T | null = () => null): Shape<T | null> {
  return {
    read: (value, path, fail) => (value === undefined || value === null ? instead() : shape.read(value, path, fail)),
    write: (value) => (value === null ? null : shape.write(value)),
    missing: instead,
  };
}

const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

type Fields = Readonly<Record<string, Shape<unknown>>>;
export type Read<F> = { readonly [K in keyof F]: Infer<F[K]> };

const readFields = (
  fields: readonly (readonly [string, string, Shape<unknown>])[],
  value: unknown,
  path: string,
  fail: (path: string, message: string) => void,
): Record<string, unknown> => {
  const source = isRecord(value) ? value : {};
  if (!isRecord(value)) fail(path, `expected an object, not ${describe(value)}`);
  const result: Record<string, unknown> = {};
  for (const [key, name, shape] of fields) {
    const given = Object.hasOwn(source, name) ? source[name] : undefined;
    if (given === undefined && shape.missing === undefined) {
      if (isRecord(value)) fail(at(path, name), 'it is missing');
    } else result[key] = shape.read(given, at(path, name), fail);
  }
  return result;
};

const listFields = (fields: Fields) =>
  Object.entries(fields).map(([key, shape]) => [key, snake(key), shape as Shape<unknown>] as const);

/** An object of the API. Fields that are not listed are dropped. */
export const object = <F extends Fields>(name: string, fields: F): Codec<Read<F>> => {
  const entries = listFields(fields);
  const read: Shape<Read<F>>['read'] = (value, path, fail) => readFields(entries, value, path, fail) as Read<F>;
  const write = (value: Read<F>): unknown =>
    Object.fromEntries(entries.map(([key, name, shape]) => [name, shape.write(value[key as keyof F])]));
  return { name, read, write, toJson: write, fromJson: (value) => readValue({ name, read }, value) };
};

/** An object with fields by its `type`; an unknown type keeps what the server sent under `raw`. */
export const tagged = <V extends Readonly<Record<string, Fields>>>(
  variants: V,
): Shape<
  | { [K in keyof V & string]: { readonly type: K } & Read<V[K]> }[keyof V & string]
  | { readonly type: 'UNKNOWN'; readonly raw: Readonly<Record<string, unknown>> }
> => {
  const known = new Map(Object.entries(variants).map(([type, fields]) => [type, listFields(fields)]));
  return {
    read: (value, path, fail) => {
      const raw = anyObject.read(value, path, fail);
      const type = typeof raw.type === 'string' ? raw.type : '';
      const fields = known.get(type);
      if (fields === undefined) return { type: 'UNKNOWN', raw };
      return { type, ...readFields(fields, value, path, fail) } as never;
    },
    write: (value) => {
      const { type, raw, ...rest } = value as { type: string; raw?: unknown } & Record<string, unknown>;
      if (type === 'UNKNOWN') return raw;
      const fields = known.get(type) ?? [];
      return { type, ...Object.fromEntries(fields.map(([key, name, shape]) => [name, shape.write(rest[key])])) };
    },
  };
};

/** Reads a whole value, or says everything that is wrong with it. */
export const readShape = <T>(
  shape: Pick<Shape<T>, 'read'>,
  value: unknown,
): { readonly value: T; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = [];
  const read = shape.read(value, '', (path, message) => problems.push({ path, message }));
  return { value: read, problems };
};

const readValue = <T>(codec: Pick<Codec<T>, 'name' | 'read'>, json: unknown): T => {
  const { value, problems } = readShape(codec, json);
  const [first] = problems;
  if (first === undefined) return value;
  const where = first.path === '' ? '' : ` at ${first.path}`;
  throw new SomaKitError('TINKER_VALUE', `This is no ${codec.name}${where}: ${first.message}.`, {
    context: { type: codec.name, problems },
  });
};
