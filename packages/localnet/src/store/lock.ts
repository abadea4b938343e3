import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '@somakit/core';
import { blake2b256 } from '@somakit/crypto';

/** Socket addresses must fit into 107 bytes on Linux, 103 elsewhere. */
const MAX_PATH = 100;

const addressOf = (folder: string): string => {
  const name = `somakit-${toHex(blake2b256(new TextEncoder().encode(folder))).slice(2, 34)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const inside = join(folder, 'in-use.sock');
  return Buffer.byteLength(inside) <= MAX_PATH ? inside : join(tmpdir(), `${name}.sock`);
};

const listen = (server: Server, address: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(address, () => resolve(true));
  });

/** Who is there; undefined when it is a dead process' socket. */
const ask = (address: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(address);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => resolve(undefined));
    socket.on('end', () => {
      socket.destroy();
      resolve(text);
    });
  });

/**
 * Takes a folder for this process; undefined when another has it. A socket instead of a file with a process id: the
 * system takes it back however the process ends, and no later process can be taken for it.
 */
export const lockFolder = async (folder: string): Promise<{ release(): Promise<void> } | undefined> => {
  const address = addressOf(folder);
  const token = randomBytes(16).toString('hex');
  for (let attempt = 0; attempt < 2; attempt++) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(token);
    });
    if (await listen(server, address)) {
      server.unref();
      // Another process may have cleared away our socket as a dead one, just as we did.
      if ((await ask(address)) !== token) {
        server.close();
        return undefined;
      }
      return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    }
    if ((await ask(address)) !== undefined) return undefined;
    try {
      unlinkSync(address);
    } catch {
      // Somebody was faster; the next attempt tells.
    }
  }
  return undefined;
};
