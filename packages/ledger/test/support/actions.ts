// Random actions on a world: numbers become transactions that mostly make sense, and some that do not.
import { SomaTensor, type TransactionKind, tensor } from '@somakit/bcs';
import { string } from '@somakit/bcs/codec';
import { type Address, digestBytes, isError, type ObjectId, parseDigest } from '@somakit/core';
import { blake2b256, commitment, Keypair } from '@somakit/crypto';
import { blsPublicKey, createProofOfPossession, generateBlsSecretKey } from '@somakit/crypto/bls';
import { type ExecutionResult, stakedSoma, targetOf } from '../../src/index.js';
import { type CoinRef, refOf, type World } from './world.js';

/** One random action; the numbers choose among what there is. */
export interface Action {
  readonly op: number;
  readonly actor: number;
  readonly a: number;
  readonly b: number;
}

/** What a log keeps: enough to do it all again on a fresh ledger. */
export type LogEntry =
  | { readonly bytes: Uint8Array; readonly signatures: readonly Uint8Array[] }
  | { readonly epochAtMs: bigint }
  | { readonly checkpointAtMs: bigint };

const pick = <T>(list: readonly T[], n: number): T | undefined =>
  list.length === 0 ? undefined : list[n % list.length];
const key = parseDigest(new Uint8Array(32).fill(7));

/** Amounts of all sizes, the awkward ones among them. */
const amountOf = (n: number, coin: CoinRef): bigint => {
  const awkward = [0n, 1n, coin.balance, coin.balance - 1000n, coin.balance - 1600n, coin.balance + 1n, 2n ** 64n - 1n];
  const chosen = n % 13 === 0 ? awkward[n % awkward.length]! : (coin.balance * BigInt(n % 97)) / 600n;
  return chosen < 0n ? 0n : chosen;
};

const embeddingOf = (world: World, n: number): SomaTensor => {
  const dim = Number(world.ledger.systemState().parameters.targetEmbeddingDim) + (n % 23 === 0 ? 1 : 0);
  return tensor(Float32Array.from({ length: dim }, (_, i) => Math.sin(n * 7 + i)));
};

const multiaddr = (port: number): Uint8Array => string.encode(`/ip4/127.0.0.1/tcp/${port}/http`);

/** The kind of transaction that an action means; undefined when there is nothing to do it with. */
const kindOf = (
  world: World,
  people: readonly Keypair[],
  action: Action,
  from: Keypair,
): TransactionKind | undefined => {
  const { a, b } = action;
  const coins = world.coins(from);
  const coin = pick(coins, a);
  const to: Address = pick(people, b)!.address;
  const state = world.ledger.systemState();
  const modelId = pick([...state.modelRegistry.models.keys()], a);
  const target = pick([...world.ledger.listObjects({ type: 'Target' })], a);
  const targetId: ObjectId | undefined = target?.objectId;
  const validator = pick(state.validators, b)?.metadata.somaAddress ?? to;
  switch (action.op) {
    case 0:
    case 1:
    case 2:
      return (
        coin && { kind: 'TransferCoin', coin, amount: b % 17 === 0 ? undefined : amountOf(b, coin), recipient: to }
      );
    case 3:
    case 4: {
      const used = coins.slice(0, 1 + (a % 3));
      const recipients = people.slice(0, (b % 4) + (b % 9 === 0 ? 0 : 1)).map(({ address }) => address);
      const amounts =
        b % 15 === 0 ? undefined : recipients.map((_, i) => (coin === undefined ? 0n : amountOf(b + i, coin) / 4n));
      return { kind: 'PayCoins', coins: used, amounts, recipients };
    }
    case 5:
      return {
        kind: 'TransferObjects',
        objects: world
          .objects(from)
          .slice(a % 3, (a % 3) + (b % 3))
          .map(refOf),
        recipient: to,
      };
    case 6:
    case 7:
      return (
        coin && {
          kind: 'AddStake',
          address: a % 7 === 0 ? to : validator,
          coinRef: coin,
          amount: b % 14 === 0 ? undefined : amountOf(b, coin),
        }
      );
    case 8: {
      const receipt = pick(world.objects(from, a % 9 === 0 ? 'Coin' : 'StakedSoma'), a);
      return receipt && { kind: 'WithdrawStake', stakedSoma: refOf(receipt) };
    }
    case 9:
      return {
        kind: 'CreateModel',
        stakeAmount: BigInt(500_000_000 + (a % 40) * 50_000_000),
        commissionRate: BigInt(b % 10_500),
        architectureVersion: 1n,
      };
    case 10:
    case 11:
      return (
        modelId && {
          kind: 'CommitModel',
          modelId,
          manifest: { url: 'https://host/w', checksum: key, size: 1n },
          weightsCommitment: key,
          embeddingCommitment: commitment(SomaTensor.encode(embeddingOf(world, a))),
          decryptionKeyCommitment: commitment(digestBytes(key)),
        }
      );
    case 12:
    case 13: {
      if (modelId === undefined) return undefined;
      const model = state.modelRegistry.models.get(modelId)!;
      const wanted =
        model.kind === 'Pending'
          ? model.embeddingCommitment
          : model.kind === 'Active'
            ? model.pendingUpdate?.embeddingCommitment
            : undefined;
      const fits = Array.from({ length: 60 }, (_, n) => embeddingOf(world, n)).find(
        (each) => commitment(SomaTensor.encode(each)) === wanted,
      );
      return { kind: 'RevealModel', modelId, decryptionKey: key, embedding: fits ?? embeddingOf(world, b) };
    }
    case 14:
      return (
        modelId &&
        coin && { kind: 'AddStakeToModel', modelId, coinRef: coin, amount: b % 4 === 0 ? undefined : amountOf(b, coin) }
      );
    case 15:
      return modelId && { kind: 'SetModelCommissionRate', modelId, newRate: BigInt(b % 11_000) };
    case 16:
      return (
        modelId &&
        (a % 2 === 1 && b % 3 === 0 ? { kind: 'DeactivateModel', modelId } : { kind: 'ReportModel', modelId })
      );
    case 17:
      return modelId && { kind: 'UndoReportModel', modelId };
    case 18:
    case 19:
    case 20: {
      if (target === undefined || coin === undefined) return undefined;
      const { modelIds } = targetOf(target);
      return {
        kind: 'SubmitData',
        targetId: target.objectId,
        dataManifest: { url: 'https://host/d', checksum: key, size: BigInt(b % 5_000) },
        modelId: pick(modelIds, b) ?? target.objectId,
        embedding: embeddingOf(world, a),
        distanceScore: tensor([(b % 30) / 15]),
        lossScore: tensor([0.5]),
        bondCoin: coin,
      };
    }
    case 21:
    case 22:
      return targetId && { kind: 'ClaimRewards', targetId };
    case 23:
      return targetId && { kind: 'ReportSubmission', targetId };
    case 24:
      return targetId && { kind: 'UndoReportSubmission', targetId };
    case 25:
      return { kind: 'ReportValidator', reportee: validator };
    case 26:
      return { kind: 'UndoReportValidator', reportee: validator };
    case 27:
      return { kind: 'SetCommissionRate', newRate: BigInt(a % 11_000) };
    case 28:
      return a % 8 === 0
        ? { kind: 'RemoveValidator', pubkeyBytes: new Uint8Array(96) }
        : { kind: 'UpdateValidatorMetadata', nextEpochP2pAddress: multiaddr(20_000 + (b % 50)) };
    case 29: {
      if (b % 4 !== 0) return undefined;
      const secret = generateBlsSecretKey(blake2b256(Uint8Array.of(action.actor)));
      const keyOf = (label: number) => Keypair.fromSecretKey(blake2b256(Uint8Array.of(action.actor, label))).publicKey;
      const port = 30_000 + action.actor * 10;
      return {
        kind: 'AddValidator',
        pubkeyBytes: blsPublicKey(secret),
        networkPubkeyBytes: keyOf(1),
        workerPubkeyBytes: keyOf(2),
        proofOfPossession: createProofOfPossession(secret, a % 4 === 0 ? to : from.address),
        netAddress: multiaddr(port),
        p2pAddress: multiaddr(port + 1),
        primaryAddress: multiaddr(port + 2),
        proxyAddress: multiaddr(port + 3),
      };
    }
    default:
      return {
        kind: 'ConsensusCommitPrologueV1',
        epoch: 0n,
        round: 0n,
        commitTimestampMs: 0n,
        consensusCommitDigest: key,
        additionalStateDigest: key,
      };
  }
};

/** How many kinds of actions there are. */
export const ACTIONS = 31;

/** Who acts: mostly one who may, where a model's owner or a validator is needed. */
const senderOf = (world: World, people: readonly Keypair[], { op, actor, a }: Action): Keypair => {
  const anybody = people[actor % people.length]!;
  const state = world.ledger.systemState();
  if (a % 5 === 0) return anybody;
  const model = pick([...state.modelRegistry.models.values()], a);
  const wanted =
    op >= 10 && op <= 16 && op !== 14 && !(op === 16 && a % 2 === 0)
      ? model?.owner
      : op >= 16 && op <= 28 && op !== 20 && op !== 21
        ? pick(state.validators, actor)?.metadata.somaAddress
        : undefined;
  return people.find(({ address }) => address === wanted) ?? anybody;
};

/** A runner of actions that keeps a log. */
export const createRunner = (world: World, people: readonly Keypair[]) => {
  const log: LogEntry[] = [];
  const counts = new Map<string, number>();
  let now = world.genesis.timestampMs;
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  const run = (action: Action): ExecutionResult | undefined => {
    now += 1000n;
    if (action.b % 19 === 0 && action.a % 3 === 0) {
      if (action.a % 2 === 0) now += 90_000_000n;
      world.ledger.advanceEpoch({ timestampMs: now });
      log.push({ epochAtMs: now });
      count('epoch');
      return undefined;
    }
    if (action.b % 31 === 0) {
      world.ledger.createCheckpoint({ timestampMs: now });
      log.push({ checkpointAtMs: now });
    }
    const from = senderOf(world, people, action);
    const kind = kindOf(world, people, action, from);
    if (kind === undefined) return undefined;
    const coins = world.coins(from);
    // One gas coin mostly, sometimes several, sometimes the poorest.
    const gas =
      action.a % 6 === 0
        ? coins.slice(0, 3)
        : action.a % 11 === 0
          ? coins.slice(-1)
          : coins.slice(action.b % 2, (action.b % 2) + 1);
    const signed = world.sign(from, kind, gas);
    try {
      const result = world.ledger.execute(signed);
      log.push(signed);
      count(`${kind.kind} ${result.effects.status.kind === 'Success' ? 'Success' : result.effects.status.error.kind}`);
      return result;
    } catch (error) {
      if (!isError(error, 'TRANSACTION_REFUSED')) throw error;
      count(`refused ${error.context.reason.kind}`);
      return undefined;
    }
  };
  return { run, log, counts, stakes: (of: Keypair) => world.objects(of, 'StakedSoma').map(stakedSoma) };
};

/** Does a log again. */
export const replayLog = (world: World, log: readonly LogEntry[]): void => {
  for (const entry of log) {
    if ('epochAtMs' in entry) world.ledger.advanceEpoch({ timestampMs: entry.epochAtMs });
    else if ('checkpointAtMs' in entry) world.ledger.createCheckpoint({ timestampMs: entry.checkpointAtMs });
    else world.ledger.execute(entry);
  }
};
