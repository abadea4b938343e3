import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface TestServer {
  readonly url: string;
  readonly server: Server;
  /** The sockets that are open now: those of calls, and for some seconds idle ones that wait for the next call. */
  readonly sockets: ReadonlySet<Socket>;
  /** How many answers are neither finished nor broken off. */
  readonly busy: number;
  /** Every request that came in, with its body. */
  readonly requests: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
    body: string;
  }[];
  /** Resolves when `condition` holds, looking each time a socket closes or a millisecond passes. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const open = new Set<TestServer>();

/** Closes every server of this test. */
export const closeServers = async (): Promise<void> => {
  await Promise.all([...open].map((each) => each.close()));
};

/** An HTTP server on a free loopback port. */
export const serve = async (
  handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<TestServer> => {
  const sockets = new Set<Socket>();
  let busy = 0;
  const requests: TestServer['requests'] = [];
  const listener: RequestListener = (request, response) => {
    const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: '' };
    requests.push(seen);
    request.on('data', (part: Uint8Array) => {
      seen.body += new TextDecoder().decode(part);
    });
    busy++;
    response.on('error', () => {});
    response.on('close', () => busy--);
    void handler(request, response);
  };
  const server = createServer({ keepAlive: true }, listener);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const result: TestServer = {
    url: `http://127.0.0.1:${port}`,
    server,
    get busy() {
      return busy;
    },
    sockets,
    requests,
    until: async (condition) => {
      const deadline = Date.now() + 10_000;
      while (!condition()) {
        if (Date.now() > deadline) throw new Error('the condition did not come true within 10 s');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    close: async () => {
      open.delete(result);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  open.add(result);
  return result;
};

export const json = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};

/** Answers with a body that has no end. */
export const endlessBody = (_request: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(200);
  const write = () => {
    while (!response.destroyed && response.write(new Uint8Array(65_536)));
  };
  response.on('drain', write);
  write();
};
