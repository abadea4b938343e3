// The few parts of the protobuf encoding that an ONNX model needs.
const text = /* @__PURE__ */ new TextEncoder();

/** An encoded field, ready to be put into a message. */
export type Field = readonly (number | Uint8Array)[];

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    // Division, because offsets of large files do not fit into 32 bits.
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
};

/** A whole number of 0 to 2^53; -1, the one negative number in use, takes ten bytes. */
export const integer = (number: number, value: number): Field =>
  value < 0
    ? [...varint(number * 8), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
    : [...varint(number * 8), ...varint(value)];

export const float = (number: number, value: number): Field => [
  ...varint(number * 8 + 5),
  new Uint8Array(new Float32Array([value]).buffer),
];

export const bytes = (number: number, value: Uint8Array): Field => [
  ...varint(number * 8 + 2),
  ...varint(value.length),
  value,
];

export const string = (number: number, value: string): Field => bytes(number, text.encode(value));

/** The bytes of a message. */
export const message = (...fields: readonly Field[]): Uint8Array => {
  let length = 0;
  for (const field of fields) for (const part of field) length += typeof part === 'number' ? 1 : part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const field of fields) {
    for (const part of field) {
      if (typeof part === 'number') out[at++] = part;
      else {
        out.set(part, at);
        at += part.length;
      }
    }
  }
  return out;
};

export const submessage = (number: number, ...fields: readonly Field[]): Field => bytes(number, message(...fields));
