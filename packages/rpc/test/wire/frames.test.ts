import { Code } from '@connectrpc/connect';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../../src/wire/frames.js';

const all = (reader: FrameReader) => {
  const frames: { flags: number; body: number[] }[] = [];
  for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
    frames.push({ flags: frame.flags, body: [...frame.body] });
  }
  return frames;
};

describe('a frame reader', () => {
  it('gives the same frames however the bytes are cut', () => {
    const message = fc.record({ flags: fc.constantFrom(0, 1, 0x80, 0x81), body: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (messages, cuts) => {
          const bytes = messages.flatMap(({ flags, body }) => [...encodeFrame(body, flags)]);
          const reader = new FrameReader(1000);
          const frames: ReturnType<typeof all> = [];
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const end = at + cuts[turn % cuts.length]!;
            reader.push(Uint8Array.from(bytes.slice(at, end)));
            frames.push(...all(reader));
            at = end;
          }
          expect(frames).toEqual(messages.map(({ flags, body }) => ({ flags, body: [...body] })));
          expect(reader.pending).toBe(0);
        },
      ),
    );
  });

  it('refuses a length over its limit before the message is there', () => {
    const reader = new FrameReader(10);
    reader.push(Uint8Array.of(0, 0, 0, 0, 11));
    expect(() => reader.next()).toThrowError(expect.objectContaining({ code: Code.OutOfRange }));
  });

  it('takes a length at its limit, and reads lengths above 2^31 as they are', () => {
    const reader = new FrameReader(10);
    reader.push(encodeFrame(new Uint8Array(10)));
    expect(reader.next()?.body.length).toBe(10);
    reader.push(Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff));
    expect(() => reader.next()).toThrow(/found 4294967295 bytes/);
  });

  it('gives bodies that do not change with what they were read from', () => {
    const chunk = encodeFrame(Uint8Array.of(1, 2, 3));
    const reader = new FrameReader(10);
    reader.push(chunk);
    const frame = reader.next();
    chunk.fill(9);
    expect([...(frame?.body ?? [])]).toEqual([1, 2, 3]);
  });
});
