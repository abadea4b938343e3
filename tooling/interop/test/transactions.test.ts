import { SenderSignedData, type TransactionKind } from '@somakit/bcs';
import { fromHex, type ObjectId, toBase58, toHex } from '@somakit/core';
import { Keypair, verifyTransactionSignature } from '@somakit/crypto';
import * as tx from '@somakit/tx-builders';
import transactions from '@somakit/vectors/transactions.json';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Peer, startPeer } from '../src/peer.js';

const python = findPart('python');

const bytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const below = (limit: number): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % limit;
const u64 = (): bigint => BigInt(`0x${toHex(bytes(8))}`);
const id = (): ObjectId => `0x${toHex(bytes(32))}` as ObjectId;
const digest = (): string => toBase58(bytes(32));
const ref = (): tx.ObjectRefInput => ({ objectId: id(), version: u64() >> 1n, digest: digest() });
const refs = (): tx.ObjectRefInput[] => Array.from({ length: 1 + below(4) }, ref);
const amount = (): bigint | undefined => (below(3) === 0 ? undefined : u64());
const maybe = <T>(make: () => T): T | undefined => (below(2) === 0 ? undefined : make());
const floats = (): Float32Array =>
  Float32Array.from({ length: 1 + below(40) }, () => (below(2 ** 31) - 2 ** 30) * 2 ** -below(60));
const url = (): string => `https://example.com/${toHex(bytes(4))}/ü?q=a b`;
const address = (): string | Uint8Array => (below(2) === 0 ? '/dns/example.com/tcp/8080' : bytes(below(90)));

const content = () => ({ checksum: digest(), size: below(2 ** 31) });

/** One random kind from each of our functions. */
const makers: Record<tx.UserKind, () => TransactionKind> = {
  AddValidator: () =>
    tx.addValidator({
      pubkeyBytes: bytes(96),
      networkPubkeyBytes: bytes(32),
      workerPubkeyBytes: bytes(32),
      proofOfPossession: bytes(48),
      netAddress: address(),
      p2pAddress: address(),
      primaryAddress: address(),
      proxyAddress: address(),
    }),
  RemoveValidator: () => tx.removeValidator({ pubkeyBytes: bytes(below(100)) }),
  ReportValidator: () => tx.reportValidator({ reportee: id() }),
  UndoReportValidator: () => tx.undoReportValidator({ reportee: id() }),
  UpdateValidatorMetadata: () =>
    tx.updateValidatorMetadata({
      nextEpochNetworkAddress: maybe(address),
      nextEpochP2pAddress: maybe(address),
      nextEpochPrimaryAddress: maybe(address),
      nextEpochProxyAddress: maybe(address),
      nextEpochProtocolPubkey: maybe(() => bytes(96)),
      nextEpochWorkerPubkey: maybe(() => bytes(32)),
      nextEpochNetworkPubkey: maybe(() => bytes(below(64))),
      nextEpochProofOfPossession: maybe(() => bytes(48)),
    }),
  SetCommissionRate: () => tx.setCommissionRate({ newRate: u64() }),
  TransferCoin: () => tx.transferCoin({ coin: ref(), amount: amount(), recipient: id() }),
  PayCoins: () => {
    const recipients = Array.from({ length: 1 + below(4) }, id);
    return below(4) === 0
      ? tx.payCoins({ coins: refs(), recipients: [id()] })
      : tx.payCoins({ coins: refs(), recipients, amounts: recipients.map(u64) });
  },
  TransferObjects: () => tx.transferObjects({ objects: refs(), recipient: id() }),
  AddStake: () => tx.addStake({ validator: id(), coin: ref(), amount: amount() }),
  WithdrawStake: () => tx.withdrawStake({ stakedSoma: ref() }),
  CreateModel: () => tx.createModel({ commissionRate: below(10_001), stakeAmount: u64(), architectureVersion: u64() }),
  CommitModel: () =>
    tx.commitModel({
      modelId: id(),
      weightsUrl: url(),
      encryptedWeights: bytes(below(500)),
      decryptionKey: bytes(32),
      embedding: floats(),
    }),
  RevealModel: () => tx.revealModel({ modelId: id(), decryptionKey: digest(), embedding: floats() }),
  AddStakeToModel: () => tx.addStakeToModel({ modelId: id(), coin: ref(), amount: amount() }),
  SetModelCommissionRate: () => tx.setModelCommissionRate({ modelId: id(), newRate: below(10_001) }),
  DeactivateModel: () => tx.deactivateModel({ modelId: id() }),
  ReportModel: () => tx.reportModel({ modelId: id() }),
  UndoReportModel: () => tx.undoReportModel({ modelId: id() }),
  SubmitData: () =>
    tx.submitData({
      targetId: id(),
      ...content(),
      dataUrl: url(),
      modelId: id(),
      embedding: floats(),
      distanceScore: Math.random() * 2,
      lossScore: floats(),
      bondCoin: ref(),
    }),
  ClaimRewards: () => tx.claimRewards({ targetId: id() }),
  ReportSubmission: () => tx.reportSubmission({ targetId: id() }),
  UndoReportSubmission: () => tx.undoReportSubmission({ targetId: id() }),
};

describe.skipIf(python === undefined)('transactions with the official Python client at the other end', () => {
  let peer: Peer;
  beforeAll(() => {
    peer = startPeer(python ?? '', 'soma_peer');
  });
  afterAll(() => peer.stop());

  it.each(Object.entries(makers))('%s of ours is parsed and signed by the client as here', async (_, make) => {
    for (let i = 0; i < 8; i++) {
      const signer = Keypair.generate();
      const built = tx.buildTransaction({ sender: signer.address, kind: make(), gasPayment: refs() });
      const ours = await tx.signTransaction(built, signer);
      const theirs = fromHex(await peer.call<string>('sign', signer.toSecretKeyHex(), toHex(built.bytes)));
      // The client decodes the transaction and encodes it anew around its own signature.
      expect(toHex(theirs)).toBe(toHex(ours.signedBytes));
      expect(tx.decodeSignedTransaction(theirs)).toEqual(ours);
      const [signature] = SenderSignedData.decode(theirs).txSignatures;
      expect(verifyTransactionSignature(built.bytes, signature as Uint8Array)).toBe(signer.address);
    }
  });

  it("reads what the client makes of its own transactions, in people's words too", async () => {
    for (const { bcs, signer_secret, digest: recorded } of transactions.builders) {
      const theirs = fromHex(await peer.call<string>('sign', signer_secret, bcs));
      const parsed = tx.parseTransaction(theirs);
      expect(parsed.digest).toBe(recorded);
      expect(toHex(parsed.bytes)).toBe(bcs);
      expect(parsed.summary.length).toBeGreaterThan(10);
      expect(verifyTransactionSignature(parsed.bytes, parsed.signatures[0] as Uint8Array)).toBe(parsed.sender);
    }
  });

  it('refuses the bytes that the client refuses', async () => {
    const built = tx.buildTransaction({
      sender: id(),
      kind: tx.transferCoin({ coin: ref(), amount: 1n, recipient: id() }),
      gasPayment: refs(),
    });
    const secret = Keypair.generate().toSecretKeyHex();
    const damaged = [
      built.bytes.slice(0, -1),
      Uint8Array.of(...built.bytes, 0),
      Uint8Array.of(1, ...built.bytes.slice(1)),
      Uint8Array.of(0, 26, ...built.bytes.slice(2)),
      // The length in front of the coin's digest.
      built.bytes.map((byte, i) => (i === 2 + 32 + 8 ? 31 : byte)),
      new Uint8Array(0),
    ];
    for (const each of damaged) {
      expect(await peer.ask('sign', secret, toHex(each))).toHaveProperty('error', 'ValueError');
      expect(() => tx.readTransaction(each)).toThrow(expect.objectContaining({ name: 'SomaKitError' }));
    }
  });
});
