import { serve, type TestServer } from '@somakit/vitest-config/http-server';
import { createTinkerClient, type TinkerClientOptions } from '../../src/index.js';
import { type JumpingClock, jumpingClock } from './clock.js';

export const KEY = 'tml-dummy0123456789abcdefABCDEF';
export const PREFIX = '/services/tinker-prod';

export interface RecordedResponse {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  readonly drop?: string;
  readonly contentType?: string;
  readonly bodyBase64?: string;
}

export interface Replay {
  readonly server: TestServer;
  readonly clock: JumpingClock;
  readonly client: ReturnType<typeof createTinkerClient>;
  /** The requests that are no part of getting started. */
  readonly calls: () => TestServer['requests'];
}

const BOOT = /\/api\/v1\/(client\/|auth\/token)/;

/** A server that gives the answers one after the other, the last one again and again, and a client of it. */
export const replay = async (
  responses: readonly RecordedResponse[],
  options: TinkerClientOptions = {},
): Promise<Replay> => {
  let next = 0;
  const server = await serve((request, response) => {
    if (BOOT.test(request.url ?? '')) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{}');
      return;
    }
    const answer = responses[Math.min(next++, responses.length - 1)];
    request.resume();
    request.on('end', () => {
      if (answer === undefined || answer.drop !== undefined) {
        request.socket.destroy();
        return;
      }
      const body =
        answer.bodyBase64 !== undefined
          ? Buffer.from(answer.bodyBase64, 'base64')
          : (answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json)));
      const type = answer.contentType ?? (answer.json === undefined ? undefined : 'application/json');
      response.writeHead(answer.status, { ...(type === undefined ? {} : { 'content-type': type }), ...answer.headers });
      response.end(body);
    });
  });
  const clock = jumpingClock();
  const client = createTinkerClient({
    apiKey: KEY,
    baseUrl: `${server.url}${PREFIX}`,
    clock,
    // Pauses at their longest, as in the recordings.
    random: { float: () => 1, bytes: (n) => crypto.getRandomValues(new Uint8Array(n)) },
    env: {},
    onRetry: ({ delayMs }) => clock.jump(delayMs),
    ...options,
  });
  return { server, clock, client, calls: () => server.requests.filter(({ url }) => !BOOT.test(url)) };
};
