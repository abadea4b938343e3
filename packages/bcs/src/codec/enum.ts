import { type Codec, define, type Simplify } from './codec.js';
import { Fault, within, wrongValue } from './errors.js';
import { takeUleb } from './reader.js';
import {
  type Fields,
  fieldList,
  isObject,
  type Newtype,
  type StructCodec,
  type StructValue,
  snakeCase,
} from './struct.js';
import { putUleb } from './writer.js';

/** The payload of a variant: none, fields, a struct whose fields are spread, or one nameless value. */
export type Variant = null | Fields | StructCodec<Fields> | Newtype<Fields>;

type Payload<V> = V extends null
  ? unknown
  : V extends Newtype<infer F>
    ? StructValue<F>
    : V extends StructCodec<infer F>
      ? StructValue<F>
      : V extends Fields
        ? StructValue<V>
        : never;

/** The value of an enum: an object with the variant's name as `kind`, and the payload's fields. */
export type EnumValue<V extends Readonly<Record<string, Variant>>> = {
  [K in keyof V]: Simplify<{ readonly kind: K } & Payload<V[K]>>;
}[keyof V];

const isStruct = (variant: object): variant is StructCodec<Fields> =>
  typeof (variant as { read?: unknown }).read === 'function';
const isNewtype = (variant: object): variant is Newtype<Fields> => isObject((variant as { newtype?: unknown }).newtype);

const fieldsOf = (variant: Variant): Fields => {
  if (variant === null) return {};
  if (isStruct(variant)) return variant.fields;
  return isNewtype(variant) ? variant.newtype : variant;
};

/**
 * An enum: the index of the variant as ULEB128, then its payload. Variants are listed in the order of the chain's type.
 * `unitJson: 'object'` writes a variant without payload as `{ "Name": {} }` instead of `"Name"`.
 */
export const enumeration = <const V extends Readonly<Record<string, Variant>>>(
  name: string,
  variants: V,
  options: { readonly unitJson?: 'object' } = {},
): Codec<EnumValue<V>> => {
  const kinds = Object.keys(variants);
  const lists = kinds.map((kind) => fieldList(fieldsOf(variants[kind] as Variant), kind));
  const indices = new Map(kinds.map((kind, index) => [kind, index]));
  const bare = kinds.map((kind): [name: string, json: string, codec: Codec<unknown>] | undefined => {
    const variant = variants[kind] as Variant;
    if (variant === null || isStruct(variant) || !isNewtype(variant)) return undefined;
    const [field, codec] = Object.entries(variant.newtype)[0] as [string, Codec<unknown>];
    return [field, snakeCase(field), codec];
  });
  const kindList =
    kinds.length <= 8 ? kinds.join(', ') : `one of ${kinds.length} kinds, as ${kinds.slice(0, 3).join(', ')}`;

  const indexOf = (value: unknown): number => {
    if (!isObject(value)) throw wrongValue(`an object with a kind (${name})`, value);
    const index = indices.get(value.kind as string);
    if (index === undefined) throw within(wrongValue(`a kind of ${name} (${kindList})`, value.kind), '.kind');
    return index;
  };

  return define<EnumValue<V>>({
    name,
    shape: {
      type: 'enum',
      variants: Object.fromEntries(kinds.map((kind) => [kind, fieldsOf(variants[kind] as Variant)])),
    },
    minSize: 1 + Math.min(...lists.map(({ minSize }) => minSize)),
    read: (reader) => {
      const { offset } = reader;
      const index = takeUleb(reader);
      const list = lists[index];
      if (list === undefined) {
        throw new Fault('BCS_INVALID_VALUE', `a variant of ${name} (0 to ${lists.length - 1})`, `${index}`, offset);
      }
      return list.read(reader) as EnumValue<V>;
    },
    write: (writer, value) => {
      const index = indexOf(value);
      putUleb(writer, index);
      (lists[index] as (typeof lists)[number]).write(writer, value as Record<string, unknown>);
    },
    writeJson: (value) => {
      const index = indexOf(value);
      const kind = kinds[index] as string;
      const inner = bare[index];
      if (inner !== undefined) {
        try {
          return { [kind]: inner[2].writeJson((value as Record<string, unknown>)[inner[0]]) };
        } catch (error) {
          throw within(error, `.${inner[0]}`);
        }
      }
      if (variants[kind] === null && options.unitJson !== 'object') return kind;
      return { [kind]: (lists[index] as (typeof lists)[number]).writeJson(value as Record<string, unknown>) };
    },
    readJson: (json) => {
      let kind: unknown = json;
      let payload: unknown = {};
      if (isObject(json)) {
        const keys = Object.keys(json);
        if (keys.length !== 1) throw wrongValue(`an object with one key, the kind of ${name}`, json);
        kind = keys[0];
        payload = json[keys[0] as string] ?? {};
      }
      const index = indices.get(kind as string);
      if (index === undefined) throw within(wrongValue(`a kind of ${name} (${kindList})`, kind), '.kind');
      const inner = bare[index];
      if (inner !== undefined && !(isObject(payload) && Object.keys(payload).length === 1 && inner[1] in payload)) {
        payload = { [inner[1]]: isObject(json) ? json[kind as string] : undefined };
      }
      if (!isObject(payload)) throw wrongValue(`the fields of ${kind}`, payload);
      return (lists[index] as (typeof lists)[number]).readJson(payload) as EnumValue<V>;
    },
  }) as Codec<EnumValue<V>>;
};
