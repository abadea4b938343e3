import { type DescMessage, type DescMethod, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { encoderOf } from './encode.js';
import type { CallContext, RawServiceDefinition, ServiceDefinition } from './types.js';

interface RouteBase {
  readonly path: string;
  readonly service: string;
  readonly method: string;
  /** Protobuf services attach a google.rpc.Status to every error of a handler, raw ones do not. */
  readonly raw: boolean;
}
export interface UnaryRoute extends RouteBase {
  readonly kind: 'unary';
  run(body: Uint8Array, context: CallContext): Uint8Array | Promise<Uint8Array>;
}
export interface ServerStreamRoute extends RouteBase {
  readonly kind: 'server-stream';
  run(body: Uint8Array, context: CallContext): AsyncIterable<Uint8Array>;
}
export interface BidiRoute extends RouteBase {
  readonly kind: 'bidi';
  run(bodies: AsyncIterable<Uint8Array>, context: CallContext): AsyncIterable<Uint8Array>;
}
/** A method as bytes to bytes: the same for every protocol, for protobuf and for raw bodies. */
export type Route = UnaryRoute | ServerStreamRoute | BidiRoute;

/** Every method by its path, and the services, whose unknown methods are UNIMPLEMENTED rather than not found. */
export interface RouteTable {
  readonly routes: ReadonlyMap<string, Route>;
  readonly services: ReadonlySet<string>;
}

const decode = (schema: DescMessage, body: Uint8Array) => {
  try {
    return fromBinary(schema, body);
  } catch (error) {
    throw new ConnectError(
      `failed to decode Protobuf message: ${error instanceof Error ? error.message : String(error)}`,
      Code.Internal,
      undefined,
      undefined,
      error,
    );
  }
};

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (value as { then?: unknown }).then === 'function';

const routeOf = (method: DescMethod, handler: ServiceDefinition['handlers'][string]): Route => {
  const service = method.parent.typeName;
  const base = { path: `/${service}/${method.name}`, service, method: method.name, raw: false };
  const { input } = method;
  const encode = encoderOf(method.output);
  if (handler === undefined) {
    const refuse = () => {
      throw new ConnectError('', Code.Unimplemented);
    };
    return { ...base, kind: 'unary', run: refuse };
  }
  /** A frozen reply goes to many, and is written once. */
  const written = new WeakMap<object, Uint8Array>();
  const shared = (reply: MessageInitShape<DescMessage>): Uint8Array => {
    if (!Object.isFrozen(reply)) return encode(reply);
    const known = written.get(reply);
    if (known !== undefined) return known;
    const bytes = encode(reply);
    written.set(reply, bytes);
    return bytes;
  };
  // No generator: each would put several promises between a handler and its reader.
  const encodeAll = (replies: AsyncIterable<MessageInitShape<DescMessage>>): AsyncIterable<Uint8Array> => ({
    [Symbol.asyncIterator]: () => {
      const iterator = replies[Symbol.asyncIterator]();
      const onNext = (next: IteratorResult<MessageInitShape<DescMessage>>): IteratorResult<Uint8Array> =>
        next.done === true ? { done: true, value: undefined } : { done: false, value: shared(next.value) };
      return {
        next: () => iterator.next().then(onNext),
        return: async () => {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  });
  switch (method.methodKind) {
    case 'unary':
      return {
        ...base,
        kind: 'unary',
        run(body, context) {
          const reply = handler(decode(input, body), context);
          return isPromise(reply) ? reply.then(encode) : encode(reply);
        },
      };
    case 'server_streaming':
      return {
        ...base,
        kind: 'server-stream',
        run: (body, context) => encodeAll(handler(decode(input, body), context)),
      };
    default:
      return {
        ...base,
        kind: 'bidi',
        run(bodies, context) {
          const requests = async function* () {
            for await (const body of bodies) yield decode(input, body);
          };
          return encodeAll(handler(requests(), context));
        },
      };
  }
};

/** The table of all methods of these services. */
export const routeTable = (
  services: readonly ServiceDefinition[],
  rawServices: readonly RawServiceDefinition[],
): RouteTable => {
  const routes = new Map<string, Route>();
  const names = new Set<string>();
  for (const { descriptor, handlers } of services) {
    names.add(descriptor.typeName);
    for (const method of descriptor.methods) {
      const route = routeOf(method, handlers[method.localName]?.bind(handlers));
      routes.set(route.path, route);
    }
  }
  for (const { name, handlers } of rawServices) {
    names.add(name);
    for (const [method, handler] of Object.entries(handlers)) {
      const path = `/${name}/${method}`;
      routes.set(path, {
        path,
        service: name,
        method,
        raw: true,
        kind: 'unary',
        run: (body, context) => handler(body, context),
      });
    }
  }
  return { routes, services: names };
};

/** The service part of `/service/Method`, or undefined when the path has another form. */
export const serviceOf = (path: string): string | undefined => {
  const end = path.indexOf('/', 1);
  return path.charCodeAt(0) === 47 && end > 1 && path.indexOf('/', end + 1) === -1 ? path.slice(1, end) : undefined;
};
