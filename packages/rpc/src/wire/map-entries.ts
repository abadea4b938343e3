import type { DescField, DescMessage } from '@bufbuild/protobuf';

const LENGTH_DELIMITED = 2;

const messageOf = (field: DescField): DescMessage | undefined => {
  if (field.fieldKind === 'message' || field.fieldKind === 'list') return field.message;
  return field.fieldKind === 'map' ? field.message : undefined;
};

/** The messages that have maps in them, at any depth. */
const withMaps = (schema: DescMessage): ReadonlySet<DescMessage> => {
  const found = new Set<DescMessage>();
  const seen = new Set<DescMessage>();
  const visit = (message: DescMessage): boolean => {
    if (found.has(message)) return true;
    if (seen.has(message)) return false;
    seen.add(message);
    let has = false;
    for (const field of message.fields) {
      const inner = messageOf(field);
      const below = inner !== undefined && visit(inner);
      has ||= field.fieldKind === 'map' || below;
    }
    if (has) found.add(message);
    return has;
  };
  visit(schema);
  return found;
};

/** A varint and the place behind it. All that count here are lengths, tags and whether a value is zero. */
const varint = (bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } => {
  let value = 0;
  let scale = 1;
  for (let i = at; ; i++) {
    const byte = bytes[i]!;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return { value, next: i + 1 };
  }
};

const writeVarint = (value: number, out: number[]): void => {
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  out.push(rest);
};

interface RawField {
  readonly tag: number;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

function* fieldsOf(bytes: Uint8Array): Generator<RawField> {
  for (let at = 0; at < bytes.length; ) {
    const { value: tag, next } = varint(bytes, at);
    let body = next;
    let end: number;
    switch (tag & 7) {
      case 0:
        end = varint(bytes, next).next;
        break;
      case 1:
        end = next + 8;
        break;
      case LENGTH_DELIMITED: {
        const length = varint(bytes, next);
        body = length.next;
        end = body + length.value;
        break;
      }
      default:
        end = next + 4;
    }
    yield { tag, start: at, body, end };
    at = end;
  }
}

/** Whether a field of a map entry says no more than its absence would. */
const isDefault = ({ tag, body, end }: RawField, bytes: Uint8Array): boolean =>
  (tag & 7) === LENGTH_DELIMITED ? end === body : bytes.subarray(body, end).every((byte) => byte === 0);

const join = (parts: readonly (Uint8Array | readonly number[])[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

/**
 * Leaves keys and values of map entries out that are zero or empty: the reference writes them so, and the runtime does
 * not. Every reader takes both. Undefined for messages without maps, which need no second look.
 *
 * Source: prost, `encoding::btree_map::encode_with_default`.
 */
export const mapEntryTrimmer = (schema: DescMessage): ((bytes: Uint8Array) => Uint8Array) | undefined => {
  const concerned = withMaps(schema);
  if (!concerned.has(schema)) return undefined;
  const trimEntry = (inner: DescMessage | undefined, bytes: Uint8Array): Uint8Array => {
    const parts: (Uint8Array | readonly number[])[] = [];
    for (const field of fieldsOf(bytes)) {
      if (isDefault(field, bytes)) continue;
      parts.push(...trimmed(field, field.tag >> 3 === 2 ? inner : undefined, bytes));
    }
    return join(parts);
  };
  const framed = (tag: number, body: Uint8Array): (Uint8Array | readonly number[])[] => {
    const head: number[] = [];
    writeVarint(tag, head);
    writeVarint(body.length, head);
    return [head, body];
  };
  const trimmed = (
    { tag, start, body, end }: RawField,
    inner: DescMessage | undefined,
    bytes: Uint8Array,
  ): (Uint8Array | readonly number[])[] =>
    inner !== undefined && concerned.has(inner)
      ? framed(tag, trimMessage(inner, bytes.subarray(body, end)))
      : [bytes.subarray(start, end)];
  const trimMessage = (message: DescMessage, bytes: Uint8Array): Uint8Array => {
    const byNumber = new Map(message.fields.map((field) => [field.number, field]));
    const parts: (Uint8Array | readonly number[])[] = [];
    for (const raw of fieldsOf(bytes)) {
      const field = byNumber.get(raw.tag >> 3);
      if (field?.fieldKind === 'map') {
        parts.push(...framed(raw.tag, trimEntry(field.message, bytes.subarray(raw.body, raw.end))));
      } else parts.push(...trimmed(raw, field === undefined ? undefined : messageOf(field), bytes));
    }
    return join(parts);
  };
  return (bytes) => trimMessage(schema, bytes);
};
