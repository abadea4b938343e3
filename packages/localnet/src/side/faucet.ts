import { GasRequest, GasResponse, TransactionData } from '@somakit/bcs';
import { type Address, formatSoma, isError, SomaKitError } from '@somakit/core';
import type { Keypair } from '@somakit/crypto';
import { coinBalance, type ExecutionResult, type LedgerObject } from '@somakit/ledger';
import { ConnectError, implementRaw, type RawServiceDefinition, rpcStatus } from '@somakit/rpc/server';
import type { Chain } from '../chain/types.js';
import { NOT_AN_ACCOUNT_ADDRESS, readAccountAddress } from '../services/parse.js';
import { readBody } from './body.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The faucet has no account, or less than what is asked for. Shannons. */
    FAUCET_EMPTY: { readonly needed: bigint; readonly available: bigint };
  }
}

/** Pays from the genesis' faucet account. */
export interface Purse {
  /** Sends coins of these amounts to an address. @throws FAUCET_EMPTY */
  pay(recipient: Address, amounts: readonly bigint[]): Promise<ExecutionResult>;
}

/** What a payment may cost beside the amounts: base fee, writes, and the value fee at its largest. */
const feeReserve = (amounts: readonly bigint[], total: bigint): bigint =>
  1_000n + 300n * BigInt(amounts.length + 2) + (total * 50n) / 10_000n + 1n;

/**
 * A purse over an account. The coin is chosen and spent in one step, so payments at the same time never meet the same
 * version of it.
 */
export const createPurse = (chain: Chain, account: Keypair | undefined): Purse => ({
  pay: async (recipient, amounts) => {
    const total = amounts.reduce((sum, amount) => sum + amount, 0n);
    const needed = total + feeReserve(amounts, total);
    const coins =
      account === undefined
        ? []
        : chain.store.owned(account.address).filter(({ objectType }) => objectType.kind === 'Coin');
    const chosen: LedgerObject[] = [];
    let available = 0n;
    // Richest first; one is enough unless much is asked for.
    for (let i = coins.length - 1; i >= 0 && available < needed; i--) {
      chosen.push(coins[i]!);
      available += coinBalance(coins[i]!);
    }
    if (account === undefined || available < needed) {
      throw new SomaKitError(
        'FAUCET_EMPTY',
        `The faucet has ${formatSoma(available)} SOMA of ${formatSoma(needed)} that are needed.`,
        { context: { needed, available }, hint: 'Start the network with larger or more accounts.' },
      );
    }
    const refs = chosen.map(({ objectId, version, digest }) => ({ objectId, version, digest }));
    const bytes = TransactionData.encode({
      kind: { kind: 'PayCoins', coins: refs, amounts, recipients: amounts.map(() => recipient) },
      sender: account.address,
      gasPayment: refs,
    });
    return chain.submit({ bytes, signatures: [account.signTransaction(bytes)] });
  },
});

export interface FaucetOptions {
  /** Shannons of each coin. */
  readonly amount: bigint;
  /** Coins for one request. */
  readonly coins: number;
}

/** The faucet. Source: faucet/src/server.rs, local_faucet.rs. */
export const faucetService = (purse: Purse, { amount, coins }: FaucetOptions): RawServiceDefinition =>
  implementRaw('faucet.Faucet', {
    RequestGas: async (body) => {
      const { recipient } = readBody(GasRequest, body);
      const address = readAccountAddress(recipient);
      if (address === undefined) {
        throw rpcStatus('INVALID_ARGUMENT', `Invalid address: ${NOT_AN_ACCOUNT_ADDRESS}`);
      }
      try {
        const { digest, effects, changes } = await purse.pay(
          address,
          Array.from({ length: coins }, () => amount),
        );
        if (effects.status.kind !== 'Success') {
          throw rpcStatus('INTERNAL', `Transfer error: Transaction failed: ${effects.status.error.kind}`);
        }
        return GasResponse.encode({
          status: 'Success',
          coinsSent: changes.flatMap(({ objectId, before, after }) =>
            before === undefined && after !== undefined
              ? [{ amount: coinBalance(after), id: objectId, transferTxDigest: digest }]
              : [],
          ),
        });
      } catch (error) {
        if (error instanceof ConnectError || !isError(error)) throw error;
        if (isError(error, 'FAUCET_EMPTY')) {
          const { needed } = error.context;
          throw rpcStatus(
            'INTERNAL',
            `Wallet error: No address with coins found in wallet (need at least ${needed} shannons)`,
          );
        }
        throw rpcStatus('INTERNAL', `Transfer error: ${error.message}`, { cause: error });
      }
    },
  });
