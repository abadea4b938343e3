import { transportOver } from '../transport/transport.js';
import type { RpcTransport, TransportOptions } from '../transport/types.js';
import { type NodeChannelOptions, nodeChannel } from './channel.js';

export { transportFailure } from '../transport/failure.js';
export { createFallbackTransport, type FallbackOptions } from '../transport/fallback.js';
export type {
  RawUnaryCall,
  RawUnaryReply,
  RpcTransport,
  TransportFailure,
  TransportOptions,
} from '../transport/types.js';
export type { KeepAlive } from './connection.js';
export {
  createDataServer,
  type DataServer,
  type DataServerOptions,
  type LocalModel,
  type ScoreLocalParameters,
  type ServedData,
  scoreLocal,
} from './data-server.js';
export { type LocalData, type RangeSource, sendRange } from './range.js';
export type { TlsOptions } from './tls.js';

/** Options of {@link createNodeTransport}. */
export interface NodeTransportOptions extends TransportOptions, NodeChannelOptions {}

/**
 * A gRPC transport over `node:http2`. Opens its connection with the first call, pings it while calls are open, makes a
 * new one when it is lost, and keeps no process alive between calls.
 *
 * @throws INVALID_ARGUMENT for a URL that is none.
 *
 * @example
 * import { createNodeTransport } from '@somakit/rpc/node';
 * import { LedgerService } from '@somakit/rpc/proto';
 * const transport = createNodeTransport({ url: 'http://127.0.0.1:9000' });
 * const { message } = await transport.unary(LedgerService.method.getServiceInfo, undefined, 5_000, undefined, {});
 * console.log(message.chain);
 * transport.close();
 */
export const createNodeTransport = (options: NodeTransportOptions): RpcTransport =>
  transportOver(nodeChannel(options), options);
