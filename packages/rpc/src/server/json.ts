import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, type ConnectRouter, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { statusName } from '../service/implement.js';
import type { CallContext, ServiceDefinition } from '../service/types.js';
import { statusOf } from '../wire/status.js';
import type { CallHost } from './call.js';

const contextOf = (context: HandlerContext): CallContext => ({
  path: `/${context.service.typeName}/${context.method.name}`,
  signal: context.signal,
  timeoutMs: context.timeoutMs(),
  peer: undefined,
  header: (name) => context.requestHeader.get(name) ?? undefined,
  setHeader: (name, value) => context.responseHeader.set(name, value),
  setTrailer: (name, value) => context.responseTrailer.set(name, value),
});

const wrap = (host: CallHost, method: DescMethod, handler: NonNullable<ServiceDefinition['handlers'][string]>) => {
  const path = `/${method.parent.typeName}/${method.name}`;
  const settle = (started: number, error?: unknown): unknown => {
    const status = error === undefined ? { code: 0, message: '' } : statusOf(error, false);
    host.report?.({
      path,
      protocol: 'connect',
      code: statusName(status.code),
      message: status.message,
      ms: performance.now() - started,
      // Connect's adapter does the framing here and does not tell sizes.
      requestBytes: 0,
      responseBytes: 0,
      peer: undefined,
      ...(error === undefined || error instanceof ConnectError || status.code === Code.InvalidArgument
        ? {}
        : { defect: error }),
    });
    return error instanceof ConnectError ? error : new ConnectError(status.message, status.code);
  };
  const prepare = (context: HandlerContext): CallContext => {
    for (const [name, value] of Object.entries(host.headers())) context.responseHeader.set(name, value);
    return contextOf(context);
  };
  if (method.methodKind === 'unary') {
    return async (request: unknown, context: HandlerContext) => {
      const started = performance.now();
      try {
        const reply = await handler(request, prepare(context));
        settle(started);
        return reply;
      } catch (error) {
        throw settle(started, error);
      }
    };
  }
  return async function* (request: unknown, context: HandlerContext) {
    const started = performance.now();
    try {
      yield* handler(request, prepare(context));
      settle(started);
    } catch (error) {
      throw settle(started, error);
    }
  };
};

/** The Connect protocol, which is what `curl` with JSON speaks: rare enough to leave to Connect's own adapter. */
export const jsonHandler = (
  services: readonly ServiceDefinition[],
  host: CallHost,
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  const routes = (router: ConnectRouter): void => {
    for (const { descriptor, handlers } of services) {
      const implementation: Record<string, unknown> = {};
      for (const method of descriptor.methods) {
        const handler = handlers[method.localName]?.bind(handlers);
        if (handler !== undefined) implementation[method.localName] = wrap(host, method, handler);
      }
      router.service(descriptor, implementation as Partial<ServiceImpl<typeof descriptor>>);
    }
  };
  return connectNodeAdapter({
    routes,
    grpc: false,
    grpcWeb: false,
    connect: true,
    readMaxBytes: host.limits.maxMessageBytes,
    compressMinBytes: host.limits.compressMinBytes,
  }) as (request: IncomingMessage, response: ServerResponse) => void;
};
