import { type Codec, define, type Infer, type Json, type Simplify } from './codec.js';
import { Fault, within, wrongValue } from './errors.js';
import { enter, type Reader } from './reader.js';
import { putByte, type Writer } from './writer.js';

/** The fields of a struct in the order of the chain's type. */
export type Fields = Readonly<Record<string, Codec<unknown>>>;

type OptionalKeys<F extends Fields> = { [K in keyof F]: undefined extends Infer<F[K]> ? K : never }[keyof F];

/** The value of a struct with these fields: optional fields may be left out. */
export type StructValue<F extends Fields> = Simplify<
  { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]> } & {
    readonly [K in OptionalKeys<F>]?: Infer<F[K]>;
  }
>;

/** A codec of a struct, with the fields at hand for reuse. */
export interface StructCodec<F extends Fields> extends Codec<StructValue<F>> {
  readonly fields: F;
}

/** Whether JSON data is an object and no array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The chain's name of a field: `netAddress` is `net_address`. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Reads, writes and translates a list of fields. Shared by structs and by the variants of enums. */
export const fieldList = (fields: Fields, kind?: string, levels = 1) => {
  const names = Object.keys(fields);
  const codecs = Object.values(fields);
  const segments = names.map((name) => `.${name}`);
  const jsonNames = names.map(snakeCase);
  const count = names.length;
  // Copied and then filled: all values of one type get one hidden class, which computed keys alone would not give.
  const template: Record<string, unknown> = {
    ...(kind === undefined ? {} : { kind }),
    ...Object.fromEntries(names.map((name) => [name, undefined])),
  };
  const read = (reader: Reader): Record<string, unknown> => {
    enter(reader, levels);
    const value = { ...template };
    let i = 0;
    try {
      for (; i < count; i++) value[names[i] as string] = (codecs[i] as Codec<unknown>).read(reader);
    } catch (error) {
      throw within(error, segments[i] as string);
    }
    reader.depth -= levels;
    return value;
  };
  const write = (writer: Writer, value: Record<string, unknown>): void => {
    enter(writer, levels);
    let i = 0;
    try {
      for (; i < count; i++) (codecs[i] as Codec<unknown>).write(writer, value[names[i] as string]);
    } catch (error) {
      throw within(error, segments[i] as string);
    }
    writer.depth -= levels;
  };
  const writeJson = (value: Record<string, unknown>): Json => {
    const json: Record<string, Json> = {};
    let i = 0;
    try {
      for (; i < count; i++)
        json[jsonNames[i] as string] = (codecs[i] as Codec<unknown>).writeJson(value[names[i] as string]);
    } catch (error) {
      throw within(error, segments[i] as string);
    }
    return json;
  };
  const readJson = (json: Record<string, unknown>): Record<string, unknown> => {
    const value = { ...template };
    let i = 0;
    try {
      for (; i < count; i++)
        value[names[i] as string] = (codecs[i] as Codec<unknown>).readJson(json[jsonNames[i] as string]);
    } catch (error) {
      throw within(error, segments[i] as string);
    }
    for (const key of Object.keys(json)) {
      if (!jsonNames.includes(key)) throw within(wrongValue('no such field', json[key]), `.${key}`);
    }
    return value;
  };
  const minSize = codecs.reduce((sum, codec) => sum + codec.minSize, 0);
  return { read, write, writeJson, readJson, minSize, template };
};

/**
 * A struct: its fields in order, nothing between them. `onChain: 'tuple'` is for tuples that have names only here: they
 * do not count as a level of nesting.
 *
 * @example
 * import { struct, u64, type Infer } from '@somakit/bcs/codec';
 * const EmissionPool = struct('EmissionPool', { balance: u64, emissionPerEpoch: u64 });
 * EmissionPool.encode({ balance: 1n, emissionPerEpoch: 2n }); // 16 bytes
 */
export const struct = <const F extends Fields>(
  name: string,
  fields: F,
  options: { readonly onChain?: 'struct' | 'tuple' } = {},
): StructCodec<F> => {
  const list = fieldList(fields, undefined, options.onChain === 'tuple' ? 0 : 1);
  const check = (value: unknown): Record<string, unknown> => {
    if (isObject(value)) return value;
    throw wrongValue(`an object (${name})`, value);
  };
  const codec = define<StructValue<F>>({
    name,
    shape: { type: 'struct', fields },
    minSize: list.minSize,
    read: list.read as (reader: Reader) => StructValue<F>,
    write: (writer, value) => list.write(writer, check(value)),
    writeJson: (value) => list.writeJson(check(value)),
    readJson: (json) => list.readJson(check(json)) as StructValue<F>,
  });
  return { ...codec, fields };
};

/** A struct whose one field is the whole value on the chain's side: JSON shows the bare inner value. */
export interface Newtype<F extends Fields> {
  readonly newtype: F;
}

/** The payload of an enum variant that holds one value without a name; here it has the name `field`. */
export const newtype = <const N extends string, C extends Codec<unknown>>(
  field: N,
  codec: C,
): Newtype<{ readonly [K in N]: C }> => ({ newtype: { [field]: codec } as { readonly [K in N]: C } });

/**
 * A type whose only version so far is V1: a byte 0 in front, which neither values nor JSON show.
 * Source: the `enum X { V1(XV1) }` habit of the chain's types.
 */
export const versioned = <T>(name: string, v1: Codec<T>): Codec<T> =>
  define<T>({
    name,
    shape: v1.shape,
    minSize: v1.minSize + 1,
    read: (reader) => {
      enter(reader);
      const { offset } = reader;
      const version = reader.offset < reader.end ? reader.bytes[reader.offset] : undefined;
      if (version === undefined) throw new Fault('BCS_TRUNCATED', '1 more byte', '0 left', offset);
      if (version !== 0)
        throw new Fault('BCS_INVALID_VALUE', `a version that is known (0, ${name}V1)`, version, offset);
      reader.offset++;
      const value = v1.read(reader);
      reader.depth--;
      return value;
    },
    write: (writer, value) => {
      enter(writer);
      putByte(writer, 0);
      v1.write(writer, value);
      writer.depth--;
    },
    writeJson: v1.writeJson,
    readJson: (json) => v1.readJson(isObject(json) && Object.keys(json).length === 1 && 'V1' in json ? json.V1 : json),
  });
