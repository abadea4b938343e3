// Reads protobuf messages by the schema that comes with the golden data. The rpc package is above this one, so its
// generated code is out of reach here.
import schema from '@somakit/vectors/rpc-schema.json';

/** A decoded message: fields by their proto names; those that are not there are missing. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is the schema's business
export type Message = Record<string, any>;

type Field = [number: number, name: string, type: string, label: string];

const utf8 = new TextDecoder();

const varint = (bytes: Uint8Array, cursor: { at: number }): bigint => {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[cursor.at++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
};

const scalar = (type: string, raw: bigint | Uint8Array): unknown => {
  if (raw instanceof Uint8Array) {
    switch (type) {
      case 'string':
        return utf8.decode(raw);
      case 'bytes':
        return raw.slice();
      case 'float':
        return new DataView(raw.buffer, raw.byteOffset).getFloat32(0, true);
      case 'double':
        return new DataView(raw.buffer, raw.byteOffset).getFloat64(0, true);
      default:
        return decodeMessage(type, raw);
    }
  }
  if (type === 'bool') return raw !== 0n;
  if (type === 'uint64') return raw;
  if (type === 'int64') return BigInt.asIntN(64, raw);
  return Number(BigInt.asIntN(32, raw));
};

const isFixed = (type: string): boolean => type === 'float' || type === 'double';

const unpack = (type: string, bytes: Uint8Array): unknown[] => {
  const values: unknown[] = [];
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    if (isFixed(type)) {
      const size = type === 'float' ? 4 : 8;
      values.push(scalar(type, bytes.subarray(cursor.at, cursor.at + size)));
      cursor.at += size;
    } else values.push(scalar(type, varint(bytes, cursor)));
  }
  return values;
};

const put = (message: Message, [, name, type, label]: Field, raw: bigint | Uint8Array): void => {
  if (label === 'map') {
    const [keyType, valueType] = type.slice(4, -1).split(',') as [string, string];
    const entry: Message = {};
    readFields(raw as Uint8Array, (number, value) => {
      entry[number === 1 ? 'key' : 'value'] = scalar(number === 1 ? keyType : valueType, value);
    });
    message[name] ??= new Map();
    message[name].set(entry.key, entry.value);
  } else if (label === 'packed') {
    message[name] ??= [];
    message[name].push(...(raw instanceof Uint8Array ? unpack(type, raw) : [scalar(type, raw)]));
  } else if (label === 'repeated') {
    message[name] ??= [];
    message[name].push(scalar(type, raw));
  } else message[name] = scalar(type, raw);
};

const readFields = (bytes: Uint8Array, visit: (number: number, raw: bigint | Uint8Array) => void): void => {
  const cursor = { at: 0 };
  while (cursor.at < bytes.length) {
    const tag = Number(varint(bytes, cursor));
    const wire = tag & 7;
    if (wire === 0) {
      visit(tag >> 3, varint(bytes, cursor));
      continue;
    }
    const length = wire === 5 ? 4 : wire === 1 ? 8 : Number(varint(bytes, cursor));
    visit(tag >> 3, bytes.subarray(cursor.at, cursor.at + length));
    cursor.at += length;
  }
};

/** Decodes a message of a type of the schema; unknown fields are passed over. */
export const decodeMessage = (type: string, bytes: Uint8Array): Message => {
  const message: Message = {};
  const fields = new Map<number, Field>((schema.messages[type]?.fields ?? []).map((field: Field) => [field[0], field]));
  readFields(bytes, (number, raw) => {
    const field = fields.get(number);
    if (field !== undefined) put(message, field, raw);
  });
  return message;
};
