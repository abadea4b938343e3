import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFloats } from '../../src/publish/embedding.js';
import { scratch } from '../support/somakit.js';

const values = [-0.1, 0.2, 1e-7, 16_777_217, -3.5];
const floats = Float32Array.from(values);
const raw = new Uint8Array(floats.buffer.slice(0));

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(scratch(), name);
  writeFileSync(path, content);
  return path;
};

const concat = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const text = (part: string): Uint8Array => new TextEncoder().encode(part);

/** As numpy writes it, version 1. */
const npy = (descr: string, shape: string, data: Uint8Array): Uint8Array => {
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = `${dictionary.padEnd(117)}\n`;
  const start = new Uint8Array(10);
  start.set([0x93, ...text('NUMPY'), 1, 0]);
  new DataView(start.buffer).setUint16(8, header.length, true);
  return concat(start, text(header), data);
};

const safetensors = (tensors: Record<string, { dtype: string; shape: number[]; data: Uint8Array }>): Uint8Array => {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    const from = at;
    at += data.length;
    return [name, { dtype, shape, data_offsets: [from, at] }];
  });
  const header = text(JSON.stringify({ __metadata__: { a: 'b' }, ...Object.fromEntries(entries) }));
  const start = new Uint8Array(8);
  new DataView(start.buffer).setBigUint64(0, BigInt(header.length), true);
  return concat(start, header, ...Object.values(tensors).map(({ data }) => data));
};

const bits = (found: Float32Array): number[] => [...new Uint8Array(found.buffer)];

describe('an embedding', () => {
  it.each([
    ['an inline list that begins with a minus', () => '-0.1,0.2,1e-7,16777217,-3.5'],
    ['an inline list with blanks', () => '-0.1, 0.2, 1e-7, 16777217, -3.5'],
    ['inline JSON', () => '[-0.1, 0.2, 1e-7, 16777217, -3.5]'],
    ['JSON', () => put('e.json', JSON.stringify(values))],
    ['JSON of an object', () => put('state.json', JSON.stringify({ step: 1, embedding: values }))],
    ['JSON of a batch of one', () => put('e', JSON.stringify([values]))],
    ['CSV', () => put('e.csv', `${values.join(',')}\n`)],
    ['a value a line', () => put('e.txt', values.join('\n'))],
    ['raw f32', () => put('e.f32', raw)],
    ['npy of f32', () => put('e.npy', npy('<f4', '(5,)', raw))],
    ['npy of f64', () => put('e.npy', npy('<f8', '(1, 5)', new Uint8Array(Float64Array.from(values).buffer)))],
    [
      'safetensors with one tensor',
      () => put('e.safetensors', safetensors({ x: { dtype: 'F32', shape: [1, 5], data: raw } })),
    ],
    [
      'a named tensor',
      () =>
        `${put('e.safetensors', safetensors({ a: { dtype: 'F32', shape: [1], data: raw.slice(0, 4) }, b: { dtype: 'F32', shape: [5], data: raw } }))}#b`,
    ],
    ['a name with @ before it', () => `@${put('1', JSON.stringify(values))}`],
  ])('is read from %s, rounded to 32 bits once', async (_, given) => {
    expect(bits(await readFloats('embedding', given()))).toEqual([...raw]);
  });

  it('reads big-endian and half floats by their values', async () => {
    const wide = new DataView(new ArrayBuffer(8));
    wide.setFloat32(0, 1.5);
    wide.setFloat32(4, -2);
    expect(await readFloats('e', put('e.npy', npy('>f4', '(2,)', new Uint8Array(wide.buffer))))).toEqual(
      Float32Array.of(1.5, -2),
    );
    // 1.5, -2 and the smallest subnormal.
    const half = Uint8Array.of(0x00, 0x3e, 0x00, 0xc0, 0x01, 0x00);
    expect(await readFloats('e', put('e.npy', npy('<f2', '(3,)', half)))).toEqual(Float32Array.of(1.5, -2, 2 ** -24));
    const bf16 = Uint8Array.of(0xc0, 0x3f, 0x00, 0xc0);
    const file = put('e.safetensors', safetensors({ e: { dtype: 'BF16', shape: [2], data: bf16 } }));
    expect(await readFloats('e', file)).toEqual(Float32Array.of(1.5, -2));
  });

  it.each([
    ['a file that is not there', () => '/nowhere/e.json'],
    ['nothing', () => put('e.csv', '')],
    ['words', () => put('e.csv', 'a,b')],
    ['numbers that are too large for 32 bits', () => '1e39,0'],
    ['NaN', () => put('e.json', '[NaN]')],
    ['JSON of something else', () => put('e.json', '{"values": [1]}')],
    ['a matrix', () => put('e.npy', npy('<f4', '(2, 2)', raw.slice(0, 16)))],
    ['integers of npy', () => put('e.npy', npy('<i4', '(5,)', raw))],
    ['raw bytes that are no whole number of values', () => put('e.f32', raw.slice(0, 7))],
    ['raw bytes without the name', () => put('e.data', Uint8Array.of(0xff, 0xfe, 0x00))],
    [
      'several tensors without a name',
      () =>
        put(
          'e.safetensors',
          safetensors({
            a: { dtype: 'F32', shape: [1], data: raw.slice(0, 4) },
            b: { dtype: 'F32', shape: [5], data: raw },
          }),
        ),
    ],
    [
      'tensors of integers',
      () => put('e.safetensors', safetensors({ a: { dtype: 'I32', shape: [1], data: raw.slice(0, 4) } })),
    ],
    [
      'a cut safetensors file',
      () => put('e.safetensors', safetensors({ a: { dtype: 'F32', shape: [5], data: raw } }).slice(0, -4)),
    ],
  ])('is refused from %s, with the forms that are taken', async (_, given) => {
    await expect(readFloats('--embedding', given())).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      context: { argument: '--embedding', expected: expect.stringContaining('.safetensors') },
    });
  });
});
