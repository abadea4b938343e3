import { Fault, wrongValue } from './errors.js';
import { type Reader, take, takeLength } from './reader.js';
import { putUleb, reserve, type Writer } from './writer.js';

const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = /* @__PURE__ */ new TextEncoder();
// Up to here a loop over char codes beats the call into the engine's encoder.
const SHORT = 48;

/** Reads a length and that many bytes of strict UTF-8. */
export const readText = (reader: Reader): string => {
  const length = takeLength(reader, 1);
  const start = take(reader, length);
  const { bytes } = reader;
  if (length <= SHORT) {
    let text = '';
    let i = 0;
    for (; i < length; i++) {
      const byte = bytes[start + i] as number;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (i === length) return text;
  }
  try {
    return decoder.decode(bytes.subarray(start, start + length));
  } catch {
    throw new Fault('BCS_INVALID_VALUE', 'valid UTF-8', `${length} bytes that are not`, start);
  }
};

/** Writes a text as its length in bytes and its UTF-8. */
export const writeText = (writer: Writer, value: string): void => {
  if (typeof value !== 'string') throw wrongValue('a text', value);
  const { length } = value;
  if (length <= SHORT) {
    const start = reserve(writer, length + 1);
    const { bytes } = writer;
    bytes[start] = length;
    let i = 0;
    for (; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) break;
      bytes[start + 1 + i] = code;
    }
    if (i === length) return;
    writer.offset = start;
  }
  // The encoder would silently put U+FFFD in place of half a surrogate pair.
  if (/\p{Surrogate}/u.test(value)) throw wrongValue('a text without lone surrogates', value);
  const encoded = encoder.encode(value);
  putUleb(writer, encoded.length);
  const start = reserve(writer, encoded.length);
  writer.bytes.set(encoded, start);
};
