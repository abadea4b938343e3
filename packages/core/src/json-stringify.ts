import { toBase64 } from './encoding.js';
import { SomaKitError } from './errors.js';
import { describe, invalidArgument } from './invalid.js';
import { JsonDecimal } from './json-parse.js';

declare module './errors.js' {
  interface ErrorContexts {
    /** A value has no JSON form. `path` leads to it, such as `$.items[3].loss`. */
    NOT_JSON: { readonly path: string; readonly expected: string };
  }
}

export interface StringifyJsonOptions {
  /** How a `bigint` is written: as decimal text in quotes, or as a bare number. Default `text`. */
  readonly bigint?: 'text' | 'number' | undefined;
  /** Spaces for each level; 0 (default) writes one line. */
  readonly indent?: number | undefined;
}

/**
 * Writes JSON: `bigint` as decimal text (or as a bare number), bytes as Base64, other typed arrays as arrays,
 * `toJSON` honoured, `undefined` members left out.
 *
 * @throws NOT_JSON for NaN, infinities, cycles, functions, symbols, `Map`, `Set`, and values that are `undefined`
 * outside of an object. JSON.stringify would write most of these as `null` or `{}`.
 * @example
 * import { stringifyJson } from '@somakit/core';
 * stringifyJson({ amount: 5n, bytes: new Uint8Array([1]) }); // '{"amount":"5","bytes":"AQ=="}'
 */
export const stringifyJson = (value: unknown, { bigint = 'text', indent = 0 }: StringifyJsonOptions = {}): string => {
  if (!Number.isInteger(indent) || indent < 0 || indent > 10)
    throw invalidArgument('indent', 'an integer from 0 to 10', indent);
  const path: (string | number)[] = [];
  const open: object[] = [];
  const refuse = (expected: string, found: string): never => {
    const where = `$${path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')}`;
    throw new SomaKitError('NOT_JSON', `${where} must be ${expected}, not ${found}.`, {
      context: { path: where, expected },
    });
  };
  const separator = indent > 0 ? ': ' : ':';
  const wrap = (left: string, items: readonly string[], right: string): string => {
    if (items.length === 0) return left + right;
    if (indent === 0) return left + items.join(',') + right;
    const pad = `\n${' '.repeat(indent * (open.length + 1))}`;
    return `${left}${pad}${items.join(`,${pad}`)}\n${' '.repeat(indent * open.length)}${right}`;
  };

  const write = (item: unknown): string => {
    switch (typeof item) {
      case 'string':
        return JSON.stringify(item);
      case 'number':
        return Number.isFinite(item) ? JSON.stringify(item) : refuse('a finite number', String(item));
      case 'bigint':
        return bigint === 'text' ? `"${item}"` : String(item);
      case 'boolean':
        return String(item);
      case 'object':
        return item === null ? 'null' : writeObject(item);
      default:
        return refuse('a value that JSON can hold', describe(item));
    }
  };

  const writeObject = (item: object): string => {
    if (item instanceof Uint8Array) return `"${toBase64(item)}"`;
    if (item instanceof JsonDecimal) return item.text;
    if (open.includes(item)) refuse('free of cycles', 'one of its own parents');
    if (open.length >= 1000) refuse('nested at most 1000 deep', 'deeper');
    const { toJSON } = item as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function') {
      // An invalid Date gives null here, which would be a silent loss.
      if (item instanceof Date && Number.isNaN(item.getTime())) refuse('a valid date', 'an invalid one');
      const plain: unknown = toJSON.call(item, path.at(-1) ?? '');
      if (plain !== item) return write(plain);
    }
    if (item instanceof Map || item instanceof Set) refuse('a plain object or array', `a ${item.constructor.name}`);
    open.push(item);
    const parts: string[] = [];
    if (Array.isArray(item) || (ArrayBuffer.isView(item) && !(item instanceof DataView))) {
      const list = item as ArrayLike<unknown>;
      for (let i = 0; i < list.length; i++) {
        path.push(i);
        parts.push(write(list[i]));
        path.pop();
      }
      open.pop();
      return wrap('[', parts, ']');
    }
    for (const [key, member] of Object.entries(item)) {
      if (member === undefined) continue;
      path.push(key);
      parts.push(JSON.stringify(key) + separator + write(member));
      path.pop();
    }
    open.pop();
    return wrap('{', parts, '}');
  };

  return write(value);
};
