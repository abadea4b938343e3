import { normalArray } from '@somakit/protocol/random';
import { resolveConfig, weightTable } from '@somakit/scoring';

/** A small model's weight file (safetensors), drawn from a seed: untrained, but a model like any other. */
export const makeWeights = (seed: bigint): Uint8Array => {
  const tensors: { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array }[] = [];
  let drawn = seed;
  for (const [name, shape] of weightTable(resolveConfig('small'))) {
    const length = shape.reduce((product, side) => product * side, 1);
    drawn += 1n;
    const data = name.endsWith('gamma')
      ? new Float32Array(length).fill(1)
      : normalArray({ seed: drawn, length, standardDeviation: name.endsWith('weight') ? 0.25 : 0.02 });
    tensors.push({ name, shape, data });
  }
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // The data begins at a multiple of eight: headers are padded with blanks.
  const padded = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.fill(0x20, 8, 8 + padded);
  file.set(text, 8);
  let at = 8 + padded;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
};
