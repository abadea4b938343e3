import type {
  DescMethod,
  DescMethodBiDiStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';

/** An HTTP/2 connection as its calls see it. */
export interface CallConnection {
  /**
   * How many streams the peer may still reset before Node's HTTP/2 takes it for an attacker and drops the connection
   * with all its calls. Infinity on versions of Node that can be told not to.
   */
  resetsLeft(): number;
}

/** What a handler knows of its call. */
export interface CallContext {
  /** Full path, such as `/soma.rpc.LedgerService/GetObject`. */
  readonly path: string;
  /** Ends when the caller is gone, the deadline has passed, or a stream is cut for the server to drain. */
  readonly signal: AbortSignal;
  /** What the caller allows, from its start; undefined without a deadline. */
  readonly timeoutMs: number | undefined;
  /** Address of the peer, where there is one. */
  readonly peer: string | undefined;
  /** The HTTP/2 connection of the call, the same object for all its calls; undefined elsewhere. */
  readonly connection?: CallConnection | undefined;
  /** A header of the request by its lower-case name. */
  header(name: string): string | undefined;
  /** Sets a header of the reply. Too late after the first message of a stream. */
  setHeader(name: string, value: string): void;
  /** Sets a trailer of the reply. */
  setTrailer(name: string, value: string): void;
}

type Awaitable<T> = T | Promise<T>;

/** The handler of one method: a function from request to reply, or to an async iterable of replies. */
export type MethodHandler<M extends DescMethod> =
  M extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, context: CallContext) => Awaitable<MessageInitShape<O>>
    : M extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageInitShape<O>>
      : M extends DescMethodBiDiStreaming<infer I, infer O>
        ? (requests: AsyncIterable<MessageShape<I>>, context: CallContext) => AsyncIterable<MessageInitShape<O>>
        : never;

/** Handlers by method name in camelCase. A method without one answers UNIMPLEMENTED. */
export type ServiceHandlers<S extends DescService> = {
  readonly [K in keyof S['method']]?: MethodHandler<S['method'][K]> | undefined;
};

/** A handler of a service whose bodies are not protobuf: bytes in, bytes out. */
export type RawHandler = (body: Uint8Array, context: CallContext) => Awaitable<Uint8Array>;

/** A service with its handlers, made by {@link implement}. */
export interface ServiceDefinition {
  readonly descriptor: DescService;
  // biome-ignore lint/suspicious/noExplicitAny: handlers of many types in one table; `implement` has checked each
  readonly handlers: Readonly<Record<string, ((request: any, context: CallContext) => any) | undefined>>;
}

/** A raw service with its handlers, made by {@link implementRaw}. */
export interface RawServiceDefinition {
  readonly name: string;
  readonly handlers: Readonly<Record<string, RawHandler>>;
}
