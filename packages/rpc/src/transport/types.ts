import { createContextKey, type Interceptor, type Transport } from '@connectrpc/connect';

declare module '@somakit/core' {
  interface ErrorContexts {
    /**
     * A call failed on its way, not by a status of the server. Found as the `cause` of a transport's ConnectError.
     * `sent: false` says that the server cannot have acted on the request, so that anything may be tried again.
     */
    RPC_TRANSPORT: { readonly reason: TransportFailure; readonly sent: boolean; readonly url: string };
  }
}

/** Why a call failed on its way. */
export type TransportFailure =
  /** No connection could be made. */
  | 'connect'
  /** None was made in time. */
  | 'connect-timeout'
  /** The connection ended in mid-call. */
  | 'closed'
  /** The server refused the stream without looking at it. */
  | 'refused'
  /** The server reset the stream. */
  | 'reset'
  /** The peer did not answer a ping. */
  | 'keep-alive'
  /** What came back is no gRPC. */
  | 'protocol'
  /** The call's deadline. */
  | 'deadline'
  /** The caller's signal. */
  | 'aborted';

/** Of a stream that alone keeps no process alive. */
export const BACKGROUND = /* @__PURE__ */ createContextKey(false, { description: 'in the background' });

/** A call of a service whose bodies are not protobuf. */
export interface RawUnaryCall {
  /** Such as `/faucet.Faucet/RequestGas`. */
  readonly path: string;
  readonly body: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly header?: HeadersInit | undefined;
  /** Defaults to the transport's limit. */
  readonly maxReceiveBytes?: number | undefined;
}

export interface RawUnaryReply {
  readonly body: Uint8Array;
  readonly header: Headers;
  readonly trailer: Headers;
}

/** Connect's transport, with raw calls over the same connection and an end. */
export interface RpcTransport extends Transport {
  readonly url: string;
  /** @throws ConnectError like every call of a transport. */
  rawUnary(call: RawUnaryCall): Promise<RawUnaryReply>;
  /** Drops the connections. A later call opens new ones. */
  close(): void;
}

/** What every transport can be told. */
export interface TransportOptions {
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Connect's interceptors; they see protobuf calls, not raw ones. The last one is nearest to the wire. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Deadline of calls that bring none. Streams have none unless they ask for it. */
  readonly timeoutMs?: number | undefined;
  /** The longest message to take, after decompression; 4 MiB unless told otherwise. */
  readonly maxReceiveBytes?: number | undefined;
}
