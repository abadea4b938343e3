import { isError } from '@somakit/core';
import { type RpcServer, type RpcServerOptions, startRpcServer } from '@somakit/rpc/server';
import type { PortChoice } from './options.js';

export const PORT_NAMES = ['rpc', 'faucet', 'scoring', 'admin'] as const;
export type PortName = (typeof PORT_NAMES)[number];

/** Source: sdk/src/client_config.rs, the presets of the official clients. */
export const DEFAULT_PORTS: Readonly<Record<PortName, number>> = {
  rpc: 9000,
  faucet: 9123,
  scoring: 9124,
  admin: 9125,
};

/** Opens a server where it was asked for. @throws PORT_IN_USE */
export const openPort = async (
  choice: PortChoice,
  name: PortName,
  options: RpcServerOptions,
): Promise<{ readonly server: RpcServer; readonly moved: boolean }> => {
  if (choice === 'free') return { server: await startRpcServer({ ...options, port: 0 }), moved: false };
  if (typeof choice === 'object') {
    return { server: await startRpcServer({ ...options, port: choice[name] ?? 0 }), moved: false };
  }
  try {
    return { server: await startRpcServer({ ...options, port: DEFAULT_PORTS[name] }), moved: false };
  } catch (error) {
    if (choice === 'default' || !isError(error, 'PORT_IN_USE')) throw error;
    return { server: await startRpcServer({ ...options, port: 0 }), moved: true };
  }
};
