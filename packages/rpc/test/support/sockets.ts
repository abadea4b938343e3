import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A plain socket to a port, and its end. */
export const dial = (port: number): { readonly socket: Socket; readonly closed: Promise<Buffer> } => {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  socket.on('error', () => {});
  return { socket, closed: new Promise((resolve) => socket.on('close', () => resolve(Buffer.concat(parts)))) };
};

/** A server that does what it is told with each connection. */
export const listenRaw = async (
  onSocket: (socket: Socket) => void,
): Promise<{ readonly url: string; readonly port: number; close(): Promise<void> }> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        for (const each of sockets) each.destroy();
        server.close(() => resolve());
      }),
  };
};

/** Waits until something holds, looking again and again. */
export const until = async (holds: () => boolean, ms = 5_000): Promise<void> => {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`does not hold after ${ms} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
