/** Weight files that must be refused, made from a sound one; the name says what is wrong. */
export const brokenFrom = (sound: Uint8Array): [string, Uint8Array][] => {
  const length = Number(new DataView(sound.buffer, sound.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(sound.subarray(8, 8 + length))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const data = sound.subarray(8 + length);
  const build = (value: unknown, body: Uint8Array = data, claimed?: bigint): Uint8Array => {
    const text = value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value));
    const out = new Uint8Array(8 + text.length + body.length);
    new DataView(out.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
    out.set(text, 8);
    out.set(body, 8 + text.length);
    return out;
  };
  const changed = (key: string, over: Partial<(typeof header)[string]>) => ({
    ...header,
    [key]: { ...header[key], ...over },
  });
  const key = 'embedding.weight';
  const { data_offsets: offsets } = header[key]!;
  const without = Object.fromEntries(Object.entries(header).filter(([name]) => name !== key));
  const shifted = (by: number) =>
    Object.fromEntries(
      Object.entries(header).map(([name, info]) => {
        if (info.data_offsets === undefined) return [name, info];
        return [name, { ...info, data_offsets: info.data_offsets.map((at) => at + by) }];
      }),
    );
  const extra = (info: unknown) => ({ ...header, extra: info });
  return [
    ['fewer than 8 bytes', sound.slice(0, 7)],
    ['a header length of 2^63', build(header, data, 2n ** 63n)],
    ['a header length beyond the end', build(header, data, BigInt(sound.length))],
    ['a header longer than allowed', build(header, data, 100_000_001n)],
    ['a cut end', sound.slice(0, -1)],
    ['a byte too many', build(header, new Uint8Array([...data, 0]))],
    ['no JSON', build(new TextEncoder().encode('{"a":'))],
    ['a header that is no UTF-8', build(new Uint8Array([0x7b, 0xff, 0x7d]))],
    ['an array as the header', build([])],
    ['metadata that is no map of texts', build({ ...header, __metadata__: { a: 1 } })],
    ['a tensor out of bounds', build(changed(key, { data_offsets: [offsets[0], offsets[1] + 2 ** 40] }))],
    ['overlapping tensors', build(changed(key, { data_offsets: [offsets[0] + 4, offsets[1] + 4] }))],
    ['offsets in the wrong order', build(changed(key, { data_offsets: [offsets[1], offsets[0]] }))],
    ['a negative offset', build(changed(key, { data_offsets: [-4, offsets[1]] }))],
    [
      'offsets beyond 2^53',
      build(new TextEncoder().encode(JSON.stringify(header).replace(`[${offsets}]`, '[0,18446744073709551615]'))),
    ],
    ['a size of 2^40', build(changed(key, { shape: [2 ** 40, 2 ** 40] }))],
    ['a size that wraps to the right one', build(changed(key, { shape: [2 ** 32, 2 ** 32, 264, 16] }))],
    ['a negative size', build(changed(key, { shape: [-264, -16] }))],
    ['a broken size', build(changed(key, { shape: [264.5, 16] }))],
    ['a shape that is turned', build(changed(key, { shape: [16, 264] }))],
    ['a flat shape', build(changed(key, { shape: [16 * 264] }))],
    ['a shape with a one more', build(changed(key, { shape: [1, 264, 16] }))],
    ['an element type that nobody knows', build(changed(key, { dtype: 'F31' }))],
    ['an element type of another size', build(changed(key, { dtype: 'F64' }))],
    [
      'an unused tensor of a type that is not taken',
      build(extra({ dtype: 'U16', shape: [0], data_offsets: [data.length, data.length] })),
    ],
    [
      'a prototype as element type',
      build(extra({ dtype: 'constructor', shape: [0], data_offsets: [data.length, data.length] })),
    ],
    ['a tensor that is described by a text', build(extra('F32'))],
    ['a missing tensor', build(without)],
    ['a hole between tensors', build(shifted(4), new Uint8Array([...new Uint8Array(4), ...data]))],
    ['a header of no bytes', build(new Uint8Array(0))],
    ['a header that is nested without end', build(new TextEncoder().encode('{"a":'.repeat(200_000)))],
    ['an element type below a byte', build(changed(key, { dtype: 'F4' }))],
    ['a number in the place of a name', build(changed(key, { dtype: 5 as unknown as string }))],
    ['an end that is no number', build(changed(key, { data_offsets: [0, Number.NaN] }))],
    ['three offsets', build(changed(key, { data_offsets: [0, 1, 2] as unknown as [number, number] }))],
    [
      'a description of the prototype',
      build(new TextEncoder().encode(`{"__proto__":{"dtype":"F32"},${JSON.stringify(header).slice(1)}`)),
    ],
    ['thousands of sizes of one', build(changed(key, { shape: [...new Array(10_000).fill(1), 264, 16] }))],
    ['no tensors', build({}, new Uint8Array(0))],
  ];
};
