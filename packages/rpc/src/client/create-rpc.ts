import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type Clock, checkTimeout, invalidArgument, type Random, type RetryPolicy } from '@somakit/core';
import { type DataCalls, dataCalls } from '../data/calls.js';
import { createFallbackTransport } from '../transport/fallback.js';
import type { RpcTransport } from '../transport/types.js';
import { type CallOptions, type ClientContext, read } from './core.js';
import { type ExecutionCalls, executionCalls } from './execution.js';
import { type LedgerCalls, ledgerCalls } from './ledger.js';
import { type StateCalls, stateCalls } from './state.js';
import { type SubscriptionCalls, subscriptionCalls } from './subscription.js';
import { type WaitCalls, waitCalls } from './wait.js';

/** What clients of a server take. */
export interface ClientOptions {
  /** Where the server is. */
  readonly url?: string | undefined;
  /** Several servers of the same chain, the preferred one first. */
  readonly urls?: readonly string[] | undefined;
  /** Instead of a URL: a transport of `@somakit/rpc/node`, `/web` or `/memory`. The caller closes it. */
  readonly transport?: RpcTransport | undefined;
  /** Sent with every call; not to a transport that was given. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How reads are repeated while the server is unavailable; false for never. Default: 4 attempts within a minute. */
  readonly retry?: RetryPolicy | false | undefined;
  /** For calls that bring no limit of their own. None by default. */
  readonly timeoutMs?: number | undefined;
  /** The longest reply; default 128 MiB, because a system state holds the embeddings of all models. */
  readonly maxReceiveBytes?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The reads of a ledger node. */
export interface RpcReader extends LedgerCalls, StateCalls, SubscriptionCalls {
  readonly url: string;
  /** The transport beneath, for whatever this client has no call for. */
  readonly transport: RpcTransport;
  /** Any unary method by its descriptor, message in and message out, with the retries and errors of a read. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    options?: CallOptions,
  ): Promise<MessageShape<O>>;
  /** Drops the connections. A later call opens new ones. */
  close(): void;
}

/** Every call of a ledger node. */
export interface Rpc extends RpcReader, ExecutionCalls, WaitCalls, DataCalls {}

export interface TransportParameters {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly maxReceiveBytes?: number | undefined;
}

/** Makes the transport of a URL: gRPC in Node, gRPC-Web elsewhere. */
export type TransportFactory = (parameters: TransportParameters) => RpcTransport;

/** What calls need, from a client's options. @throws INVALID_ARGUMENT */
export const contextOf = (options: ClientOptions, makeTransport: TransportFactory, limit: number): ClientContext => {
  const { url, urls, transport, headers, retry = {}, timeoutMs, maxReceiveBytes = limit, clock, random } = options;
  checkTimeout(timeoutMs);
  const given = [url, urls, transport].filter((each) => each !== undefined).length;
  if (given !== 1) throw invalidArgument('url', 'exactly one of url, urls and transport', { url, urls });
  const all = urls ?? (url === undefined ? [] : [url]);
  for (const each of all) {
    if (typeof each !== 'string' || !URL.canParse(each) || !/^https?:$/.test(new URL(each).protocol)) {
      throw invalidArgument('url', 'an http: or https: URL', each);
    }
  }
  const made = all.map((each) => makeTransport({ url: each, headers, maxReceiveBytes }));
  const chosen = transport ?? (made.length === 1 ? made[0]! : createFallbackTransport(made));
  return { transport: chosen, retry, timeoutMs, clock, random };
};

export const REPLY_LIMIT = 128 * 1024 * 1024;

const readsOf = (context: ClientContext, ledger: LedgerCalls): RpcReader => ({
  get url() {
    return context.transport.url;
  },
  transport: context.transport,
  ...ledger,
  ...stateCalls(context),
  ...subscriptionCalls(context, ledger),
  call: (method, input, callOptions = {}) => read(context, method, input, callOptions),
  close: () => context.transport.close(),
});

/** `createRpcReader` over a given kind of transport. */
export const readerOver = (options: ClientOptions, makeTransport: TransportFactory): RpcReader => {
  const context = contextOf(options, makeTransport, REPLY_LIMIT);
  return readsOf(context, ledgerCalls(context));
};

/** `createRpc` over a given kind of transport. */
export const rpcOver = (options: ClientOptions, makeTransport: TransportFactory): Rpc => {
  const context = contextOf(options, makeTransport, REPLY_LIMIT);
  const ledger = ledgerCalls(context);
  const execution = executionCalls(context, ledger);
  // Not by spreading alone: the URL may change with the endpoint that is well.
  return Object.assign(
    readsOf(context, ledger),
    execution,
    waitCalls(context, ledger, execution),
    dataCalls(context, ledger),
  );
};
