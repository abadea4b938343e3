import { Fault, report, wrongValue } from './errors.js';
import { createReader, type Reader } from './reader.js';
import { collect, type Writer } from './writer.js';

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What a codec is made of, for programs that walk over types: generators of test values, documentation, explorers. */
export type Shape =
  | { readonly type: 'uint'; readonly bits: 8 | 16 | 32 | 64 | 128 | 256 }
  | { readonly type: 'int'; readonly bits: 128 }
  | { readonly type: 'bool' }
  | { readonly type: 'string' }
  | { readonly type: 'bytes'; readonly length?: number }
  | { readonly type: 'text'; readonly form: 'address' | 'objectId' | 'digest' | 'authorityName' }
  | { readonly type: 'floats' }
  | { readonly type: 'tensor' }
  | { readonly type: 'indices' }
  | { readonly type: 'signature' }
  | { readonly type: 'option'; readonly of: Codec<unknown> }
  | { readonly type: 'vector'; readonly of: Codec<unknown>; readonly length?: number }
  | { readonly type: 'set'; readonly of: Codec<unknown> }
  | { readonly type: 'tuple'; readonly of: readonly Codec<unknown>[] }
  | {
      readonly type: 'map';
      readonly key: Codec<unknown>;
      readonly value: Codec<unknown>;
      readonly as: 'map' | 'entries';
    }
  | { readonly type: 'struct'; readonly fields: Readonly<Record<string, Codec<unknown>>> }
  | { readonly type: 'enum'; readonly variants: Readonly<Record<string, Readonly<Record<string, Codec<unknown>>>>> }
  | { readonly type: 'lazy'; readonly of: () => Codec<unknown> };

/** A type of the chain: between values, BCS bytes and JSON. Pure and strict in every direction. */
export interface Codec<T> {
  /** The chain's name of the type. */
  readonly name: string;
  readonly shape: Shape;
  /** The fewest bytes that a value takes. */
  readonly minSize: number;
  /**
   * The canonical bytes of `value`.
   * @throws BCS_INVALID_VALUE for a value that the type does not have, BCS_LIMIT for one too large or too deep.
   */
  encode(value: T): Uint8Array;
  /**
   * The value that `bytes` are the canonical encoding of. The result shares no memory with `bytes`.
   * @throws BCS_NOT_CANONICAL, BCS_TRUNCATED, BCS_INVALID_VALUE, BCS_LIMIT
   */
  decode(bytes: Uint8Array): T;
  /**
   * The value as JSON data: snake_case, enums tagged from outside, u64 as decimal text, bytes as hex.
   * @throws BCS_INVALID_VALUE
   */
  toJson(value: T): Json;
  /**
   * The value that JSON data means; takes every spelling of ids and numbers, refuses unknown and missing fields.
   * @throws BCS_INVALID_VALUE
   */
  fromJson(json: unknown): T;
  /** For codecs made of codecs: reads one value and moves the reader on. Throws no public error. */
  read(reader: Reader): T;
  /** For codecs made of codecs: writes one value. Throws no public error. */
  write(writer: Writer, value: T): void;
  /** For codecs made of codecs: as `toJson`, without public errors. */
  writeJson(value: T): Json;
  /** For codecs made of codecs: as `fromJson`, without public errors. */
  readJson(json: unknown): T;
}

/** The values of a codec. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** Shows an intersection as one object. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {};

/** The hand-written part of a codec. */
export interface CodecParts<T> {
  readonly name: string;
  readonly shape: Shape;
  readonly minSize: number;
  readonly read: (reader: Reader) => T;
  readonly write: (writer: Writer, value: T) => void;
  readonly writeJson: (value: T) => Json;
  readonly readJson: (json: unknown) => T;
}

/** Makes a codec of its parts. */
export const define = <T>(parts: CodecParts<T>): Codec<T> => {
  const { name, shape, minSize, read, write, writeJson, readJson } = parts;
  return {
    name,
    shape,
    minSize,
    read,
    write,
    writeJson,
    readJson,
    encode(value) {
      try {
        return collect((writer) => write(writer, value));
      } catch (error) {
        throw report(error, name, 'encode');
      }
    },
    decode(bytes) {
      try {
        if (!(bytes instanceof Uint8Array)) throw wrongValue('a Uint8Array', bytes ?? null);
        const reader = createReader(bytes);
        const value = read(reader);
        if (reader.offset < reader.end) {
          const extra = reader.end - reader.offset;
          throw new Fault('BCS_NOT_CANONICAL', 'the end of the input', `${extra} more bytes`, reader.offset);
        }
        return value;
      } catch (error) {
        throw report(error, name, 'decode');
      }
    },
    toJson(value) {
      try {
        return writeJson(value);
      } catch (error) {
        throw report(error, name, 'write JSON of');
      }
    },
    fromJson(json) {
      try {
        return readJson(json);
      } catch (error) {
        throw report(error, name, 'read JSON of');
      }
    },
  };
};

/** The same type under another chain name: one more line for types that are equal on the wire. */
export const named = <T>(name: string, codec: Codec<T>): Codec<T> => define({ ...codec, name });

/** A type that contains itself. */
export const lazy = <T>(name: string, minSize: number, get: () => Codec<T>): Codec<T> => {
  let jsonDepth = 0;
  const limited = <R>(run: () => R): R => {
    if (jsonDepth >= 500) throw new Fault('BCS_LIMIT', 'at most 500 levels of nesting', 'more');
    jsonDepth++;
    try {
      return run();
    } finally {
      jsonDepth--;
    }
  };
  return define<T>({
    name,
    shape: { type: 'lazy', of: get },
    minSize,
    read: (reader) => get().read(reader),
    write: (writer, value) => get().write(writer, value),
    writeJson: (value) => limited(() => get().writeJson(value)),
    readJson: (json) => limited(() => get().readJson(json)),
  });
};
