import { isError, JsonDecimal, parseJson, stringifyJson } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thrown } from './support/thrown.js';

describe('parseJson', () => {
  it.each([
    '',
    ' ',
    '{',
    '[',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '-',
    'NaN',
    'Infinity',
    'tru',
    'nulll',
    '"',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '"\n"',
    '"\u0000"',
    '1 2',
    '[1 2]',
    '{"a" 1}',
    '{"a":}',
    '\uFEFF1',
    '/**/1',
    '{"a":1 "b":2}',
    ']',
    '\u00a01',
  ])('refuses %j', (text) => {
    expect(
      isError(
        thrown(() => parseJson(text)),
        'INVALID_JSON',
      ),
    ).toBe(true);
  });

  it('says where, and does not quote the text', () => {
    const error = thrown(() => parseJson('{\n "secret": hush }'));
    expect(isError(error, 'INVALID_JSON') && error.context).toMatchObject({
      position: 13,
      line: 2,
      column: 12,
      expected: 'a value',
    });
    expect(JSON.stringify(error)).not.toContain('hush');
  });

  it('refuses equal keys unless the last is to count', () => {
    expect(
      isError(
        thrown(() => parseJson('{"a":1,"a":2}')),
        'INVALID_JSON',
      ),
    ).toBe(true);
    expect(
      isError(
        thrown(() => parseJson('{"__proto__":1,"__proto__":2}')),
        'INVALID_JSON',
      ),
    ).toBe(true);
    expect(parseJson('{"a":1,"a":2}', { duplicateKeys: 'last' })).toEqual({ a: 2 });
  });

  it('refuses nesting and length over the limits instead of running out of stack', () => {
    expect(
      isError(
        thrown(() => parseJson('['.repeat(1_000_000))),
        'INVALID_JSON',
      ),
    ).toBe(true);
    expect(
      isError(
        thrown(() => parseJson('{"a":'.repeat(300))),
        'INVALID_JSON',
      ),
    ).toBe(true);
    expect(
      isError(
        thrown(() => parseJson('[1]', { maxLength: 2 })),
        'INVALID_JSON',
      ),
    ).toBe(true);
    expect(
      isError(
        thrown(() => parseJson('9'.repeat(1025))),
        'INVALID_JSON',
      ),
    ).toBe(true);
    expect(parseJson('[[[1]]]', { maxDepth: 3 })).toEqual([[[1]]]);
  });

  it('keeps __proto__ as a plain key', () => {
    const value = parseJson('{"__proto__":{"admin":true}}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(value.admin).toBeUndefined();
  });

  it('keeps every digit of big integers and long decimals', () => {
    expect(parseJson('[9007199254740991,9007199254740993,-9007199254740993,18446744073709551615]')).toEqual([
      9007199254740991,
      9007199254740993n,
      -9007199254740993n,
      18446744073709551615n,
    ]);
    expect(parseJson('[0.1,1e3,-0,1.7976931348623157e308,5e-324,0.30000000000000004]')).toEqual([
      0.1, 1000, -0, 1.7976931348623157e308, 5e-324, 0.30000000000000004,
    ]);
    for (const text of ['0.1234567890123456789', '1e400', '-1e400', '1e-400', '12345678901234567.25']) {
      const value = parseJson(text) as JsonDecimal;
      expect(value).toBeInstanceOf(JsonDecimal);
      expect(stringifyJson(value)).toBe(text);
      expect(Number(value)).toBe(Number(text));
    }
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom(0, 1, '\t'), (text, space) => {
        const written = JSON.stringify(JSON.parse(text), null, space);
        const plain = stringifyJson(parseJson(written), { bigint: 'number' });
        expect(JSON.parse(plain)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses or reads mutated text as JSON.parse does', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'null',
      ' ',
      '\\',
      '"',
      '\\n',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        let expected: { value: unknown } | undefined;
        try {
          expected = { value: JSON.parse(text) };
        } catch {}
        if (expected === undefined)
          expect(
            isError(
              thrown(() => parseJson(text)),
              'INVALID_JSON',
            ),
          ).toBe(true);
        else expect(parseJson(text, { duplicateKeys: 'last' })).toEqual(expected.value);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads strings with every kind of escape', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseJson(JSON.stringify(text)) === text));
    expect(parseJson('"\\u00e9\\ud83d\\ude00\\/\\b"')).toBe('é😀/\b');
  });
});

describe('stringifyJson', () => {
  const circle: Record<string, unknown> = { list: [] };
  (circle.list as unknown[]).push(circle);
  it.each([
    ['NaN', { a: [1, Number.NaN] }, '$.a[1]'],
    ['an infinity', Number.POSITIVE_INFINITY, '$'],
    ['a cycle', circle, '$.list[0]'],
    ['a function', { f: () => 1 }, '$.f'],
    ['a symbol', Symbol('x'), '$'],
    ['undefined', undefined, '$'],
    ['undefined in a list', [undefined], '$[0]'],
    ['a Map', { m: new Map() }, '$.m'],
    ['a Set', new Set(), '$'],
    ['an invalid date', new Date(Number.NaN), '$'],
  ])('refuses %s and says where', (_, value, path) => {
    const error = thrown(() => stringifyJson(value));
    expect(isError(error, 'NOT_JSON') && error.context.path).toBe(path);
  });

  it('writes bigint as text or number, bytes as Base64, other typed arrays as lists', () => {
    const value = { big: 2n ** 64n, bytes: new Uint8Array([1, 2]), floats: new Float32Array([0.5]), left: undefined };
    expect(stringifyJson(value)).toBe('{"big":"18446744073709551616","bytes":"AQI=","floats":[0.5]}');
    expect(stringifyJson({ big: 5n }, { bigint: 'number' })).toBe('{"big":5}');
  });

  it('writes the same object twice when it is no cycle', () => {
    const shared = { a: 1 };
    expect(stringifyJson([shared, shared])).toBe('[{"a":1},{"a":1}]');
  });

  it('writes what JSON.stringify writes, with and without indent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        expect(stringifyJson(value, { indent })).toBe(JSON.stringify(value, null, indent));
      }),
    );
  });

  it('keeps big integers through text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n }), (value) => {
        expect(parseJson(stringifyJson({ value }, { bigint: 'number' }))).toEqual({ value });
      }),
    );
    expect(parseJson(stringifyJson([2n ** 70n], { bigint: 'number' }))).toEqual([2n ** 70n]);
  });
});
