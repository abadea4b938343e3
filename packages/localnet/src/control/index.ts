import { type Address, type Digest, invalidArgument, isError, type ObjectId, SomaKitError } from '@somakit/core';
import { createHttp } from '@somakit/core/http';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The local network refuses; `reason` is the code of its own error. */
    LOCALNET_REFUSED: { readonly operation: string; readonly reason: string };
  }
}

/** What bounds a call. */
export interface ControlCall {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Where a network is. */
export interface LocalnetStatus {
  readonly chainId: Digest;
  readonly epoch: bigint;
  readonly epochStartMs: bigint;
  readonly epochDurationMs: bigint;
  /** The chain's time. */
  readonly timeMs: bigint;
  /** The newest checkpoint. */
  readonly checkpoint: bigint;
  readonly rpcUrl: string;
  readonly faucetUrl: string;
  readonly scoringUrl: string;
  readonly adminUrl: string;
  /** Funded at genesis. */
  readonly accounts: readonly Address[];
  /** Models of the genesis. */
  readonly models: readonly ObjectId[];
}

/** The powers over a network that runs in another process. */
export interface LocalnetControl {
  status(call?: ControlCall): Promise<LocalnetStatus>;
  /** Ends the epoch, or several. Gives the new one. Early ends pay no emission; `fullLength` moves the clock. */
  advanceEpoch(
    options?: ControlCall & { readonly count?: number | undefined; readonly fullLength?: boolean | undefined },
  ): Promise<bigint>;
  /** Marks a point to come back to. */
  snapshot(call?: ControlCall): Promise<{ readonly id: number; readonly epoch: bigint; readonly checkpoint: bigint }>;
  /** Goes back to it, and uses it up. */
  revert(
    options: ControlCall & { readonly id: number },
  ): Promise<{ readonly epoch: bigint; readonly checkpoint: bigint }>;
  /** Sends one coin of so many shannons from the faucet's account. */
  fund(options: ControlCall & { readonly address: Address | string; readonly amount: bigint }): Promise<Digest>;
}

type Body = Readonly<Record<string, unknown>>;

const numbers = ({ epoch, checkpoint }: Body) => ({
  epoch: BigInt(String(epoch)),
  checkpoint: BigInt(String(checkpoint)),
});

/**
 * Talks to the admin port of a network that `startLocalnet` started elsewhere. Opens nothing by itself.
 *
 * Calls throw HTTP_NETWORK when nobody listens, LOCALNET_REFUSED, TIMEOUT, ABORTED.
 *
 * @throws INVALID_ARGUMENT for a URL that is none.
 * @example
 * import { createLocalnetControl } from '@somakit/localnet/control';
 * const control = createLocalnetControl({ adminUrl: 'http://127.0.0.1:9125' });
 * const before = await control.snapshot();
 * await control.advanceEpoch({ count: 2 });
 * await control.revert({ id: before.id });
 */
export const createLocalnetControl = ({ adminUrl }: { readonly adminUrl: string }): LocalnetControl => {
  const http = createHttp({ baseUrl: adminUrl });
  const call = async (method: 'GET' | 'POST', name: string, body: object, options: ControlCall): Promise<Body> => {
    try {
      const { signal, timeoutMs } = options;
      const request = { path: `/somakit/${name}`, signal, timeoutMs, schema: (value: unknown) => value as Body };
      return method === 'GET' ? await http.get(request) : await http.post({ ...request, json: body });
    } catch (error) {
      if (!isError(error, 'HTTP_STATUS')) throw error;
      const { code, message, hint } = (error.context.body ?? {}) as Record<string, unknown>;
      if (typeof code !== 'string' || typeof message !== 'string') {
        throw new SomaKitError('LOCALNET_REFUSED', `${adminUrl} is no admin port of a SomaKit local network.`, {
          context: { operation: name, reason: `HTTP ${error.context.status}` },
          hint: 'The official local network can only end epochs.',
          cause: error,
        });
      }
      throw new SomaKitError('LOCALNET_REFUSED', message, {
        context: { operation: name, reason: code },
        hint: typeof hint === 'string' ? hint : undefined,
      });
    }
  };
  return {
    status: async (options = {}) => {
      const found = await call('GET', 'status', {}, options);
      return {
        ...(found as unknown as LocalnetStatus),
        ...numbers(found),
        epochStartMs: BigInt(String(found.epochStartMs)),
        epochDurationMs: BigInt(String(found.epochDurationMs)),
        timeMs: BigInt(String(found.timeMs)),
      };
    },
    advanceEpoch: async ({ count = 1, fullLength = false, ...options } = {}) =>
      BigInt(String((await call('POST', 'advance', { count, fullLength }, options)).epoch)),
    snapshot: async (options = {}) => {
      const found = await call('POST', 'snapshot', {}, options);
      return { id: Number(found.id), ...numbers(found) };
    },
    revert: async ({ id, ...options }) => numbers(await call('POST', 'revert', { id }, options)),
    fund: async ({ address, amount, ...options }) => {
      if (typeof amount !== 'bigint') {
        throw invalidArgument('amount', 'a bigint of shannons', amount, 'parseSoma("1.5") gives one.');
      }
      return (await call('POST', 'fund', { address, amount }, options)).digest as Digest;
    },
  };
};
