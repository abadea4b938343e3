import { Code, ConnectError } from '@connectrpc/connect';
import { findRoute } from '../service/find-route.js';
import { type Route, routeTable } from '../service/routes.js';
import type { CallContext, RawServiceDefinition, ServiceDefinition } from '../service/types.js';
import type { Channel } from '../transport/channel.js';
import { transportError } from '../transport/failure.js';
import { tooLarge } from '../wire/frames.js';
import { errorFromTrailers, metadataOf, statusOf, trailersOf } from '../wire/status.js';

export interface MemoryChannelOptions {
  readonly services?: readonly ServiceDefinition[] | undefined;
  readonly rawServices?: readonly RawServiceDefinition[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const URL = 'memory:';

interface Parameters {
  readonly path: string;
  readonly header: HeadersInit | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
}

/** The caller's and the handler's view of one call without a wire between them. */
const open = ({ path, header, signal, timeoutMs }: Parameters, base: Readonly<Record<string, string>>) => {
  const request = new Headers(base);
  new Headers(header).forEach((value, name) => {
    request.set(name, value);
  });
  const reply = new Headers();
  const trailer = new Headers();
  const controller = new AbortController();
  let failed: (error: unknown) => void = () => {};
  /** Rejects when the call ends from outside. */
  const over = new Promise<never>((_, reject) => {
    failed = reject;
  });
  over.catch(() => {});
  const stop = (error: ConnectError) => {
    failed(error);
    controller.abort(error);
  };
  const onAbort = () =>
    stop(transportError('aborted', 'the call was aborted', { url: URL, sent: true, cause: signal?.reason }));
  const late = () =>
    stop(transportError('deadline', `the call did not end within ${timeoutMs} ms`, { url: URL, sent: true }));
  const timer = timeoutMs === undefined ? undefined : setTimeout(late, Math.min(timeoutMs, 2_147_483_647));
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort);
  const context: CallContext = {
    path,
    signal: controller.signal,
    timeoutMs,
    peer: undefined,
    header: (name) => request.get(name) ?? undefined,
    setHeader: (name, value) => reply.set(name, value),
    setTrailer: (name, value) => trailer.set(name, value),
  };
  return {
    context,
    over,
    header: () => reply,
    trailer: () => trailer,
    cancel: () => stop(transportError('aborted', 'the call was ended', { url: URL, sent: true })),
    close() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    },
    /** A handler's error as the caller would see it behind a wire. */
    seen(error: unknown, raw: boolean): unknown {
      if (controller.signal.aborted && error === controller.signal.reason) return error;
      const trailers: Record<string, string> = trailersOf(statusOf(error, !raw));
      const metadata = new Headers(reply);
      for (const [name, value] of [...metadataOf(error), ...Object.entries(trailers)]) metadata.append(name, value);
      return (
        errorFromTrailers(
          (name) => trailers[name],
          () => metadata,
        ) ?? error
      );
    },
  };
};

/** Calls straight into handlers, through the same bytes and statuses as over a wire. */
export const memoryChannel = ({ services = [], rawServices = [], headers = {} }: MemoryChannelOptions): Channel => {
  const table = routeTable(services, rawServices);
  const routeOf = (path: string): Route => {
    const route = findRoute(table, path);
    if (route === undefined) throw new ConnectError(`there is no ${path}`, Code.Unimplemented);
    return route;
  };
  const sized = (body: Uint8Array, limit: number): Uint8Array => {
    if (body.length > limit) throw tooLarge(body.length, limit);
    return body;
  };
  return {
    url: URL,
    async unary(call) {
      const route = routeOf(call.path);
      const session = open(call, headers);
      try {
        const run = async () => {
          if (route.kind !== 'unary') throw new ConnectError('not a unary method', Code.Unimplemented);
          return route.run(call.body, session.context);
        };
        const body = await Promise.race([session.over, run()]);
        return { body: sized(body, call.maxReceiveBytes), header: session.header, trailer: session.trailer };
      } catch (error) {
        throw session.seen(error, route.raw);
      } finally {
        session.close();
      }
    },
    async stream(call) {
      const route = routeOf(call.path);
      const session = open(call, headers);
      const start = async function* (): AsyncGenerator<Uint8Array> {
        if (route.kind === 'bidi') yield* route.run(call.bodies, session.context);
        else {
          for await (const body of call.bodies) {
            if (route.kind === 'server-stream') yield* route.run(body, session.context);
            else yield route.run(body, session.context);
            return;
          }
          throw new ConnectError('Missing request message.', Code.Internal);
        }
      };
      const replies = start();
      const bodies = async function* () {
        let ended = false;
        try {
          for (;;) {
            const next = await Promise.race([session.over, replies.next()]);
            if (next.done === true) {
              ended = true;
              return;
            }
            yield sized(next.value, call.maxReceiveBytes);
          }
        } catch (error) {
          ended = true;
          session.cancel();
          throw session.seen(error, route.raw);
        } finally {
          if (!ended) session.cancel();
          session.close();
          void replies.return(undefined).catch(() => {});
        }
      };
      return { bodies: bodies(), header: session.header, trailer: session.trailer };
    },
    close() {},
  };
};
