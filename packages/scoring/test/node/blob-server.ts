import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Route = Uint8Array | ((request: IncomingMessage, response: ServerResponse) => void);

/** A web server for blobs on a free port of the loopback. */
export const startBlobServer = async () => {
  const routes = new Map<string, Route>();
  const hits = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    hits.set(path, (hits.get(path) ?? 0) + 1);
    const route = routes.get(path);
    if (route === undefined) response.writeHead(404).end('nothing here');
    else if (typeof route === 'function') route(request, response);
    else response.writeHead(200, { 'content-length': route.length }).end(route);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    hits: (path: string): number => hits.get(path) ?? 0,
    put: (path: string, route: Route): string => {
      routes.set(path, route);
      return `${url}${path}`;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export type BlobServer = Awaited<ReturnType<typeof startBlobServer>>;
