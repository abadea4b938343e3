import { Code, ConnectError } from '@connectrpc/connect';
import { invalidArgument } from '@somakit/core';
import { transportFailure } from './failure.js';
import type { RpcTransport } from './types.js';

export interface FallbackOptions {
  /** How long an endpoint that failed is left alone at first; doubled up to 30 times this. Default 1,000. */
  readonly coolDownMs?: number | undefined;
  /** Milliseconds that only go up. */
  readonly now?: (() => number) | undefined;
}

interface Endpoint {
  readonly transport: RpcTransport;
  failures: number;
  until: number;
  probing: boolean;
}

const SERVING = 1;
const PROBE_MS = 5_000;

/** Asks the standard health service. An endpoint without one that answers at all is well. */
const isServing = async (transport: RpcTransport): Promise<boolean> => {
  try {
    const path = '/grpc.health.v1.Health/Check';
    const { body } = await transport.rawUnary({ path, body: new Uint8Array(), timeoutMs: PROBE_MS });
    return body[1] === SERVING;
  } catch (error) {
    return error instanceof ConnectError && error.code === Code.Unimplemented;
  }
};

/**
 * Several endpoints of one chain as one transport. Calls go to the first that is well, in the order given. A call that
 * cannot have been acted on goes to the next one; a call that may have been is not repeated here, but its endpoint rests.
 * One that has rested gets calls again when `grpc.health.v1.Health` says so; it is asked beside a call to another endpoint.
 *
 * @throws INVALID_ARGUMENT without endpoints.
 *
 * @example
 * import { createFallbackTransport, createNodeTransport } from '@somakit/rpc/node';
 * const urls = ['http://127.0.0.1:9000', 'http://127.0.0.1:9010'];
 * const transport = createFallbackTransport(urls.map((url) => createNodeTransport({ url })));
 * console.log(transport.url);
 */
export const createFallbackTransport = (
  transports: readonly RpcTransport[],
  options: FallbackOptions = {},
): RpcTransport => {
  if (transports.length === 0) throw invalidArgument('transports', 'at least one transport', transports);
  const { coolDownMs = 1_000, now = () => performance.now() } = options;
  const endpoints: Endpoint[] = transports.map((transport) => ({ transport, failures: 0, until: 0, probing: false }));
  const rest = (endpoint: Endpoint): void => {
    endpoint.until = now() + coolDownMs * Math.min(30, 2 ** endpoint.failures);
    endpoint.failures += 1;
  };
  const recover = (endpoint: Endpoint): void => {
    endpoint.failures = 0;
    endpoint.until = 0;
  };
  /** Those that are well, then those that have rested longest: with all of them down, somebody must be asked. */
  const order = (): Endpoint[] => {
    const well = endpoints.filter(({ failures }) => failures === 0);
    return [...well, ...endpoints.filter(({ failures }) => failures > 0).sort((a, b) => a.until - b.until)];
  };
  const probe = async (endpoint: Endpoint): Promise<void> => {
    endpoint.probing = true;
    const { failures } = endpoint;
    const serving = await isServing(endpoint.transport);
    endpoint.probing = false;
    // A call may have found out meanwhile.
    if (endpoint.failures !== failures) return;
    if (serving) recover(endpoint);
    else rest(endpoint);
  };
  const run = async <T>(act: (transport: RpcTransport) => Promise<T>): Promise<T> => {
    const candidates = order();
    if (candidates[0]!.failures === 0) {
      for (const each of candidates) {
        if (each.failures > 0 && !each.probing && each.until <= now()) void probe(each);
      }
    }
    for (const [index, endpoint] of candidates.entries()) {
      try {
        const result = await act(endpoint.transport);
        recover(endpoint);
        return result;
      } catch (error) {
        const failure = transportFailure(error);
        const gaveUp = failure?.reason === 'aborted' || failure?.reason === 'deadline';
        if (gaveUp || !(error instanceof ConnectError) || error.code !== Code.Unavailable) throw error;
        rest(endpoint);
        if (failure?.sent !== false || index === candidates.length - 1) throw error;
      }
    }
    throw invalidArgument('transports', 'at least one transport', transports);
  };
  return {
    get url() {
      return order()[0]!.transport.url;
    },
    unary: (method, signal, timeoutMs, header, input, contextValues) =>
      run((transport) => transport.unary(method, signal, timeoutMs, header, input, contextValues)),
    stream: (method, signal, timeoutMs, header, input, contextValues) =>
      run((transport) => transport.stream(method, signal, timeoutMs, header, input, contextValues)),
    rawUnary: (call) => run((transport) => transport.rawUnary(call)),
    close() {
      for (const { transport } of endpoints) transport.close();
    },
  };
};
