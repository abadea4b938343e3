import { GasRequest, GasResponse } from '@somakit/bcs';
import {
  type Digest,
  isError,
  type ObjectId,
  parseAddress,
  parseDigest,
  parseObjectId,
  SomaKitError,
} from '@somakit/core';
import type { CallOptions } from '../client/core.js';
import { type ClientOptions, contextOf, REPLY_LIMIT, type TransportFactory } from '../client/create-rpc.js';
import { within } from '../convert/scalar.js';
import { rpcFailureOf } from '../errors/map.js';
import { type BcsMethod, callBcs } from './client.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The faucet's answer is no success. */
    FAUCET_REFUSED: { readonly status: string };
    /** The faucet was asked and no answer came: the coins may have been sent. Look at the balance before asking again. */
    FAUCET_OUTCOME_UNKNOWN: { readonly recipient: string };
  }
}

/** A coin that the faucet sent. */
export interface FaucetCoin {
  /** Shannons. */
  readonly amount: bigint;
  readonly id: ObjectId;
  readonly transferTxDigest: Digest;
}

export interface FaucetGrant {
  /** `Success`. */
  readonly status: string;
  readonly coinsSent: readonly FaucetCoin[];
}

/** A faucet, which gives coins of test networks. */
export interface Faucet {
  readonly url: string;
  /**
   * Asks for coins; they are in every read when the promise resolves. Sent again only when it cannot have arrived.
   * @throws INVALID_ADDRESS, RPC_*, FAUCET_REFUSED, FAUCET_OUTCOME_UNKNOWN
   */
  requestGas(parameters: { readonly recipient: string } & CallOptions): Promise<FaucetGrant>;
  close(): void;
}

const REQUEST_GAS: BcsMethod<GasRequest, GasResponse> = {
  name: 'faucet.Faucet/RequestGas',
  input: GasRequest,
  output: GasResponse,
  idempotent: false,
};

export const faucetOver = (options: ClientOptions, makeTransport: TransportFactory): Faucet => {
  const context = contextOf(options, makeTransport, REPLY_LIMIT);
  return {
    get url() {
      return context.transport.url;
    },
    async requestGas({ recipient, ...call }) {
      // The spelling stays the caller's, as the original client leaves it.
      parseAddress(recipient);
      let reply: GasResponse;
      try {
        reply = await callBcs(context, REQUEST_GAS, { recipient }, call);
      } catch (error) {
        const failure = rpcFailureOf(error);
        const lost = failure?.reason !== undefined && failure.sent;
        if (!lost && !isError(error, 'TIMEOUT')) throw error;
        throw new SomaKitError('FAUCET_OUTCOME_UNKNOWN', `The faucet was asked for ${recipient}, but no answer came.`, {
          context: { recipient },
          cause: error,
          hint: 'Look at the balance before you ask again.',
        });
      }
      const { status, coinsSent } = reply;
      if (status !== 'Success') {
        throw new SomaKitError('FAUCET_REFUSED', `The faucet answered ${status}.`, { context: { status } });
      }
      return {
        status,
        coinsSent: coinsSent.map(({ amount, id, transferTxDigest }, index) =>
          within(`coinsSent[${index}]`, () => ({
            amount,
            id: parseObjectId(id),
            transferTxDigest: parseDigest(transferTxDigest),
          })),
        ),
      };
    },
    close: () => context.transport.close(),
  };
};
