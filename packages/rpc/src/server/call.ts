import type { IncomingHttpHeaders } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import { type StatusName, statusName } from '../service/implement.js';
import type { Route } from '../service/routes.js';
import type { CallContext } from '../service/types.js';
import { decompress } from '../wire/compression.js';
import { COMPRESSED, encodeFrame, FrameReader, tooLarge } from '../wire/frames.js';
import { metadataOf, statusOf, trailersOf, type WireStatus } from '../wire/status.js';
import { parseTimeout } from '../wire/timeout.js';
import { type BodyQueue, bodyQueue } from './body-queue.js';
import { type Compressor, chooseEncoding } from './compressor.js';
import type { RpcServerLimits } from './limits.js';
import type { ResetCount } from './resets.js';
import type { HeaderMap, Sink } from './sink.js';

/** What an access hook hears of a finished call. */
export interface CallReport {
  readonly path: string;
  readonly protocol: 'grpc' | 'grpc-web' | 'connect';
  readonly code: StatusName | 'OK';
  readonly message: string;
  readonly ms: number;
  /** Bytes of messages as they were on the wire, prefixes included. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly peer: string | undefined;
  /** What the handler threw, when it was no status: a defect. */
  readonly defect?: unknown;
}

/** What all calls of a server share. */
export interface CallHost {
  readonly limits: RpcServerLimits;
  readonly writers: ReadonlyMap<string, Compressor>;
  readonly calls: Set<Call>;
  buffered: number;
  headers(): HeaderMap;
  readonly report: ((report: CallReport) => void) | undefined;
}

const RECEIVING = 0;
const RUNNING = 1;
const SENDING = 2;
const OVER = 3;
type Phase = typeof RECEIVING | typeof RUNNING | typeof SENDING | typeof OVER;

export interface CallParameters {
  readonly host: CallHost;
  readonly route: Route;
  readonly headers: IncomingHttpHeaders;
  readonly sink: Sink;
  readonly protocol: 'grpc' | 'grpc-web';
  /** Asked only when somebody wants to know. */
  readonly peer: () => string | undefined;
  /** Stops and resumes the request, for streams of requests. */
  readonly flow?: { pause(): void; resume(): void } | undefined;
  readonly connection?: ResetCount | undefined;
}

/** Why a call ends whose peer has left; one for all, since its stack tells nothing and costs most of such an end. */
const GONE = new ConnectError('the caller has gone away', Code.Canceled);

/** Resolves when everything that only waits for promises has run. */
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(resolve));
  });

/**
 * One gRPC or gRPC-Web call from its headers to its end. Whoever owns the connection tells it of chunks, the end and
 * the loss of the request; it answers through its sink, exactly once.
 */
export class Call implements CallContext {
  readonly path: string;
  readonly timeoutMs: number | undefined;
  readonly connection: ResetCount | undefined;
  readonly #peer: () => string | undefined;
  readonly #host: CallHost;
  readonly #route: Route;
  readonly #headers: IncomingHttpHeaders;
  readonly #sink: Sink;
  readonly #protocol: 'grpc' | 'grpc-web';
  readonly #reader: FrameReader;
  readonly #started: number;
  #since: number;
  #phase: Phase = RECEIVING;
  #requestBytes = 0;
  #responseBytes = 0;
  #headSent = false;
  #held = 0;
  #replyHeaders: HeaderMap | undefined;
  #replyTrailers: HeaderMap | undefined;
  #controller: AbortController | undefined;
  #ended: unknown;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #bodies: BodyQueue | undefined;
  #replies: AsyncIterator<Uint8Array> | undefined;

  constructor({ host, route, headers, sink, protocol, peer, flow, connection }: CallParameters) {
    this.#host = host;
    this.#route = route;
    this.#headers = headers;
    this.#sink = sink;
    this.#protocol = protocol;
    this.#reader = new FrameReader(host.limits.maxMessageBytes);
    this.#started = performance.now();
    this.#since = this.#started;
    this.path = route.path;
    this.connection = connection;
    this.#peer = peer;
    const timeout = headers['grpc-timeout'];
    this.timeoutMs = timeout === undefined ? undefined : parseTimeout(String(timeout));
    host.calls.add(this);
    if (this.timeoutMs !== undefined) {
      const late = () => this.fail(new ConnectError('the deadline of the call has passed', Code.DeadlineExceeded));
      // Node fires at once above 2^31; nobody waits 24 days.
      this.#deadline = setTimeout(late, Math.min(this.timeoutMs, 2_147_483_647));
    }
    if (route.kind === 'bidi') {
      this.#bodies = bodyQueue(flow);
      this.#phase = RUNNING;
      void this.#pump(() => route.run(this.#bodies!.bodies, this));
    }
  }

  get peer(): string | undefined {
    return this.#peer();
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ended !== undefined) this.#controller.abort(this.#ended);
    }
    return this.#controller.signal;
  }

  /** A unary call is let through to its end when the server drains, a stream is not. */
  get streaming(): boolean {
    return this.#route.kind !== 'unary';
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  setHeader(name: string, value: string): void {
    this.#replyHeaders ??= {};
    this.#replyHeaders[name.toLowerCase()] = value;
  }

  setTrailer(name: string, value: string): void {
    this.#replyTrailers ??= {};
    this.#replyTrailers[name.toLowerCase()] = value;
  }

  /** Whether the peer has been too slow with its request or with taking the reply. */
  isStuck(now: number): boolean {
    return (this.#phase === RECEIVING || this.#phase === SENDING) && now - this.#since > this.#host.limits.requestMs;
  }

  onChunk(chunk: Uint8Array): void {
    this.#requestBytes += chunk.length;
    if (this.#phase === OVER || this.#phase === SENDING) return;
    this.#reader.push(chunk);
    if (this.#bodies !== undefined) {
      this.#forward();
      return;
    }
    if (this.#phase !== RECEIVING) return;
    this.#held += chunk.length;
    this.#host.buffered += chunk.length;
    if (this.#host.buffered > this.#host.limits.maxBufferedBytes) {
      this.fail(new ConnectError('the server has too many requests on their way in', Code.ResourceExhausted));
      return;
    }
    // A message that is too long is refused by its prefix.
    if (this.#requestBytes === chunk.length || this.#held > this.#host.limits.maxMessageBytes) {
      try {
        this.#reader.check();
        // Whatever follows the first message is ignored, but not for ever.
        if (this.#held > this.#host.limits.maxMessageBytes + 64 * 1024)
          throw tooLarge(this.#held, this.#host.limits.maxMessageBytes);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  /** The request is complete. */
  onEnd(): void {
    if (this.#bodies !== undefined) {
      if (this.#reader.pending > 0)
        this.#bodies.fail(new ConnectError('Unexpected EOF decoding stream.', Code.Internal));
      else this.#bodies.end();
      return;
    }
    if (this.#phase !== RECEIVING) return;
    this.#phase = RUNNING;
    try {
      const frame = this.#reader.next();
      if (frame === undefined) {
        const text = this.#reader.pending > 0 ? 'Unexpected EOF decoding stream.' : 'Missing request message.';
        throw new ConnectError(text, Code.Internal);
      }
      const body = this.#bodyOf(frame.flags, frame.body);
      if (body instanceof Uint8Array) this.#run(body);
      else body.then((bytes) => this.#run(bytes)).catch((error: unknown) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  /** The stream is closed, for whatever reason. */
  onClose(): void {
    if (this.#phase === RECEIVING || this.#phase === RUNNING) {
      this.#stop(GONE);
      this.#finish({ code: GONE.code, message: GONE.rawMessage });
    } else if (this.#phase === SENDING && this.#deadline !== undefined) {
      clearTimeout(this.#deadline);
    }
    this.#phase = OVER;
    this.#host.calls.delete(this);
  }

  /** Ends the call with an error now, whatever its handler is doing. */
  fail(error: unknown, fromHandler = false): void {
    if (this.#phase === SENDING || this.#phase === OVER) return;
    const status = statusOf(error, fromHandler && !this.#route.raw);
    const defect = error instanceof ConnectError || status.code === Code.InvalidArgument ? undefined : error;
    const trailers = trailersOf(status);
    for (const [name, value] of metadataOf(error)) trailers[name] = value;
    if (this.#replyTrailers !== undefined) Object.assign(trailers, this.#replyTrailers);
    this.#toSending();
    try {
      if (this.#headSent) this.#sink.end(trailers);
      else this.#sink.refuse({ ...this.#host.headers(), ...this.#replyHeaders }, trailers);
    } catch {
      // A header that HTTP cannot carry: better no answer than a hanging call.
      this.#sink.cut();
    }
    this.#stop(error);
    this.#finish(status, defect);
  }

  /** Cuts the call off without an answer. */
  cut(): void {
    this.#sink.cut();
  }

  #bodyOf(flags: number, body: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const encoding = this.#headers['grpc-encoding'] as string | undefined;
    if ((flags & COMPRESSED) === 0) return body;
    return decompress(encoding, body, this.#host.limits.maxMessageBytes);
  }

  #forward(): void {
    try {
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) {
        this.#bodies!.push(this.#bodyOf(frame.flags, frame.body));
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #run(body: Uint8Array): void {
    const route = this.#route;
    // The peer may have left, or the deadline passed, while the body was being decompressed.
    if (this.#phase !== RUNNING) return;
    if (route.kind === 'server-stream') {
      void this.#pump(() => route.run(body, this));
      return;
    }
    if (route.kind !== 'unary') return;
    try {
      const reply = route.run(body, this);
      if (reply instanceof Uint8Array) this.#reply(reply);
      else {
        reply.then(
          (bytes) => this.#reply(bytes),
          (error: unknown) => this.fail(error, true),
        );
      }
    } catch (error) {
      this.fail(error, true);
    }
  }

  #reply(bytes: Uint8Array): void {
    if (this.#phase !== RUNNING) return;
    const { limits, writers } = this.#host;
    const offered = this.#headers['grpc-accept-encoding'] as string | undefined;
    const encoding = bytes.length < limits.compressMinBytes ? undefined : chooseEncoding(offered, writers);
    if (encoding === undefined) {
      this.#send(bytes, undefined);
      return;
    }
    const small = writers.get(encoding)!(bytes);
    if (small instanceof Uint8Array) this.#send(small, encoding);
    else {
      small.then(
        (result) => this.#send(result, encoding),
        (error: unknown) => this.fail(error),
      );
    }
  }

  #send(bytes: Uint8Array, encoding: string | undefined): void {
    if (this.#phase !== RUNNING) return;
    const headers = this.#host.headers();
    if (this.#replyHeaders !== undefined) Object.assign(headers, this.#replyHeaders);
    if (encoding !== undefined) headers['grpc-encoding'] = encoding;
    const trailers: HeaderMap = { 'grpc-status': '0' };
    if (this.#replyTrailers !== undefined) Object.assign(trailers, this.#replyTrailers);
    const frame = encodeFrame(bytes, encoding === undefined ? 0 : COMPRESSED);
    this.#responseBytes = frame.length;
    this.#toSending();
    try {
      this.#sink.reply(headers, frame, trailers);
    } catch {
      this.#sink.cut();
    }
    this.#finish({ code: 0, message: '' });
  }

  async #pump(start: () => AsyncIterable<Uint8Array>): Promise<void> {
    let iterator: AsyncIterator<Uint8Array> | undefined;
    try {
      iterator = start()[Symbol.asyncIterator]();
      this.#replies = iterator;
      const { limits, writers } = this.#host;
      const encoding = chooseEncoding(this.#headers['grpc-accept-encoding'] as string | undefined, writers);
      let next = iterator.next();
      // A refusal at the start goes out without a head; otherwise the head must not wait for the first message.
      await Promise.race([next, settled()]);
      if (this.#phase === RUNNING) {
        const headers = { ...this.#host.headers(), ...this.#replyHeaders };
        if (encoding !== undefined) headers['grpc-encoding'] = encoding;
        this.#headSent = true;
        this.#sink.head(headers);
      }
      for (;;) {
        const { done, value } = await next;
        if (this.#phase !== RUNNING) break;
        if (done === true) {
          this.#toSending();
          this.#sink.end({ 'grpc-status': '0', ...this.#replyTrailers });
          this.connection?.crossed();
          this.#finish({ code: 0, message: '' });
          return;
        }
        const small =
          encoding !== undefined && value.length >= limits.compressMinBytes
            ? await writers.get(encoding)!(value)
            : undefined;
        if (this.#phase !== RUNNING) break;
        const frame = encodeFrame(small ?? value, small === undefined ? 0 : COMPRESSED);
        this.#responseBytes += frame.length;
        if (!this.#sink.write(frame)) await this.#drained();
        next = iterator.next();
      }
    } catch (error) {
      this.fail(error, true);
    }
    // Whatever the handler still does is of no use; its clean-up runs when it comes to rest.
    if (this.#ended === undefined) void iterator?.return?.()?.catch?.(() => {});
  }

  async #drained(): Promise<void> {
    // While it waits for the reader, the call counts as sending for the stuck check, and as running for everything else.
    this.#since = performance.now();
    this.#waiting = true;
    await this.#sink.drained();
    this.#waiting = false;
  }
  #waiting = false;

  /** Whether a stream has waited too long for its reader. */
  isStalled(now: number): boolean {
    return this.#waiting && now - this.#since > this.#host.limits.requestMs;
  }

  #toSending(): void {
    this.#phase = SENDING;
    this.#since = performance.now();
  }

  #stop(reason: unknown): void {
    this.#ended = reason ?? true;
    this.#controller?.abort(reason);
    this.#bodies?.fail(reason);
    // A handler that waits for its next reply need not listen to the signal.
    void this.#replies?.return?.()?.catch?.(() => {});
  }

  #finish(status: WireStatus, defect?: unknown): void {
    if (this.#deadline !== undefined) {
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
    }
    this.#host.buffered -= this.#held;
    this.#held = 0;
    this.#host.report?.({
      path: this.path,
      protocol: this.#protocol,
      code: statusName(status.code),
      message: status.message,
      ms: performance.now() - this.#started,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      peer: this.peer,
      ...(defect === undefined ? {} : { defect }),
    });
  }
}
