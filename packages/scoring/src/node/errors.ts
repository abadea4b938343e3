import { SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The engine is an optional package that is not installed, or does not load on this machine. */
    ENGINE_MISSING: { readonly package: string };
    /** The engine cannot compute on this device here. */
    DEVICE_UNAVAILABLE: { readonly device: string; readonly available: readonly string[] };
    /** The engine refused a model or broke off; `cause` has its words. */
    ENGINE_FAILED: { readonly operation: 'open' | 'run' | 'prepare' };
    /** The engine's thread ended in the middle of the work. The next call starts a new one. */
    ENGINE_CRASHED: { readonly reason: string };
    /** The program of the engine's thread is not where it should be. */
    ENGINE_WORKER_MISSING: { readonly url: string };
    /** The scorer has been closed. */
    SCORER_CLOSED: { readonly operation: string };
    /** A request asks for more than the limits allow. */
    LIMIT_EXCEEDED: { readonly what: string; readonly limit: number; readonly received: number };
    /** A URL that must not be fetched: another scheme, or an address that is not public. */
    URL_REFUSED: { readonly url: string; readonly reason: string };
    /** The bytes at hand are not those of the manifest. */
    CONTENT_MISMATCH: {
      readonly what: 'size' | 'checksum';
      readonly source: string;
      readonly expected: string;
      readonly received: string;
    };
  }
}

/** A LIMIT_EXCEEDED error. */
export const limitExceeded = (what: string, limit: number, received: number): SomaKitError<'LIMIT_EXCEEDED'> =>
  new SomaKitError('LIMIT_EXCEEDED', `${what}: ${received} is more than the limit of ${limit}.`, {
    context: { what, limit, received },
    hint: 'Ask for less, or raise the limit where the scorer is created.',
  });

/** A CONTENT_MISMATCH error, in the words of the reference. */
export const contentMismatch = (
  what: 'size' | 'checksum',
  source: string,
  expected: string,
  received: string,
): SomaKitError<'CONTENT_MISMATCH'> => {
  const text =
    what === 'size'
      ? `size mismatch: expected ${expected} bytes, got ${received} bytes`
      : `checksum mismatch: expected ${expected}, computed ${received}`;
  return new SomaKitError('CONTENT_MISMATCH', `${source}: ${text}`, { context: { what, source, expected, received } });
};
