import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { decompress } from '../../src/wire/compression.js';

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const text = (value: Uint8Array): string => new TextDecoder().decode(value);
const refusal = async (encoding: string | undefined, body: Uint8Array, limit = 1000): Promise<unknown> => {
  try {
    await decompress(encoding, body, limit);
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

// `printf soma | gzip -n`, and `printf soma | zstd`: a frame with a checksum.
const GZIP = bytes('1f8b08000000000000032bcecf4d0400a5d1d69a04000000');
const ZSTD = bytes('28b52ffd2004210000736f6d61');
/** A zstd frame that asks for a window of 2 GiB and holds nothing. */
const HUGE = bytes('28b52ffd00a8010000');

describe('decompression', () => {
  it('reads zstd', async () => {
    expect(text(await decompress('zstd', ZSTD, 1000))).toBe('soma');
    expect(text(await decompress('zstd', Uint8Array.from([...ZSTD, ...ZSTD]), 1000))).toBe('somasoma');
  });

  it('reads gzip', async () => {
    const packed = await new Response(
      new Blob(['soma']).stream().pipeThrough(new CompressionStream('gzip')),
    ).arrayBuffer();
    expect(text(await decompress('gzip', new Uint8Array(packed), 1000))).toBe('soma');
  });

  it('refuses what comes out larger than the limit', async () => {
    const packed = await new Response(
      new Blob([new Uint8Array(5000)]).stream().pipeThrough(new CompressionStream('gzip')),
    ).arrayBuffer();
    expect(await refusal('gzip', new Uint8Array(packed))).toBe(Code.OutOfRange);
    expect(await refusal('zstd', ZSTD, 3)).toBe(Code.OutOfRange);
  });

  it('refuses a zstd window that would cost gigabytes, before it is allocated', async () => {
    expect(await refusal('zstd', HUGE)).toBe(Code.OutOfRange);
  });

  it.each([
    ['zstd', ZSTD.subarray(0, 10)],
    ['zstd', Uint8Array.of(1, 2, 3)],
    ['zstd', ZSTD.subarray(0, 7)],
    ['gzip', GZIP.subarray(0, 12)],
    ['gzip', Uint8Array.of(1, 2, 3)],
  ])('refuses broken %s', async (encoding, body) => {
    expect(await refusal(encoding, body)).toBe(Code.Internal);
  });

  it('refuses an encoding that is missing or not known', async () => {
    expect(await refusal(undefined, ZSTD)).toBe(Code.Internal);
    expect(await refusal('br', ZSTD)).toBe(Code.Unimplemented);
  });
});
