import {
  checkU64,
  expectBytes,
  isError,
  parseAddress,
  parseObjectId,
  parseSoma,
  toBase58,
  toBase64,
  toBech32,
  toHex,
  U64_MAX,
} from '@somakit/core';
import { describe, expect, it } from 'vitest';
import { thrown } from './support/thrown.js';

const everything = (error: unknown): string =>
  isError(error)
    ? `${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
    : 'no typed error';

describe('errors about a text in the wrong place', () => {
  const secrets = [
    'legal winner thank year wave sausage worth useful legal winner thank yellow',
    'somaprivkey1qqqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszvw9d0f',
    'AAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB',
    '8869cb07178bf67e08d7c4abdf45487dbf379c9a452fcec2836854bf4a3d29b',
  ];
  it.each([parseAddress, parseObjectId, parseSoma])(
    'tell its length and nothing else when it may be a secret',
    (parse) => {
      for (const secret of secrets) {
        const said = everything(thrown(() => parse(secret)));
        expect(said).toContain(`a text of ${secret.length} characters`);
        expect(said).not.toContain(secret.slice(4, 16));
      }
      const bytes = new Uint8Array(31).fill(0xa7);
      expect(everything(thrown(() => parse(bytes as never)))).not.toContain('a7a7');
    },
  );

  it('show what people mistype', () => {
    expect(everything(thrown(() => parseAddress(`0x${'5'.repeat(63)}z`)))).toContain('5z');
    expect(everything(thrown(() => parseAddress('alice')))).toContain('alice');
    expect(everything(thrown(() => parseSoma('1,5')))).toContain('1,5');
  });
});

describe('writing bytes as text', () => {
  it.each([[undefined], [null], ['ab'], [[1, 2]], [5], [new ArrayBuffer(4)]])('refuses %s', (value) => {
    const bytes = value as unknown as Uint8Array;
    for (const write of [toHex, toBase58, toBase64, (each: Uint8Array) => toBech32('x', each)]) {
      expect(
        isError(
          thrown(() => write(bytes)),
          'INVALID_ARGUMENT',
        ),
      ).toBe(true);
    }
  });

  it('refuses bytes of another length where one is asked for, and shows none of them', () => {
    expect(everything(thrown(() => expectBytes('key', new Uint8Array(31).fill(0xa7), 32)))).toMatch(
      /key must be 32 bytes, not 31/,
    );
  });
});

describe('a number of 64 bits', () => {
  it.each([[-1n], [U64_MAX + 1n], [1], [1.5], ['1'], [undefined], [null]])('is not %s', (value) => {
    expect(
      isError(
        thrown(() => checkU64('epoch', value as bigint)),
        'INVALID_ARGUMENT',
      ),
    ).toBe(true);
  });

  it('comes with a hint when it is a JavaScript number', () => {
    expect(checkU64('epoch', U64_MAX)).toBe(U64_MAX);
    expect(thrown(() => checkU64('epoch', 7 as never))).toMatchObject({ hint: expect.stringContaining('7n') });
  });
});
