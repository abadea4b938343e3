import { SomaKitError } from './errors.js';
import { invalidArgument } from './invalid.js';

declare module './errors.js' {
  interface ErrorContexts {
    /** A text is not JSON. `position` counts UTF-16 units from 0. The text itself is in no message. */
    INVALID_JSON: {
      readonly position: number;
      readonly line: number;
      readonly column: number;
      readonly expected: string;
    };
  }
}

/**
 * A JSON number that a `number` cannot hold: more than 17 significant digits, or out of range. Works in arithmetic
 * as the nearest `number`; `text` is what was written.
 */
export class JsonDecimal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  valueOf(): number {
    return Number(this.text);
  }
  toString(): string {
    return this.text;
  }
}

export interface ParseJsonOptions {
  /** The most UTF-16 units that the text may have. Default: no limit. */
  readonly maxLength?: number | undefined;
  /** How deep arrays and objects may be nested. Default 256. */
  readonly maxDepth?: number | undefined;
  /** Two equal keys in one object: an error, because readers disagree on which counts, or the last one. Default `reject`. */
  readonly duplicateKeys?: 'reject' | 'last' | undefined;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
// Up to the next quote, backslash or control character: what a string holds as it is.
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside of strings
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const MAX_DIGITS = 1024;

const significantDigits = (text: string): number => {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '');
  return digits.length;
};

/**
 * Reads JSON without losing anything: integers beyond 2^53 - 1 come as `bigint`, decimals that a `number` cannot hold
 * (over 17 significant digits, or out of range) as {@link JsonDecimal}, everything else as usual. A `__proto__` key becomes
 * a plain own property.
 *
 * @throws INVALID_JSON for anything outside of RFC 8259, duplicate keys, nesting over `maxDepth`, numbers of over
 * 1,024 characters, text over `maxLength`.
 * @example
 * import { parseJson } from '@somakit/core';
 * parseJson('{"version": 18446744073709551615}'); // { version: 18446744073709551615n }
 */
export const parseJson = (text: string, options: ParseJsonOptions = {}): unknown => {
  if (typeof text !== 'string') throw invalidArgument('text', 'a text', text);
  const { maxLength = Number.POSITIVE_INFINITY, maxDepth = 256, duplicateKeys = 'reject' } = options;
  let at = 0;

  const fail = (expected: string, position = at): never => {
    const before = text.slice(0, position).split('\n');
    const line = before.length;
    const column = before[line - 1]!.length + 1;
    throw new SomaKitError(
      'INVALID_JSON',
      `The text is not JSON: expected ${expected} at line ${line}, column ${column}.`,
      {
        context: { position, line, column, expected },
      },
    );
  };
  if (text.length > maxLength) fail(`at most ${maxLength} characters`, maxLength);

  const skip = (): number => {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      at++;
    }
  };

  const readString = (): string => {
    at++;
    let value = '';
    for (;;) {
      PLAIN.lastIndex = at;
      PLAIN.test(text);
      const end = PLAIN.lastIndex;
      value = value === '' ? text.slice(at, end) : value + text.slice(at, end);
      at = end;
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        at++;
        return value;
      }
      if (code !== 0x5c) return fail(at >= text.length ? 'the closing quote' : 'an escaped control character');
      const kind = text[at + 1] ?? '';
      if (kind === 'u') {
        const digits = text.slice(at + 2, at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) fail('four hex digits after \\u');
        value += String.fromCharCode(Number.parseInt(digits, 16));
        at += 6;
      } else {
        value += ESCAPES[kind] ?? fail('an escape that JSON knows');
        at += 2;
      }
    }
  };

  const readNumber = (): unknown => {
    NUMBER.lastIndex = at;
    const match = NUMBER.exec(text);
    if (match === null) return fail('a value');
    const source = match[0];
    if (source.length > MAX_DIGITS) fail(`a number of at most ${MAX_DIGITS} characters`);
    at += source.length;
    const value = Number(source);
    if (match[1] === undefined && match[2] === undefined) {
      return Number.isSafeInteger(value) ? value : BigInt(source);
    }
    if (source.length <= 17 && match[2] === undefined) return value;
    const digits = significantDigits(source);
    const lost = digits > 17 || !Number.isFinite(value) || (value === 0 && digits > 0);
    return lost ? new JsonDecimal(source) : value;
  };

  const readWord = (word: string, value: unknown): unknown => {
    if (!text.startsWith(word, at)) return fail('a value');
    at += word.length;
    return value;
  };

  const readArray = (depth: number): unknown[] => {
    if (depth > maxDepth) fail(`nesting of at most ${maxDepth}`);
    const items: unknown[] = [];
    at++;
    if (skip() === 0x5d) {
      at++;
      return items;
    }
    for (;;) {
      items.push(readValue(depth));
      const code = skip();
      if (code === 0x5d) {
        at++;
        return items;
      }
      if (code !== 0x2c) fail('a comma or ]');
      at++;
    }
  };

  const readObject = (depth: number): Record<string, unknown> => {
    if (depth > maxDepth) fail(`nesting of at most ${maxDepth}`);
    const object: Record<string, unknown> = {};
    at++;
    if (skip() === 0x7d) {
      at++;
      return object;
    }
    for (;;) {
      if (skip() !== 0x22) fail('a key in quotes');
      const keyAt = at;
      const key = readString();
      if (duplicateKeys === 'reject' && Object.hasOwn(object, key)) fail('each key only once', keyAt);
      if (skip() !== 0x3a) fail('a colon');
      at++;
      const value = readValue(depth);
      // Assigning would change the prototype instead.
      if (key === '__proto__')
        Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
      else object[key] = value;
      const code = skip();
      if (code === 0x7d) {
        at++;
        return object;
      }
      if (code !== 0x2c) fail('a comma or }');
      at++;
    }
  };

  const readValue = (depth: number): unknown => {
    switch (skip()) {
      case 0x7b:
        return readObject(depth + 1);
      case 0x5b:
        return readArray(depth + 1);
      case 0x22:
        return readString();
      case 0x74:
        return readWord('true', true);
      case 0x66:
        return readWord('false', false);
      case 0x6e:
        return readWord('null', null);
      default:
        return readNumber();
    }
  };

  const value = readValue(0);
  skip();
  if (at < text.length) fail('the end of the text');
  return value;
};
