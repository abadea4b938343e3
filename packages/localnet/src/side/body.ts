import type { Codec } from '@somakit/bcs';
import { isError } from '@somakit/core';
import { rpcStatus } from '@somakit/rpc/server';

const TEXTS: Readonly<Record<string, string>> = {
  BCS_TRUNCATED: 'unexpected end of input',
  BCS_NOT_CANONICAL: 'remaining input',
  BCS_INVALID_VALUE: 'malformed utf8',
};

/** Reads the body of a BCS call; the texts are those of the reference's codec. @throws INTERNAL */
export const readBody = <T>(codec: Codec<T>, body: Uint8Array, mayBeEmpty = false): T => {
  // A frame without a body is no message, except where the message has no fields.
  if (body.length === 0 && !mayBeEmpty) throw rpcStatus('INTERNAL', 'Missing request message.');
  try {
    return codec.decode(body);
  } catch (error) {
    if (!isError(error)) throw error;
    throw rpcStatus('INTERNAL', TEXTS[error.code] ?? error.message, { cause: error });
  }
};
