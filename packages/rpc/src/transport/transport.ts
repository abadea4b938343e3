import {
  create,
  type DescMessage,
  type DescMethodStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type Interceptor,
  type StreamRequest,
  type StreamResponse,
  type UnaryRequest,
  type UnaryResponse,
} from '@connectrpc/connect';
import { DEFAULT_MESSAGE_LIMIT } from '../wire/frames.js';
import type { Channel, ChannelReply } from './channel.js';
import { BACKGROUND, type RpcTransport, type TransportOptions } from './types.js';

const parse = <O extends DescMessage>(schema: O, body: Uint8Array): MessageShape<O> => {
  try {
    return fromBinary(schema, body);
  } catch (error) {
    throw new ConnectError('the reply is not a valid message', Code.Internal, undefined, undefined, error);
  }
};

/** A reply whose headers are made when somebody looks: most callers never do. */
class LazyReply<I extends DescMessage, O extends DescMessage> implements UnaryResponse<I, O> {
  readonly stream = false;
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<O>;
  readonly #reply: ChannelReply;
  constructor(method: DescMethodUnary<I, O>, reply: ChannelReply) {
    this.method = method;
    this.message = parse(method.output, reply.body);
    this.#reply = reply;
  }
  get service() {
    return this.method.parent;
  }
  get header(): Headers {
    return this.#reply.header();
  }
  get trailer(): Headers {
    return this.#reply.trailer();
  }
}

type Next = ReturnType<Interceptor>;

/** Connect's transport, and raw calls, over anything that carries bytes. */
export const transportOver = (channel: Channel, options: TransportOptions): RpcTransport => {
  const { interceptors = [], timeoutMs: defaultTimeout, maxReceiveBytes = DEFAULT_MESSAGE_LIMIT } = options;
  const wrap = (next: Next): Next => interceptors.reduceRight((inner, each) => each(inner), next);

  const unary = async <I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
    message: MessageShape<I>,
  ): Promise<UnaryResponse<I, O>> =>
    new LazyReply(
      method,
      await channel.unary({
        path: `/${method.parent.typeName}/${method.name}`,
        body: toBinary(method.input, message),
        header,
        signal,
        timeoutMs,
        maxReceiveBytes,
      }),
    );

  const stream = async <I extends DescMessage, O extends DescMessage>(
    method: DescMethodStreaming<I, O>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    header: HeadersInit | undefined,
    messages: AsyncIterable<MessageInitShape<I>>,
    contextValues: ContextValues | undefined,
  ): Promise<StreamResponse<I, O>> => {
    const bodies = async function* () {
      for await (const message of messages) yield toBinary(method.input, create(method.input, message));
    };
    const path = `/${method.parent.typeName}/${method.name}`;
    const reply = await channel.stream({
      path,
      bodies: bodies(),
      header,
      signal,
      timeoutMs,
      maxReceiveBytes,
      background: contextValues?.get(BACKGROUND) ?? false,
    });
    const replies = async function* () {
      for await (const body of reply.bodies) yield parse(method.output, body);
    };
    return {
      stream: true,
      service: method.parent,
      method,
      message: replies(),
      get header() {
        return reply.header();
      },
      get trailer() {
        return reply.trailer();
      },
    };
  };

  const common = (path: string, signal: AbortSignal | undefined, header: HeadersInit | undefined) => ({
    requestMethod: 'POST',
    url: channel.url + path,
    signal: signal ?? new AbortController().signal,
    header: new Headers(header),
  });

  return {
    url: channel.url,
    unary(method, signal, timeoutMs = defaultTimeout, header, input, contextValues) {
      const message = create(method.input, input);
      if (interceptors.length === 0) return unary(method, signal, timeoutMs, header, message);
      const run = wrap((request) => {
        const { message, header, signal } = request as UnaryRequest<typeof method.input, typeof method.output>;
        return unary(method, signal, timeoutMs, header, message);
      });
      return run({
        ...common(`/${method.parent.typeName}/${method.name}`, signal, header),
        stream: false,
        service: method.parent,
        method,
        message,
        contextValues: contextValues ?? createContextValues(),
      }) as Promise<UnaryResponse<typeof method.input, typeof method.output>>;
    },
    stream(method, signal, timeoutMs, header, input, contextValues) {
      if (interceptors.length === 0) return stream(method, signal, timeoutMs, header, input, contextValues);
      const messages = async function* () {
        for await (const each of input) yield create(method.input, each);
      };
      const run = wrap((request) => {
        const { message, header, signal, contextValues } = request as StreamRequest<
          typeof method.input,
          typeof method.output
        >;
        return stream(
          method,
          signal,
          timeoutMs,
          header,
          message as AsyncIterable<MessageInitShape<typeof method.input>>,
          contextValues,
        );
      });
      return run({
        ...common(`/${method.parent.typeName}/${method.name}`, signal, header),
        stream: true,
        service: method.parent,
        method,
        message: messages(),
        contextValues: contextValues ?? createContextValues(),
      }) as Promise<StreamResponse<typeof method.input, typeof method.output>>;
    },
    async rawUnary({
      path,
      body,
      signal,
      timeoutMs = defaultTimeout,
      header,
      maxReceiveBytes: limit = maxReceiveBytes,
    }) {
      const reply = await channel.unary({ path, body, header, signal, timeoutMs, maxReceiveBytes: limit });
      return { body: reply.body, header: reply.header(), trailer: reply.trailer() };
    },
    close: () => channel.close(),
  };
};
