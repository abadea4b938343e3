import { transportOver } from '../transport/transport.js';
import type { RpcTransport, TransportOptions } from '../transport/types.js';
import { type WebChannelOptions, webChannel } from './channel.js';

export { transportFailure } from '../transport/failure.js';
export { createFallbackTransport, type FallbackOptions } from '../transport/fallback.js';
export type {
  RawUnaryCall,
  RawUnaryReply,
  RpcTransport,
  TransportFailure,
  TransportOptions,
} from '../transport/types.js';

/** Options of {@link createWebTransport}. */
export interface WebTransportOptions extends TransportOptions, WebChannelOptions {}

/**
 * A gRPC-Web transport over `fetch`, for browsers, workers and edge runtimes. Unary calls and server streams.
 *
 * @throws INVALID_ARGUMENT for a URL that is none.
 *
 * @example
 * import { createWebTransport } from '@somakit/rpc/web';
 * import { StateService } from '@somakit/rpc/proto';
 * const transport = createWebTransport({ url: 'http://127.0.0.1:9000' });
 * const owner = '0'.repeat(64);
 * const { message } = await transport.unary(StateService.method.getBalance, undefined, 5_000, undefined, { owner });
 * console.log(message.balance);
 */
export const createWebTransport = (options: WebTransportOptions): RpcTransport =>
  transportOver(webChannel(options), options);
