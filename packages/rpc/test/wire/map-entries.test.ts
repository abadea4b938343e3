import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { fromHex, toHex } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GetEpochResponseSchema, GetObjectResponseSchema, ProtocolConfigSchema } from '../../src/proto/index.js';
import { mapEntryTrimmer } from '../../src/wire/map-entries.js';
import { marketCalls } from '../support/recordings.js';

describe('map entries', () => {
  it('of messages without maps are not looked for', () => {
    expect(mapEntryTrimmer(GetObjectResponseSchema)).toBeUndefined();
  });

  it('leave out what is zero or empty', () => {
    const message = create(ProtocolConfigSchema, { featureFlags: { a: false, '': true }, attributes: { b: '' } });
    const bytes = mapEntryTrimmer(ProtocolConfigSchema)!(toBinary(ProtocolConfigSchema, message));
    expect(bytes).toEqual(fromHex('12030a0161' + '12021001' + '1a030a0162'));
    expect(fromBinary(ProtocolConfigSchema, bytes)).toEqual(message);
  });

  it('say the same as before', () => {
    const flags = fc.dictionary(fc.string({ maxLength: 3 }), fc.boolean());
    const texts = fc.dictionary(fc.string({ maxLength: 3 }), fc.string({ maxLength: 200 }));
    const trim = mapEntryTrimmer(GetEpochResponseSchema)!;
    fc.assert(
      fc.property(flags, texts, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (featureFlags, attributes, epoch) => {
        const protocolConfig = { protocolVersion: epoch, featureFlags, attributes };
        const message = create(GetEpochResponseSchema, { epoch: { epoch, protocolConfig } });
        const bytes = trim(toBinary(GetEpochResponseSchema, message));
        expect(fromBinary(GetEpochResponseSchema, bytes)).toEqual(message);
      }),
      { numRuns: 50 },
    );
  });

  const epochs = marketCalls.filter(({ path, reply }) => path.endsWith('/GetEpoch') && typeof reply === 'string');
  it.each(epochs)('are written as a node writes them: $case', ({ reply }) => {
    const bytes = Uint8Array.from(atob(reply!), (letter) => letter.charCodeAt(0));
    const again = toBinary(GetEpochResponseSchema, fromBinary(GetEpochResponseSchema, bytes));
    expect(toHex(mapEntryTrimmer(GetEpochResponseSchema)!(again))).toBe(toHex(bytes));
  });
});
