import { Coin, type ObjectRef, ObjectRef as ObjectRefCodec, SomaObject, type TransactionKind } from '@somakit/bcs';
import { fromHex } from '@somakit/core';
import { objectDigest } from '@somakit/crypto';
import transactions from '@somakit/vectors/transactions.json';
import * as tx from '../../src/index.js';

/** A call of the official client, the coins and objects that it was offered, and what it made of them. */
export interface BuilderCase {
  readonly name: string;
  readonly method: string;
  readonly signer_secret: string;
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own arguments
  readonly args: any;
  readonly coins: readonly unknown[];
  readonly objects: readonly unknown[];
  readonly architecture_version?: string;
  readonly model_id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own fields
  readonly transaction: { readonly kind: any; readonly sender: string; readonly gas_payment: readonly unknown[] };
  readonly bcs: string;
  readonly digest: string;
  readonly signing_digest: string;
  readonly signatures: readonly string[];
  readonly signed_transaction: string;
}

export interface RejectCase {
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: each method has its own arguments
  readonly args: any;
  readonly accepted: boolean;
  readonly message?: string;
}

export const builders: readonly BuilderCase[] = transactions.builders;
export const rejects: readonly RejectCase[] = transactions.rejects;

export const refFromJson = (json: unknown): ObjectRef => ObjectRefCodec.fromJson(json);

/** The reference that the chain gives an object. */
export const refOf = (json: unknown): ObjectRef => {
  const object = SomaObject.fromJson(json);
  return { objectId: object.objectId, version: object.version, digest: objectDigest(SomaObject.encode(object)) };
};

export const coinOf = (json: unknown): tx.CoinObject => ({
  ...refOf(json),
  balance: Coin.decode(SomaObject.fromJson(json).contents).balance,
});

/** The official client multiplies in binary64 and cuts off. */
const shannons = (soma: number | null | undefined): bigint | undefined =>
  soma === null || soma === undefined ? undefined : BigInt(Math.trunc(soma * 1e9));

/** JSON numbers above 2^53 do not survive the reading; the recorded kind has them as text. */
const rate = (arg: number, recorded: string): number | bigint => (Number.isSafeInteger(arg) ? arg : BigInt(recorded));

const bytes = (arg: { readonly hex: string } | null | undefined): Uint8Array => fromHex(arg?.hex ?? '');

const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const camel = (args: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(args).map(([key, value]) => [
      camelCase(key),
      value !== null && typeof value === 'object' && 'hex' in value ? bytes(value as { hex: string }) : value,
    ]),
  );

/** The kind that our builder makes of the official client's arguments, with the coins that it chose. */
export const kindOfCase = (it: BuilderCase): TransactionKind => {
  const { args } = it;
  const recorded = Object.values(it.transaction.kind)[0] as Record<string, never>;
  const coins = it.coins.map(coinOf);
  const richest = () => coins.reduce((best, coin) => (coin.balance > best.balance ? coin : best));
  const object = (id: string) => {
    const found = it.objects.map(refOf).find(({ objectId }) => objectId.endsWith(id.replace(/^0x/, '').toLowerCase()));
    if (found === undefined) throw new Error(`no object ${id} in ${it.name}`);
    return found;
  };
  switch (it.method) {
    case 'create_model':
      return tx.createModel({
        commissionRate: args.commission_rate,
        stakeAmount: shannons(args.stake_amount) ?? 0n,
        architectureVersion: BigInt(it.architecture_version ?? '1'),
      });
    case 'commit_model':
      return tx.commitModel(camel(args) as unknown as tx.CommitModelParameters);
    case 'reveal_model':
      return tx.revealModel(camel(args) as unknown as tx.RevealModelParameters);
    case 'deactivate_model':
      return tx.deactivateModel({ modelId: args.model_id });
    case 'set_model_commission_rate':
      return tx.setModelCommissionRate({
        modelId: args.model_id,
        newRate: rate(args.new_rate, recorded.new_rate ?? '0'),
      });
    case 'report_model':
      return tx.reportModel({ modelId: args.model_id });
    case 'undo_report_model':
      return tx.undoReportModel({ modelId: args.model_id });
    case 'submit_data':
      return tx.submitData({
        ...(camel(args) as unknown as tx.SubmitDataParameters),
        bondCoin: refFromJson(recorded.bond_coin),
      });
    case 'claim_rewards':
      return tx.claimRewards({ targetId: args.target_id });
    case 'report_submission':
      return tx.reportSubmission({ targetId: args.target_id });
    case 'undo_report_submission':
      return tx.undoReportSubmission({ targetId: args.target_id });
    case 'transfer_coin':
      return tx.transferCoin({ coin: richest(), amount: shannons(args.amount), recipient: args.recipient });
    case 'pay_coins':
      return tx.payCoins({
        coins: [richest()],
        amounts: args.amounts.map(shannons),
        recipients: args.recipients,
      });
    case 'merge_coins':
      return tx.mergeCoins({ owner: it.transaction.sender, coins }).kind;
    case 'transfer_objects':
      return tx.transferObjects({ objects: args.object_ids.map(object), recipient: args.recipient });
    case 'add_stake':
      return tx.addStake({ validator: args.validator, coin: richest(), amount: shannons(args.amount) });
    case 'add_stake_to_model':
      return tx.addStakeToModel({ modelId: args.model_id, coin: richest(), amount: shannons(args.amount) });
    case 'withdraw_stake':
      return tx.withdrawStake({ stakedSoma: object(args.staked_soma_id) });
    case 'add_validator':
      return tx.addValidator(camel(args) as unknown as tx.AddValidatorParameters);
    case 'remove_validator':
      return tx.removeValidator({ pubkeyBytes: bytes(args.pubkey_bytes) });
    case 'update_validator_metadata':
      return tx.updateValidatorMetadata(camel(args) as tx.UpdateValidatorMetadataParameters);
    case 'set_validator_commission_rate':
      return tx.setCommissionRate({ newRate: rate(args.new_rate, recorded.new_rate ?? '0') });
    case 'report_validator':
      return tx.reportValidator({ reportee: args.reportee });
    case 'undo_report_validator':
      return tx.undoReportValidator({ reportee: args.reportee });
    default:
      throw new Error(`no builder for ${it.method}`);
  }
};

/** The gas coins that the official client drew. */
export const gasOfCase = (it: BuilderCase): readonly ObjectRef[] =>
  it.method === 'merge_coins'
    ? tx.mergeCoins({ owner: it.transaction.sender, coins: it.coins.map(coinOf) }).gasPayment
    : it.transaction.gas_payment.map(refFromJson);
