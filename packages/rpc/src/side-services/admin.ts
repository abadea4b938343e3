import { AdvanceEpochRequest, AdvanceEpochResponse } from '@somakit/bcs';
import type { CallOptions } from '../client/core.js';
import { type ClientOptions, contextOf, REPLY_LIMIT, type TransportFactory } from '../client/create-rpc.js';
import { type BcsMethod, callBcs } from './client.js';

/** The admin service of a local network. */
export interface Admin {
  readonly url: string;
  /**
   * Ends the epoch and gives the number of the new one. Takes seconds; nodes show the new epoch with its first
   * checkpoint only.
   * @throws RPC_*; RPC_DEADLINE when the network does not get there within 120 s.
   */
  advanceEpoch(options?: CallOptions): Promise<bigint>;
  close(): void;
}

const ADVANCE_EPOCH: BcsMethod<AdvanceEpochRequest, AdvanceEpochResponse> = {
  name: 'admin.Admin/AdvanceEpoch',
  input: AdvanceEpochRequest,
  output: AdvanceEpochResponse,
  idempotent: false,
};

export const adminOver = (options: ClientOptions, makeTransport: TransportFactory): Admin => {
  const context = contextOf(options, makeTransport, REPLY_LIMIT);
  return {
    get url() {
      return context.transport.url;
    },
    advanceEpoch: async (call = {}) => (await callBcs(context, ADVANCE_EPOCH, {}, call)).epoch,
    close: () => context.transport.close(),
  };
};
