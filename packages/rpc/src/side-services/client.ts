import type { Codec } from '@somakit/bcs';
import { isError } from '@somakit/core';
import { attempts, type CallOptions, type ClientContext } from '../client/core.js';
import { invalidReply } from '../convert/scalar.js';
import { rpcError, rpcFailureOf } from '../errors/map.js';

/** A method with BCS bodies. */
export interface BcsMethod<I, O> {
  /** `faucet.Faucet/RequestGas`. */
  readonly name: string;
  readonly input: Codec<I>;
  readonly output: Codec<O>;
  /** Whether calling it twice does no more than calling it once. */
  readonly idempotent: boolean;
}

/** Calls a method whose bodies are BCS. What is not idempotent is repeated only when it cannot have arrived. */
export const callBcs = <I, O>(
  context: ClientContext,
  { name, input, output, idempotent }: BcsMethod<I, O>,
  value: I,
  options: CallOptions,
  hint?: string,
): Promise<O> => {
  const body = input.encode(value);
  const info = { method: name, url: context.transport.url, hint };
  const run = async (signal: AbortSignal | undefined): Promise<O> => {
    const { headers: header, timeoutMs = context.timeoutMs } = options;
    let reply: Uint8Array;
    try {
      reply = (await context.transport.rawUnary({ path: `/${name}`, body, signal, timeoutMs, header })).body;
    } catch (error) {
      throw rpcError(error, info);
    }
    try {
      return output.decode(reply);
    } catch (error) {
      if (!isError(error)) throw error;
      throw invalidReply(name, error.message, reply, error);
    }
  };
  const shouldRetry = (error: unknown) =>
    isError(error) && error.retryable && (idempotent || rpcFailureOf(error)?.sent === false);
  return attempts(context, name, options, run, shouldRetry);
};
