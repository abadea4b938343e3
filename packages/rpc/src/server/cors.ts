import type { IncomingMessage, ServerResponse } from 'node:http';

const VARY = 'origin, access-control-request-method, access-control-request-headers';
const EXPOSED = ['grpc-status', 'grpc-message', 'grpc-status-details-bin', 'grpc-encoding', 'grpc-accept-encoding'];

/** The headers that let pages of every origin read the answer, the status of a failed call included. */
export const corsHeaders = (extra: readonly string[]): Record<string, string> => ({
  'access-control-allow-origin': '*',
  'access-control-expose-headers': [...EXPOSED, ...extra].join(', '),
  vary: VARY,
});

/** Answers a preflight. Everything may be asked: there are no cookies and no credentials on these ports. */
export const answerPreflight = (request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200, {
    'access-control-allow-methods': 'GET, POST',
    // Not `*`, which does not cover `authorization`.
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '7200',
    'content-length': '0',
  });
  response.end();
};
