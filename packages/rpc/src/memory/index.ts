import { transportOver } from '../transport/transport.js';
import type { RpcTransport, TransportOptions } from '../transport/types.js';
import { type MemoryChannelOptions, memoryChannel } from './channel.js';

export { badRequest, implement, implementRaw, rpcStatus, type StatusName, statusName } from '../service/implement.js';
export type {
  CallContext,
  MethodHandler,
  RawHandler,
  RawServiceDefinition,
  ServiceDefinition,
  ServiceHandlers,
} from '../service/types.js';
export { transportFailure } from '../transport/failure.js';
export { createFallbackTransport, type FallbackOptions } from '../transport/fallback.js';
export type {
  RawUnaryCall,
  RawUnaryReply,
  RpcTransport,
  TransportFailure,
  TransportOptions,
} from '../transport/types.js';

/** Options of {@link createMemoryTransport}. */
export interface MemoryTransportOptions extends TransportOptions, MemoryChannelOptions {}

/**
 * A transport that calls handlers in the same process. Messages are encoded and decoded and errors become statuses as
 * over a wire, so that a test sees what a network would show.
 *
 * @example
 * import { createMemoryTransport, implement } from '@somakit/rpc/memory';
 * import { LedgerService } from '@somakit/rpc/proto';
 * const transport = createMemoryTransport({
 *   services: [implement(LedgerService, { getServiceInfo: () => ({ chain: 'localnet' }) })],
 * });
 * const { message } = await transport.unary(LedgerService.method.getServiceInfo, undefined, undefined, undefined, {});
 * console.log(message.chain);
 */
export const createMemoryTransport = (options: MemoryTransportOptions): RpcTransport =>
  transportOver(memoryChannel(options), options);
