import {
  type Address,
  invalidArgument,
  kindOf,
  type ObjectId,
  parseAddress,
  parseObjectId,
  SomaKitError,
} from '@somakit/core';
import { checkPayCoins, checkTransferObjects } from '@somakit/protocol/checks';
import * as kinds from '@somakit/tx-builders';
import { chooseCoins, splitCoins as planSplit } from '@somakit/tx-builders';
import { checked } from '../client/checked.js';
import type { SomaBase } from '../client/types.js';
import { refuse } from '../write/preflight.js';
import { send } from '../write/send.js';
import type { WriteOptions, WriteResult } from '../write/types.js';

export interface TransferCoinParameters extends WriteOptions {
  readonly recipient: string;
  /** Shannons. */
  readonly amount: bigint;
}

/**
 * Sends an amount to an account. Takes the smallest coin that suffices, or merges several; fees come on top.
 *
 * @throws INSUFFICIENT_COINS INVALID_ADDRESS INVALID_AMOUNT TRANSACTION_FAILED OUTCOME_UNKNOWN
 * @example
 * import { createSomaClient, Keypair, parseSoma } from '@somakit/sdk';
 * const client = createSomaClient({ network: 'localnet', signer: Keypair.generate() });
 * const { digest } = await client.transferCoin({ recipient: '0xb0b', amount: parseSoma('1.5') });
 */
export const transferCoin = /* @__PURE__ */ checked(
  'transferCoin',
  (client: SomaBase, parameters: TransferCoinParameters): Promise<WriteResult> => {
    const { recipient, amount, ...options } = parameters;
    return send(client, {
      operation: 'transferCoin',
      options,
      prepare: async ({ signal }) => {
        const to = parseAddress(recipient);
        const state = await client.chain.epochState({ signal });
        return {
          state,
          plan: (coins) => {
            const choice = chooseCoins({ need: { kind: 'TransferCoin', amount }, coins, parameters: state.parameters });
            return { ...choice, kind: kinds.transferCoin({ coin: choice.coin, amount, recipient: to }) };
          },
        };
      },
    });
  },
);

/** @throws INVALID_ARGUMENT */
const listed = (argument: string, value: unknown): void => {
  if (!Array.isArray(value)) throw invalidArgument(argument, 'a list', kindOf(value));
};

export interface PayCoinsParameters extends WriteOptions {
  readonly recipients: readonly string[];
  /** Shannons, one for each recipient. */
  readonly amounts: readonly bigint[];
}

/** Pays several accounts in one transaction. @throws INVALID_ARGUMENT INSUFFICIENT_COINS TRANSACTION_FAILED */
export const payCoins = /* @__PURE__ */ checked(
  'payCoins',
  (client: SomaBase, parameters: PayCoinsParameters): Promise<WriteResult> => {
    const { recipients, amounts, ...options } = parameters;
    return send(client, {
      operation: 'payCoins',
      options,
      prepare: async ({ preflight, signal }) => {
        listed('recipients', recipients);
        listed('amounts', amounts);
        if (recipients.length === 0 || recipients.length !== amounts.length) {
          throw invalidArgument(
            'amounts',
            `one amount for each of the ${recipients.length} recipients`,
            amounts.length,
          );
        }
        const state = await client.chain.epochState({ signal });
        return {
          state,
          plan: (coins) => {
            const choice = chooseCoins({ need: { kind: 'PayCoins', amounts }, coins, parameters: state.parameters });
            const kind = kinds.payCoins({ coins: [choice.coin], recipients, amounts });
            if (preflight) refuse('payCoins', checkPayCoins(kind));
            return { ...choice, kind };
          },
        };
      },
    });
  },
);

export interface TransferObjectsParameters extends WriteOptions {
  readonly recipient: string;
  readonly objectIds: readonly string[];
}

/** Objects that the sender owns, as they are now. @throws WRONG_OBJECT RPC_NOT_FOUND */
export const ownedRefs = async (
  client: SomaBase,
  objectIds: readonly string[],
  owner: string,
  signal: AbortSignal | undefined,
) => {
  const readMask = ['objectId', 'version', 'digest', 'owner', 'objectType', 'contents', 'previousTransaction'] as const;
  const found = await client.rpc.batchGetObjects({
    objects: objectIds.map((id) => parseObjectId(id)),
    readMask,
    signal,
  });
  return found.map((each) => {
    if (!each.ok) throw each.error;
    const { objectId, owner: holder } = each.value;
    if (holder.kind !== 'AddressOwner' || holder.address !== owner) {
      const received = holder.kind === 'AddressOwner' ? `an object of ${holder.address}` : `a ${holder.kind} object`;
      throw new SomaKitError('WRONG_OBJECT', `The object ${objectId} does not belong to ${owner}.`, {
        context: { objectId, expected: `an object of ${owner}`, received },
      });
    }
    return each.value;
  });
};

/** Gives objects of the sender to another account. @throws WRONG_OBJECT RPC_NOT_FOUND INSUFFICIENT_COINS */
export const transferObjects = /* @__PURE__ */ checked(
  'transferObjects',
  (client: SomaBase, parameters: TransferObjectsParameters): Promise<WriteResult> => {
    const { recipient, objectIds, ...options } = parameters;
    return send(client, {
      operation: 'transferObjects',
      options,
      prepare: async ({ sender, preflight, signal }) => {
        listed('objectIds', objectIds);
        if (preflight) refuse('transferObjects', checkTransferObjects({ objects: objectIds as never }));
        const [state, refs] = await Promise.all([
          client.chain.epochState({ signal }),
          ownedRefs(client, objectIds, sender, signal),
        ]);
        const given = new Set<ObjectId>(refs.map(({ objectId }) => objectId));
        const kind = kinds.transferObjects({ objects: refs, recipient });
        return {
          state,
          plan: (coins) => {
            const rest = coins.filter(({ objectId }) => !given.has(objectId));
            const need = { kind: 'TransferObjects', objects: refs.length } as const;
            const choice = chooseCoins({ need, coins: rest, parameters: state.parameters });
            // Coins among them are held too: no other write may take them meanwhile.
            return { ...choice, kind, used: [...choice.used, ...coins.filter(({ objectId }) => given.has(objectId))] };
          },
        };
      },
    });
  },
);

/** The state, with all coins of the sender read anew: what merges or splits wants those too that came from others. */
const stateAndCoins = async (client: SomaBase, sender: Address, signal: AbortSignal | undefined) => {
  const state = await client.chain.epochState({ signal });
  await client.coins.of(sender).refresh({ signal });
  return state;
};

export interface MergeCoinsParameters extends WriteOptions {
  /** As the original client builds it, which leaves two coins. Defaults to false: one coin is left. */
  readonly leaveTwo?: boolean | undefined;
}

/** Merges up to 256 coins of the sender into one. @throws NOTHING_TO_MERGE for fewer than two coins. */
export const mergeCoins = /* @__PURE__ */ checked(
  'mergeCoins',
  (client: SomaBase, parameters: MergeCoinsParameters = {}): Promise<WriteResult> => {
    const { leaveTwo = false, ...options } = parameters;
    return send(client, {
      operation: 'mergeCoins',
      options,
      prepare: async ({ sender, signal }) => {
        const state = await stateAndCoins(client, sender, signal);
        return {
          state,
          plan: (coins) => {
            if (coins.length < 2) {
              throw new SomaKitError(
                'NOTHING_TO_MERGE',
                `The account has ${coins.length} free coins: nothing to merge.`,
                {
                  context: { coins: coins.length },
                },
              );
            }
            const merge = leaveTwo ? kinds.mergeCoins : kinds.mergeIntoOne;
            const { kind, used } = merge({ owner: sender, coins });
            const first = kind.kind === 'TransferCoin' ? kind.coin.objectId : undefined;
            return { kind, used, gasPayment: used.filter(({ objectId }) => objectId !== first) };
          },
        };
      },
    });
  },
);

export interface SplitCoinsParameters extends WriteOptions {
  /** How many coins there are to be. */
  readonly count: number;
  /** Shannons in each. Without it all that the account holds is divided. */
  readonly each?: bigint | undefined;
}

/** Splits coins into equal ones, so that as many writes can be under way at once. @throws INSUFFICIENT_COINS */
export const splitCoins = /* @__PURE__ */ checked(
  'splitCoins',
  (client: SomaBase, parameters: SplitCoinsParameters): Promise<WriteResult> => {
    const { count, each, ...options } = parameters;
    return send(client, {
      operation: 'splitCoins',
      options,
      prepare: async ({ sender, signal }) => {
        const state = await stateAndCoins(client, sender, signal);
        return {
          state,
          plan: (coins) => {
            const { kind, used } = planSplit({ owner: sender, coins, count, each, parameters: state.parameters });
            return { kind, used, gasPayment: used };
          },
        };
      },
    });
  },
);
