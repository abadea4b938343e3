import { Code, ConnectError } from '@connectrpc/connect';
import { invalidArgument } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadRequestSchema } from '../../src/proto/index.js';
import { badRequest } from '../../src/service/implement.js';
import {
  decodeMessage,
  encodeMessage,
  errorFromHttp,
  errorFromTrailers,
  statusOf,
  trailersOf,
} from '../../src/wire/status.js';
import { encodeTimeout, parseTimeout } from '../../src/wire/timeout.js';

describe('grpc-message', () => {
  it('brings every text through headers and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = encodeMessage(text);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeMessage(encoded)).toBe(text);
      }),
    );
  });

  it('leaves a text with a broken escape as it came', () => {
    expect(decodeMessage('100% %zz')).toBe('100% %zz');
  });
});

describe('a status in trailers', () => {
  const read = (trailers: Record<string, string>) =>
    errorFromTrailers(
      (name) => trailers[name],
      () => ({}),
    );

  it('is written as the reference writes it: leading slash, no host, no padding', () => {
    const trailers = trailersOf(statusOf(badRequest('owner', 'invalid owner'), true));
    expect(trailers).toMatchObject({ 'grpc-status': '3', 'grpc-message': 'invalid owner' });
    const details = trailers['grpc-status-details-bin'] ?? '';
    expect(details).toMatch(/^[A-Za-z0-9+/]+$/);
    expect(atob(details)).toContain('/google.rpc.BadRequest');
    expect(atob(details)).not.toContain('type.googleapis.com');
  });

  it('comes back with its details', () => {
    const error = read(trailersOf(statusOf(badRequest('owner', 'invalid owner', 'FIELD_MISSING'), true)));
    expect(error?.findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: 'owner', reason: 'FIELD_MISSING' }] },
    ]);
  });

  it('has a Status without details for errors of handlers, and none for raw services', () => {
    const error = new ConnectError('no', Code.NotFound);
    expect(trailersOf(statusOf(error, true))).toHaveProperty('grpc-status-details-bin');
    expect(trailersOf(statusOf(error, false))).not.toHaveProperty('grpc-status-details-bin');
  });

  it('keeps the text of a defect to the server, but not that of a wrong argument', () => {
    expect(statusOf(new TypeError('secret'), true)).toEqual({ code: Code.Internal, message: 'internal error' });
    expect(statusOf(invalidArgument('owner', 'an address'), true)).toMatchObject({
      code: Code.InvalidArgument,
      message: 'owner must be an address.',
    });
  });

  it('is no error when it is OK or missing, and UNKNOWN for a code that nobody knows', () => {
    expect([read({ 'grpc-status': '0' }), read({})]).toEqual([undefined, undefined]);
    expect(read({ 'grpc-status': '77' })?.code).toBe(Code.Unknown);
    expect(read({ 'grpc-status': 'x' })?.code).toBe(Code.Unknown);
  });

  it.each([
    [400, Code.Internal],
    [401, Code.Unauthenticated],
    [403, Code.PermissionDenied],
    [404, Code.Unimplemented],
    [429, Code.Unavailable],
    [503, Code.Unavailable],
    [418, Code.Unknown],
  ])('is made from HTTP %i where there is none', (http, code) => {
    expect(errorFromHttp(http).code).toBe(code);
  });
});

describe('grpc-timeout', () => {
  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['5u', 0.005],
    ['6n', 0.000006],
  ])('reads %s', (text, ms) => {
    expect(parseTimeout(text)).toBeCloseTo(ms, 9);
  });

  it.each([undefined, '', '1', 'S', '123456789S', '1.5S', '-1S', '1s'])('does not read %s', (text) => {
    expect(parseTimeout(text)).toBeUndefined();
  });

  it('has at most eight digits and is never shorter than what was asked for', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (ms) => {
        const text = encodeTimeout(ms);
        expect(text).toMatch(/^\d{1,8}[mS]$/);
        if (ms < 9e10) expect(parseTimeout(text)).toBeGreaterThanOrEqual(ms);
      }),
    );
  });
});
