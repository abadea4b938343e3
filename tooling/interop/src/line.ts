import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A line to a node that can hold bytes back, in one direction, and be cut. */
export interface Line {
  readonly url: string;
  /** Listens again, at the same place, and holds nothing back. */
  open(): Promise<void>;
  hold(what: 'answers' | 'requests'): void;
  /** How many bytes have been held back. */
  heldBytes(): number;
  /** Calls back once, when the next bytes have gone on to the node. */
  onRequest(callback: () => void): void;
  cut(): Promise<void>;
}

export const openLine = async (port: number): Promise<Line> => {
  const sockets = new Set<Socket>();
  let held: 'answers' | 'requests' | undefined;
  let heldBytes = 0;
  let onRequest: (() => void) | undefined;
  const accept = (client: Socket): void => {
    const node = connect({ host: '127.0.0.1', port });
    for (const [from, to, what] of [
      [client, node, 'requests'],
      [node, client, 'answers'],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (held === what) {
          heldBytes += bytes.length;
          return;
        }
        to.write(bytes, () => {
          if (what !== 'requests') return;
          onRequest?.();
          onRequest = undefined;
        });
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  };
  let server: Server | undefined;
  let at = 0;
  const open = async (): Promise<void> => {
    held = undefined;
    heldBytes = 0;
    server = createServer(accept);
    await new Promise<void>((resolve) => server!.listen(at, '127.0.0.1', resolve));
    at = (server.address() as AddressInfo).port;
  };
  await open();
  return {
    url: `http://127.0.0.1:${at}`,
    open,
    hold: (what) => {
      held = what;
    },
    heldBytes: () => heldBytes,
    onRequest: (callback) => {
      onRequest = callback;
    },
    cut: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server?.close(resolve));
    },
  };
};
