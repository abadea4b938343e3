// A gRPC call as frames and header blocks, with nothing of ours in between.
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';

export interface WireAnswer {
  readonly headers: IncomingHttpHeaders;
  /** Empty for an error: its status stands in the only header block. */
  readonly trailers: IncomingHttpHeaders;
  readonly messages: readonly Uint8Array[];
  /** The first byte of each message's prefix. */
  readonly flags: readonly number[];
  readonly status: number;
  readonly message: string;
  readonly details: string | undefined;
}

export interface WireStream {
  /** The next message. */
  next(): Promise<Uint8Array>;
  readonly headers: IncomingHttpHeaders;
  close(): void;
}

export interface Wire {
  call(path: string, body: Uint8Array, headers: Record<string, string>): Promise<WireAnswer>;
  /** Resolves when the response headers are there. */
  open(path: string, body: Uint8Array, headers: Record<string, string>): Promise<WireStream>;
  close(): void;
}

const frameOf = (body: Uint8Array): Buffer => {
  const frame = Buffer.alloc(5 + body.length);
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, 5);
  return frame;
};

const framesOf = (
  bytes: Buffer,
): { readonly flag: number; readonly body: Uint8Array; readonly rest: Buffer } | undefined => {
  if (bytes.length < 5) return undefined;
  const end = 5 + bytes.readUInt32BE(1);
  if (bytes.length < end) return undefined;
  return { flag: bytes[0]!, body: Uint8Array.from(bytes.subarray(5, end)), rest: bytes.subarray(end) };
};

export const openWire = (url: string): Wire => {
  const session: ClientHttp2Session = connect(url);
  session.on('error', () => {});
  const start = (path: string, body: Uint8Array, headers: Record<string, string>) => {
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    stream.end(frameOf(body));
    return stream;
  };
  return {
    call: (path, body, headers) =>
      new Promise((resolve, reject) => {
        const stream = start(path, body, headers);
        let head: IncomingHttpHeaders = {};
        let trailers: IncomingHttpHeaders = {};
        const chunks: Buffer[] = [];
        stream.on('response', (received) => {
          head = received;
        });
        stream.on('trailers', (received) => {
          trailers = received;
        });
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('close', () => {
          const messages: Uint8Array[] = [];
          const flags: number[] = [];
          for (let found = framesOf(Buffer.concat(chunks)); found !== undefined; found = framesOf(found.rest)) {
            messages.push(found.body);
            flags.push(found.flag);
          }
          const status = { ...head, ...trailers };
          resolve({
            headers: head,
            trailers,
            messages,
            flags,
            status: Number(status['grpc-status'] ?? -1),
            message: decodeURIComponent(String(status['grpc-message'] ?? '')),
            details: status['grpc-status-details-bin'] as string | undefined,
          });
        });
      }),
    open: (path, body, headers) =>
      new Promise((resolve, reject) => {
        const stream = start(path, body, headers);
        let bytes: Buffer = Buffer.alloc(0);
        let wake: (() => void) | undefined;
        stream.on('data', (chunk: Buffer) => {
          bytes = Buffer.concat([bytes, chunk]);
          wake?.();
        });
        stream.on('error', reject);
        stream.on('response', (received) =>
          resolve({
            headers: received,
            next: async () => {
              for (;;) {
                const found = framesOf(bytes);
                if (found !== undefined) {
                  bytes = found.rest;
                  return found.body;
                }
                await new Promise<void>((ready) => {
                  wake = ready;
                });
              }
            },
            close: () => stream.close(),
          }),
        );
      }),
    close: () => session.destroy(),
  };
};
