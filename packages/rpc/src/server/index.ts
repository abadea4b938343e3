export { Code, ConnectError } from '@connectrpc/connect';
export { badRequest, implement, implementRaw, rpcStatus, type StatusName, statusName } from '../service/implement.js';
export type {
  CallConnection,
  CallContext,
  MethodHandler,
  RawHandler,
  RawServiceDefinition,
  ServiceDefinition,
  ServiceHandlers,
} from '../service/types.js';
export type { CallReport } from './call.js';
export type { HttpHandler } from './http.js';
export { DEFAULT_LIMITS, type RpcServerLimits } from './limits.js';
export { type RpcServer, type RpcServerOptions, startRpcServer } from './server.js';
