import type { WriteResult } from '@somakit/sdk';
import { readEffects, type WrittenObject } from '@somakit/sdk/transactions';
import type { Output } from '../output.js';
import { changeText, somaText } from './format.js';

type Owner = WrittenObject['owner'];

/** What is known of an executed, or simulated, transaction. */
export interface ShownTransaction extends Pick<WriteResult, 'effects' | 'balanceChanges'> {
  readonly checkpoint?: bigint | undefined;
  /** In ms. */
  readonly timestamp?: bigint | undefined;
}

export const ownerJson = (owner: Owner): object => {
  if (owner.kind === 'AddressOwner') return { type: 'address_owner', address: owner.address };
  if (owner.kind === 'Shared') return { type: 'shared', initial_shared_version: owner.initialSharedVersion };
  return { type: 'immutable' };
};

export const ownerText = (owner: Owner): string =>
  owner.kind === 'AddressOwner' ? owner.address : owner.kind === 'Shared' ? 'shared' : 'immutable';

/** The members that every `transaction/1` has. */
export const transactionJson = ({ effects, balanceChanges, checkpoint, timestamp }: ShownTransaction): object => {
  const { digest, success, error, failure, epoch, fee, created, mutated, deleted, gasCoin } = readEffects(effects);
  const written = (each: (typeof created)[number]) => ({
    object_id: each.objectId,
    version: each.version,
    digest: each.digest,
    owner: ownerJson(each.owner),
  });
  return {
    digest,
    status: success ? 'success' : 'failure',
    ...(failure === undefined ? {} : { error: { kind: failure.kind, message: error?.message, hint: error?.hint } }),
    executed_epoch: epoch,
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(timestamp === undefined ? {} : { timestamp_ms: timestamp }),
    fee: {
      base_fee: fee.baseFee,
      operation_fee: fee.operationFee,
      value_fee: fee.valueFee,
      total_fee: fee.totalFee,
    },
    created: created.map(written),
    mutated: mutated.map(written),
    deleted: deleted.map(({ objectId, version }) => ({ object_id: objectId, version })),
    ...(gasCoin === undefined ? {} : { gas_object: gasCoin.objectId }),
    balance_changes: balanceChanges.map(({ address, amount }) => ({ address, amount })),
  };
};

/** Names and values of a transaction for people. `nameOf` gives what is known of an address. */
export const transactionFields = (
  { effects, balanceChanges, checkpoint, timestamp }: ShownTransaction,
  { dryRun = false, nameOf = () => undefined }: ViewOptions = {},
): (readonly [string, string])[] => {
  const { digest, success, error, epoch, fee, created, deleted } = readEffects(effects);
  const named = (address: string): string => {
    const name = nameOf(address);
    return name === undefined ? address : `${address} (${name})`;
  };
  const parts = [
    ['base', fee.baseFee],
    ['operation', fee.operationFee],
    ['value', fee.valueFee],
  ] as const;
  const lines = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : ([[title, texts.join('\n')]] as const);
  return [
    ...(dryRun ? [] : ([['Digest', digest]] as const)),
    ['Status', success ? 'success' : `failed: ${error?.message ?? ''}`],
    ['Epoch', String(epoch)],
    ...(checkpoint === undefined ? [] : ([['Checkpoint', String(checkpoint)]] as const)),
    ...(timestamp === undefined ? [] : ([['Time', new Date(Number(timestamp)).toISOString()]] as const)),
    [
      'Fee',
      `${somaText(fee.totalFee)} (${parts
        .filter(([, amount]) => amount > 0n)
        .map(([name, amount]) => `${name} ${amount}`)
        .join(' + ')} shannons)`,
    ],
    ...lines(
      'Created',
      created.map(({ objectId, owner }) => `${objectId} of ${named(ownerText(owner))}`),
    ),
    ...lines(
      'Deleted',
      deleted.map(({ objectId }) => objectId),
    ),
    ...lines(
      'Balances',
      balanceChanges.map(({ address, amount }) => `${named(address)} ${changeText(amount)}`),
    ),
  ];
};

export interface ViewOptions {
  readonly dryRun?: boolean;
  readonly nameOf?: (address: string) => string | undefined;
}

/** Prints it, for people. */
export const showTransaction = (out: Output, transaction: ShownTransaction, options: ViewOptions = {}): Promise<void> =>
  out.fields(transactionFields(transaction, options));
