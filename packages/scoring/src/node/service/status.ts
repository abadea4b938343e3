import { type ErrorContexts, isError, type SomaKitError } from '@somakit/core';
import '../errors.js';
import { rpcStatus } from '@somakit/rpc/server';

const RUNTIME = 'Runtime competition error: ';

const blobText = (error: SomaKitError): string | undefined => {
  const code: string = error.code;
  if (code === 'DOWNLOAD_CORRUPT' || code === 'CONTENT_MISMATCH') {
    const { what, expected, received } = error.context as ErrorContexts['CONTENT_MISMATCH'];
    return what === 'size'
      ? `size mismatch: expected ${expected} bytes, got ${received} bytes`
      : `checksum mismatch: expected ${expected}, computed ${received}`;
  }
  if (isError(error, 'HTTP_TOO_LARGE')) return `size mismatch: expected ${error.context.limit} bytes, got more bytes`;
  if (isError(error, 'HTTP_STATUS')) return `HTTP ${error.context.status} from URL`;
  if (isError(error, 'HTTP_NETWORK') || isError(error, 'HTTP_REDIRECT'))
    return `Failed to send request: "${error.message}"`;
  if (code.startsWith('DOWNLOAD_') || code.startsWith('FILE_')) return error.message;
  return undefined;
};

/**
 * A failure of the scorer as the status that the reference's service gives it: INVALID_ARGUMENT for what is wrong with the
 * request itself, INTERNAL with the same words for blobs and models. What only this service knows has a code of its own:
 * DEADLINE_EXCEEDED, CANCELLED, UNAVAILABLE, RESOURCE_EXHAUSTED.
 *
 * Source: scoring/src/server.rs.
 */
export const scoringStatus = (error: unknown): Error => {
  const options = { cause: error };
  if (!(error instanceof Error)) return rpcStatus('INTERNAL', 'internal error', options);
  if (error.name === 'ConnectError') return error;
  if (!isError(error)) return rpcStatus('INTERNAL', 'internal error', options);
  if (isError(error, 'ABORTED')) return rpcStatus('CANCELLED', error.message, options);
  if (isError(error, 'TIMEOUT')) {
    // A server that does not answer is a failure of the blob, our own limit one of the call.
    return error.context.phase === undefined || error.context.phase === 'total'
      ? rpcStatus('DEADLINE_EXCEEDED', error.message, options)
      : rpcStatus('INTERNAL', `${RUNTIME}Blob error: Failed to send request: "${error.message}"`, options);
  }
  if (isError(error, 'SCORER_CLOSED') || isError(error, 'ENGINE_CRASHED'))
    return rpcStatus('UNAVAILABLE', error.message, options);
  if (isError(error, 'INVALID_ARGUMENT') || isError(error, 'LIMIT_EXCEEDED') || isError(error, 'URL_REFUSED')) {
    return rpcStatus('INVALID_ARGUMENT', error.message, options);
  }
  if (isError(error, 'INVALID_WEIGHTS')) {
    const problems = error.context.problems.join('; ');
    return rpcStatus('INTERNAL', `${RUNTIME}Model error: "SafeTensor store error: ${problems}"`, options);
  }
  if (isError(error, 'EMPTY_DATA')) {
    return rpcStatus('INTERNAL', `${RUNTIME}Model error: "Empty data: data loader produced no batches"`, options);
  }
  const blob = blobText(error);
  return rpcStatus('INTERNAL', `${RUNTIME}${blob === undefined ? error.message : `Blob error: ${blob}`}`, options);
};
