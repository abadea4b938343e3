import type { TransactionKind } from '@somakit/bcs';
import { type ObjectId, toBase58, toHex } from '@somakit/core';
import fc from 'fast-check';
import * as tx from '../../src/index.js';

export const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
export const objectIds = bytes(32).map((id) => `0x${toHex(id)}` as ObjectId);
export const digests = bytes(32).map(toBase58);
export const u64s = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

export const coins: fc.Arbitrary<tx.CoinObject> = fc
  .record({ objectId: objectIds, version: u64s, digest: digests, balance: fc.bigInt({ min: 0n, max: 10n ** 13n }) })
  .map((coin) => coin as tx.CoinObject);

/** Coins of different ids; many with equal and with tiny balances. */
export const wallets = (options: {
  readonly minLength?: number;
  readonly maxLength: number;
}): fc.Arbitrary<tx.CoinObject[]> =>
  fc.uniqueArray(
    fc.oneof(
      coins,
      coins.map((coin) => ({ ...coin, balance: coin.balance % 5_000n })),
      coins.map((coin) => ({ ...coin, balance: 2_000_000_000n })),
    ),
    { ...options, selector: ({ objectId }) => objectId },
  );

export const feeParameters = fc.record({
  baseFee: fc.bigInt({ min: 0n, max: 5_000n }),
  writeObjectFee: fc.bigInt({ min: 0n, max: 1_000n }),
  valueFeeBps: fc.bigInt({ min: 0n, max: 100n }),
  submissionBondPerByte: fc.bigInt({ min: 1n, max: 100n }),
});

const embeddings = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 24 });
const rates = fc.oneof(fc.integer({ min: 0, max: 10_000 }), u64s);
const urls = fc.webUrl({ withQueryParameters: true, withFragments: true });
const hosts = fc.constantFrom('/dns/example.com/tcp/8080', '/ip4/127.0.0.1/tcp/9000/http', '/ip6/::1/udp/1');
const amount = fc.option(u64s, { nil: undefined });

/** One arbitrary kind for each function; `coin` is what they work on. */
export const kindsBy = (
  coin: fc.Arbitrary<tx.ObjectRefInput> = coins,
): Record<tx.UserKind, fc.Arbitrary<TransactionKind>> => {
  const make = <P>(parameters: { readonly [K in keyof P]: fc.Arbitrary<P[K]> }, build: (of: P) => TransactionKind) =>
    fc.record(parameters as never).map((of) => build(of as P));
  const model = { modelId: objectIds };
  const target = { targetId: objectIds };
  const many = fc.uniqueArray(coins, { minLength: 1, maxLength: 4, selector: ({ objectId }) => objectId });
  const content = { checksum: digests, size: fc.oneof(u64s, fc.integer({ min: 0, max: 1_048_576 })) };
  const addresses = {
    netAddress: hosts as fc.Arbitrary<string | Uint8Array>,
    p2pAddress: fc.oneof(hosts, fc.uint8Array()) as fc.Arbitrary<string | Uint8Array>,
    primaryAddress: hosts as fc.Arbitrary<string | Uint8Array>,
    proxyAddress: hosts as fc.Arbitrary<string | Uint8Array>,
  };
  const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
  return {
    AddValidator: make<tx.AddValidatorParameters>(
      {
        pubkeyBytes: bytes(96),
        networkPubkeyBytes: bytes(32),
        workerPubkeyBytes: bytes(32),
        proofOfPossession: bytes(48),
        ...addresses,
      },
      tx.addValidator,
    ),
    RemoveValidator: make<tx.RemoveValidatorParameters>({ pubkeyBytes: fc.uint8Array() }, tx.removeValidator),
    ReportValidator: make<tx.ReportValidatorParameters>({ reportee: objectIds }, tx.reportValidator),
    UndoReportValidator: make<tx.ReportValidatorParameters>({ reportee: objectIds }, tx.undoReportValidator),
    UpdateValidatorMetadata: make<Required<tx.UpdateValidatorMetadataParameters>>(
      {
        nextEpochNetworkAddress: maybe(addresses.netAddress),
        nextEpochP2pAddress: maybe(addresses.p2pAddress),
        nextEpochPrimaryAddress: maybe(addresses.primaryAddress),
        nextEpochProxyAddress: maybe(addresses.proxyAddress),
        nextEpochProtocolPubkey: maybe(fc.uint8Array()),
        nextEpochWorkerPubkey: maybe(bytes(32)),
        nextEpochNetworkPubkey: maybe(bytes(32)),
        nextEpochProofOfPossession: maybe(bytes(48)),
      },
      tx.updateValidatorMetadata,
    ),
    SetCommissionRate: make<tx.SetCommissionRateParameters>({ newRate: rates }, tx.setCommissionRate),
    TransferCoin: make<tx.TransferCoinParameters>({ coin, amount, recipient: objectIds }, tx.transferCoin),
    PayCoins: fc
      .tuple(
        many,
        fc.array(fc.tuple(objectIds, fc.bigInt({ min: 0n, max: 10n ** 12n })), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        coin,
      )
      .map(([others, payments, withAmounts, first]) =>
        tx.payCoins({
          coins: [first, ...others.filter(({ objectId }) => objectId !== first.objectId)],
          recipients: withAmounts ? payments.map(([recipient]) => recipient) : [payments[0]?.[0] ?? ''],
          amounts: withAmounts ? payments.map(([, each]) => each) : undefined,
        }),
      ),
    TransferObjects: fc.tuple(many, coin, objectIds).map(([others, first, recipient]) =>
      tx.transferObjects({
        objects: [first, ...others.filter(({ objectId }) => objectId !== first.objectId)],
        recipient,
      }),
    ),
    AddStake: make<tx.AddStakeParameters>({ validator: objectIds, coin, amount }, tx.addStake),
    WithdrawStake: make<tx.WithdrawStakeParameters>({ stakedSoma: coins }, tx.withdrawStake),
    CreateModel: make<tx.CreateModelParameters>(
      { commissionRate: rates, stakeAmount: u64s, architectureVersion: u64s },
      tx.createModel,
    ),
    CommitModel: fc
      .record({ ...model, ...content, weightsUrl: urls, decryptionKey: bytes(32), embedding: embeddings })
      .map(tx.commitModel),
    RevealModel: fc.record({ ...model, decryptionKey: digests, embedding: embeddings }).map(tx.revealModel),
    AddStakeToModel: make<tx.AddStakeToModelParameters>({ ...model, coin, amount }, tx.addStakeToModel),
    SetModelCommissionRate: make<tx.SetModelCommissionRateParameters>(
      { ...model, newRate: rates },
      tx.setModelCommissionRate,
    ),
    DeactivateModel: fc.record(model).map(tx.deactivateModel),
    ReportModel: fc.record(model).map(tx.reportModel),
    UndoReportModel: fc.record(model).map(tx.undoReportModel),
    SubmitData: fc
      .record({
        ...target,
        ...content,
        ...model,
        dataUrl: urls,
        embedding: embeddings,
        lossScore: embeddings,
        distanceScore: fc.float({ noNaN: true, noDefaultInfinity: true }),
        bondCoin: coin,
      })
      .map(tx.submitData),
    ClaimRewards: fc.record(target).map(tx.claimRewards),
    ReportSubmission: fc.record(target).map(tx.reportSubmission),
    UndoReportSubmission: fc.record(target).map(tx.undoReportSubmission),
  };
};

export const kinds: fc.Arbitrary<TransactionKind> = fc.oneof(...Object.values(kindsBy()));

/** A kind with gas coins, the first of which may be the coin that the kind works on. */
export const transactions: fc.Arbitrary<{
  kind: TransactionKind;
  gasPayment: readonly tx.CoinObject[];
  sender: string;
}> = fc
  .tuple(wallets({ minLength: 1, maxLength: 3 }), objectIds, fc.boolean())
  .chain(([gasPayment, sender, shared]) => {
    const first = gasPayment[0] as tx.CoinObject;
    return fc
      .oneof(...Object.values(kindsBy(shared ? fc.constant(first) : coins)))
      .map((kind) => ({ kind, gasPayment, sender }));
  });
