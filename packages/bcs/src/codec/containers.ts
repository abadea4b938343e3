import { type Codec, define, type Infer, type Json } from './codec.js';
import { Fault, within, wrongValue } from './errors.js';
import { type Reader, takeByte, takeLength } from './reader.js';
import { isObject } from './struct.js';
import { putByte, putUleb, type Writer } from './writer.js';

/** A value or nothing: a byte 0, or a byte 1 and the value. Nothing is `undefined`; `null` is taken for it too. */
export const option = <T>(of: Codec<T>): Codec<T | undefined> =>
  define<T | undefined>({
    name: `option<${of.name}>`,
    shape: { type: 'option', of },
    minSize: 1,
    read: (reader) => {
      const byte = takeByte(reader);
      if (byte === 0) return undefined;
      if (byte !== 1) throw new Fault('BCS_INVALID_VALUE', 'an option byte, 0 or 1', byte, reader.offset - 1);
      return of.read(reader);
    },
    write: (writer, value) => {
      if (value === undefined || value === null) return putByte(writer, 0);
      putByte(writer, 1);
      of.write(writer, value);
    },
    writeJson: (value) => (value === undefined || value === null ? null : of.writeJson(value)),
    readJson: (json) => (json === undefined || json === null ? undefined : of.readJson(json)),
  });

const readItems = <T>(reader: Reader, of: Codec<T>, length: number): T[] => {
  const items: T[] = [];
  for (let i = 0; i < length; i++) {
    try {
      items.push(of.read(reader));
    } catch (error) {
      throw within(error, `[${i}]`);
    }
  }
  return items;
};

const checkArray = (value: unknown, expected = 'an array'): readonly unknown[] => {
  if (Array.isArray(value)) return value;
  throw wrongValue(expected, value);
};

const mapItems = <A, B>(items: readonly A[], map: (item: A) => B): B[] =>
  items.map((item, i) => {
    try {
      return map(item);
    } catch (error) {
      throw within(error, `[${i}]`);
    }
  });

/** Any number of items, the count in front: `Vec<T>`. */
export const vector = <T>(of: Codec<T>): Codec<readonly T[]> => {
  // An item without bytes would let four bytes of input ask for billions of items.
  const itemSize = Math.max(of.minSize, 1);
  return define<readonly T[]>({
    name: `vector<${of.name}>`,
    shape: { type: 'vector', of },
    minSize: 1,
    read: (reader) => readItems(reader, of, takeLength(reader, itemSize)),
    write: (writer, value) => {
      checkArray(value);
      putUleb(writer, value.length);
      for (let i = 0; i < value.length; i++) {
        try {
          of.write(writer, value[i] as T);
        } catch (error) {
          throw within(error, `[${i}]`);
        }
      }
    },
    writeJson: (value) => mapItems(checkArray(value), (item) => of.writeJson(item as T)),
    readJson: (json) => mapItems(checkArray(json), of.readJson),
  });
};

/** Exactly `length` items: a vector of any other length is refused. */
export const vectorOf = <T>(length: number, of: Codec<T>): Codec<readonly T[]> => {
  const any = vector(of);
  const expected = `exactly ${length} ${length === 1 ? 'item' : 'items'}`;
  const check = (value: readonly T[]): readonly T[] => {
    if (checkArray(value).length !== length) throw wrongValue(expected, value);
    return value;
  };
  return define<readonly T[]>({
    ...any,
    name: `vector<${of.name}, ${length}>`,
    shape: { type: 'vector', of, length },
    minSize: 1 + length * of.minSize,
    read: (reader) => {
      const start = reader.offset;
      const count = takeLength(reader, of.minSize);
      if (count !== length) throw new Fault('BCS_INVALID_VALUE', expected, `${count}`, start);
      return readItems(reader, of, count);
    },
    write: (writer, value) => any.write(writer, check(value)),
    readJson: (json) => check(any.readJson(json)),
  });
};

type TupleValue<C extends readonly Codec<unknown>[]> = { readonly [I in keyof C]: Infer<C[I]> };

/** Values of different types, nothing between them: an array. */
export const tuple = <const C extends readonly Codec<unknown>[]>(...of: C): Codec<TupleValue<C>> => {
  const check = (value: unknown): readonly unknown[] => {
    if (Array.isArray(value) && value.length === of.length) return value;
    throw wrongValue(`an array of ${of.length}`, value);
  };
  const each = <R>(run: (codec: Codec<unknown>, i: number) => R): R[] =>
    of.map((codec, i) => {
      try {
        return run(codec, i);
      } catch (error) {
        throw within(error, `[${i}]`);
      }
    });
  return define<TupleValue<C>>({
    name: `(${of.map(({ name }) => name).join(', ')})`,
    shape: { type: 'tuple', of },
    minSize: of.reduce((sum, { minSize }) => sum + minSize, 0),
    read: (reader) => each((codec) => codec.read(reader)) as TupleValue<C>,
    write: (writer, value) => {
      check(value);
      each((codec, i) => codec.write(writer, value[i]));
    },
    writeJson: (value) => {
      check(value);
      return each((codec, i) => codec.writeJson(value[i]));
    },
    readJson: (json) => {
      const items = check(json);
      return each((codec, i) => codec.readJson(items[i])) as TupleValue<C>;
    },
  });
};

/** Compares bytes [a, aEnd) with [b, bEnd) as Rust compares byte strings. */
const compareBytes = (bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number => {
  const shared = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < shared; i++) {
    const difference = (bytes[a + i] as number) - (bytes[b + i] as number);
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
};

/** Reads entries, each beginning with its key, and demands that the keys' bytes ascend. */
const readSorted = <K, R>(reader: Reader, itemSize: number, key: Codec<K>, keep: (key: K, i: number) => R): R[] => {
  const length = takeLength(reader, itemSize);
  const kept: R[] = [];
  let previous = 0;
  let previousEnd = 0;
  for (let i = 0; i < length; i++) {
    const start = reader.offset;
    let value: K;
    try {
      value = key.read(reader);
      if (i > 0) {
        const order = compareBytes(reader.bytes, previous, previousEnd, start, reader.offset);
        if (order >= 0) {
          const found = order === 0 ? 'the same key again' : 'a key before the one in front of it';
          throw new Fault('BCS_NOT_CANONICAL', 'keys in ascending order of their bytes, each once', found, start);
        }
      }
      previous = start;
      previousEnd = reader.offset;
    } catch (error) {
      throw within(error, `[${i}]`);
    }
    kept.push(keep(value, i));
  }
  return kept;
};

/** Writes entries, then brings them into the order of their keys' bytes if they were not. */
const writeSorted = (
  writer: Writer,
  length: number,
  writeKey: (i: number) => void,
  writeRest?: (i: number) => void,
) => {
  putUleb(writer, length);
  const spans: { start: number; keyEnd: number; end: number }[] = [];
  let sorted = true;
  for (let i = 0; i < length; i++) {
    const start = writer.offset;
    try {
      writeKey(i);
    } catch (error) {
      throw within(error, `[${i}]`);
    }
    const keyEnd = writer.offset;
    writeRest?.(i);
    const last = spans[i - 1];
    if (last !== undefined && compareBytes(writer.bytes, last.start, last.keyEnd, start, keyEnd) >= 0) sorted = false;
    spans.push({ start, keyEnd, end: writer.offset });
  }
  if (sorted) return;
  const { bytes } = writer;
  const first = (spans[0] as { start: number }).start;
  spans.sort((a, b) => compareBytes(bytes, a.start, a.keyEnd, b.start, b.keyEnd));
  const ordered = new Uint8Array(writer.offset - first);
  let offset = 0;
  for (const [i, span] of spans.entries()) {
    const last = spans[i - 1];
    if (last !== undefined && compareBytes(bytes, last.start, last.keyEnd, span.start, span.keyEnd) === 0) {
      throw wrongValue('keys that differ', 'the same key twice');
    }
    ordered.set(bytes.subarray(span.start, span.end), offset);
    offset += span.end - span.start;
  }
  bytes.set(ordered, first);
};

/** Distinct values in ascending order of their bytes: `BTreeSet<T>`. Encoding sorts, decoding demands the order. */
export const set = <T>(of: Codec<T>): Codec<readonly T[]> =>
  define<readonly T[]>({
    name: `set<${of.name}>`,
    shape: { type: 'set', of },
    minSize: 1,
    read: (reader) => readSorted(reader, Math.max(of.minSize, 1), of, (value) => value),
    write: (writer, value) => {
      checkArray(value);
      writeSorted(writer, value.length, (i) => of.write(writer, value[i] as T));
    },
    writeJson: (value) => mapItems(checkArray(value), (item) => of.writeJson(item as T)),
    readJson: (json) => mapItems(checkArray(json), of.readJson),
  });

const keySegment = (key: unknown): string => `[${typeof key === 'string' || typeof key === 'bigint' ? key : '?'}]`;

/** The entries as a JSON object when the keys are text in JSON, else as an array of pairs. */
const entriesToJson = <K, V>(entries: Iterable<readonly [K, V]>, key: Codec<K>, value: Codec<V>): Json => {
  const pairs: (readonly [Json, Json])[] = [];
  for (const entry of entries) {
    try {
      pairs.push([key.writeJson(entry[0]), value.writeJson(entry[1])]);
    } catch (error) {
      throw within(error, keySegment(entry[0]));
    }
  }
  if (pairs.every(([text]) => typeof text === 'string')) return Object.fromEntries(pairs as [string, Json][]);
  return pairs;
};

const entriesFromJson = <K, V>(json: unknown, key: Codec<K>, value: Codec<V>): (readonly [K, V])[] => {
  const pairs = Array.isArray(json) ? json : isObject(json) ? Object.entries(json) : undefined;
  if (pairs === undefined) throw wrongValue('an object, or an array of pairs', json);
  return pairs.map((pair, i) => {
    const [left, right] = Array.isArray(pair) && pair.length === 2 ? pair : [undefined, undefined];
    try {
      return [key.readJson(left), value.readJson(right)] as const;
    } catch (error) {
      throw within(error, typeof left === 'string' ? `[${left}]` : `[${i}]`);
    }
  });
};

/** Values by key, sorted by the keys' bytes: `BTreeMap<K, V>`, for keys that are text or bigint here. */
export const map = <K extends string | bigint, V>(key: Codec<K>, value: Codec<V>): Codec<ReadonlyMap<K, V>> =>
  define<ReadonlyMap<K, V>>({
    name: `map<${key.name}, ${value.name}>`,
    shape: { type: 'map', key, value, as: 'map' },
    minSize: 1,
    read: (reader) => {
      const result = new Map<K, V>();
      readSorted(reader, key.minSize + value.minSize, key, (k) => {
        try {
          result.set(k, value.read(reader));
        } catch (error) {
          throw within(error, keySegment(k));
        }
      });
      return result;
    },
    write: (writer, entries) => {
      if (!(entries instanceof Map)) throw wrongValue('a Map', entries);
      const pairs: [K, V][] = [...entries];
      writeSorted(
        writer,
        pairs.length,
        (i) => key.write(writer, (pairs[i] as [K, V])[0]),
        (i) => {
          const pair = pairs[i] as [K, V];
          try {
            value.write(writer, pair[1]);
          } catch (error) {
            throw within(error, keySegment(pair[0]));
          }
        },
      );
    },
    writeJson: (entries) => {
      if (!(entries instanceof Map)) throw wrongValue('a Map', entries);
      return entriesToJson(entries as Map<K, V>, key, value);
    },
    readJson: (json) => new Map(entriesFromJson(json, key, value)),
  });

/** As {@link map}, for keys that JavaScript cannot compare: an array of `[key, value]`. */
export const entries = <K, V>(key: Codec<K>, value: Codec<V>): Codec<readonly (readonly [K, V])[]> =>
  define<readonly (readonly [K, V])[]>({
    name: `map<${key.name}, ${value.name}>`,
    shape: { type: 'map', key, value, as: 'entries' },
    minSize: 1,
    read: (reader) =>
      readSorted(reader, key.minSize + value.minSize, key, (k, i) => {
        try {
          return [k, value.read(reader)] as const;
        } catch (error) {
          throw within(error, `[${i}]`);
        }
      }),
    write: (writer, pairs) => {
      for (const pair of checkArray(pairs)) if (!Array.isArray(pair)) throw wrongValue('an array of pairs', pair);
      writeSorted(
        writer,
        pairs.length,
        (i) => key.write(writer, (pairs[i] as [K, V])[0]),
        (i) => {
          try {
            value.write(writer, (pairs[i] as [K, V])[1]);
          } catch (error) {
            throw within(error, `[${i}]`);
          }
        },
      );
    },
    writeJson: (pairs) => entriesToJson(checkArray(pairs) as readonly (readonly [K, V])[], key, value),
    readJson: (json) => entriesFromJson(json, key, value),
  });
