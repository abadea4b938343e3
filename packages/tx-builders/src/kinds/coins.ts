import { checkShannons, invalidArgument, parseAddress } from '@somakit/core';
import { checkObjectRef, checkObjectRefs, checkOptionalShannons, type ObjectRefInput } from '../internal/check.js';
import type { KindOf } from './kind.js';

/** What {@link transferCoin} takes. */
export interface TransferCoinParameters {
  /** The coin that pays; may be the first gas coin too. */
  readonly coin: ObjectRefInput;
  /** Shannons to send; left out: the whole coin. */
  readonly amount?: bigint | undefined;
  readonly recipient: string | Uint8Array;
}

/**
 * Sends an amount, or a whole coin, to one account.
 *
 * On chain: with an amount a new coin is created for the recipient and the rest stays; the whole of a coin that is not
 * the gas coin changes its owner and keeps its id; the whole of the gas coin is what remains after the fee.
 * Who: the coin's owner. Cost: base fee, two written objects (three when another coin pays the gas and something is
 * left), the full value fee on the amount.
 * Fails with `InsufficientCoinBalance` when the coin holds less than the amount (and, as gas coin, the fee).
 *
 * Source: authority/src/execution/coin.rs; types/src/transaction.rs, TransferCoin.
 * @throws INVALID_AMOUNT INVALID_ADDRESS INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT
 * @example
 * import { parseSoma } from '@somakit/core';
 * import { transferCoin } from '@somakit/tx-builders';
 * const coin = { objectId: '0x5ca1e', version: 7n, digest: '11111111111111111111111111111111' };
 * const kind = transferCoin({ coin, amount: parseSoma('1.5'), recipient: '0xb0b' });
 */
export const transferCoin = ({ coin, amount, recipient }: TransferCoinParameters): KindOf<'TransferCoin'> => ({
  kind: 'TransferCoin',
  coin: checkObjectRef('coin', coin),
  amount: checkOptionalShannons(amount),
  recipient: parseAddress(recipient),
});

/** What {@link payCoins} takes. */
export interface PayCoinsParameters {
  /** The coins that pay, of one owner. They become one: the first, or the gas coin if it is among them. */
  readonly coins: readonly ObjectRefInput[];
  readonly recipients: readonly (string | Uint8Array)[];
  /**
   * Shannons for each recipient. Left out: all that the coins hold to the one recipient; nodes cannot take that form
   * over gRPC, so use `transferCoin` without an amount instead.
   */
  readonly amounts?: readonly bigint[] | undefined;
}

/**
 * Pays several accounts from several coins at once.
 *
 * On chain: one new coin for each recipient, in their order; the coins are merged, the rest stays in the gas coin when
 * it is among them, otherwise in the first.
 * Who: the coins' owner. Cost: base fee, one written object for each recipient and one more (two when the gas coin is
 * not among the coins), the full value fee on the sum.
 * Fails with `InsufficientCoinBalance` when the coins hold less than the sum, the value fee and the write fees together,
 * even if another coin pays the gas.
 *
 * Source: authority/src/execution/coin.rs; types/src/transaction.rs, PayCoins.
 * @throws INVALID_AMOUNT INVALID_ADDRESS INVALID_OBJECT_ID INVALID_DIGEST
 * @throws INVALID_ARGUMENT for no coin, no recipient, and lists of differing lengths: the chain would take a fee for that.
 */
export const payCoins = ({ coins, recipients, amounts }: PayCoinsParameters): KindOf<'PayCoins'> => {
  const refs = checkObjectRefs('coins', coins);
  if (refs.length === 0) throw invalidArgument('coins', 'at least one coin', 'none');
  if (!Array.isArray(recipients) || recipients.length === 0) {
    throw invalidArgument('recipients', 'an array of at least one address', recipients);
  }
  if (amounts === undefined) {
    if (recipients.length !== 1) {
      throw invalidArgument('recipients', 'exactly one address when no amounts are given', recipients);
    }
  } else if (!Array.isArray(amounts) || amounts.length !== recipients.length) {
    throw invalidArgument('amounts', `as many amounts as recipients (${recipients.length})`, amounts);
  }
  return {
    kind: 'PayCoins',
    coins: refs,
    amounts: amounts?.map(checkShannons),
    recipients: recipients.map((recipient) => parseAddress(recipient)),
  };
};

/** What {@link transferObjects} takes. */
export interface TransferObjectsParameters {
  /** Coins and staked positions; order is kept. */
  readonly objects: readonly ObjectRefInput[];
  readonly recipient: string | Uint8Array;
}

/**
 * Gives whole objects (coins, staked positions) to another account; their ids stay.
 *
 * On chain: each changes its owner. The gas coin may be among them: its fee is taken first, and the recipient gets the
 * rest. Who: the owner of all of them. Cost: base fee and one written object for each and for the gas coin; no value
 * fee, so whole coins go cheaper this way than with {@link transferCoin}.
 * Fails with `InvalidOwnership` for what is not the sender's.
 *
 * Source: authority/src/execution/object.rs; types/src/transaction.rs, TransferObjects.
 * @throws INVALID_ADDRESS INVALID_OBJECT_ID INVALID_DIGEST
 * @throws INVALID_ARGUMENT for an empty list: the chain would take a fee for that.
 */
export const transferObjects = ({ objects, recipient }: TransferObjectsParameters): KindOf<'TransferObjects'> => {
  const refs = checkObjectRefs('objects', objects);
  if (refs.length === 0) throw invalidArgument('objects', 'at least one object', 'none');
  return { kind: 'TransferObjects', objects: refs, recipient: parseAddress(recipient) };
};
