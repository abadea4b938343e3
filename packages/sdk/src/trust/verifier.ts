import {
  CheckpointSummary,
  Object as ObjectCodec,
  type ObjectType,
  type Object as SomaObject,
  type TransactionEffects,
} from '@somakit/bcs';
import { isError, type ObjectId, parseDigest, parseObjectId, raceSignal } from '@somakit/core';
import { checkpointDigest, objectDigest } from '@somakit/crypto';
import {
  committeeFromBcs,
  nextCommittee,
  type TrustedCommittee,
  trustGenesis,
  type VerifiedCheckpoint,
  verifyCheckpoint,
  verifyCheckpointContents,
  verifyEffects,
  verifyObject,
} from '@somakit/protocol/verify';
import { type ObjectView, type Rpc, rawMessage } from '@somakit/rpc';
import { balanceChanges } from '@somakit/tx-builders';
import { unproven } from './errors.js';
import type { Trust, TrustedStart } from './types.js';

/** So many proven checkpoints are kept: writes at the same time share them. */
const KEPT = 256;

type Contents = Parameters<typeof verifyCheckpointContents>[1];

interface Proven {
  readonly checkpoint: VerifiedCheckpoint;
  readonly contents: Contents;
}

/** What the node does not show cannot be proven. */
const shown = async <T>(promise: Promise<T>, subject: Parameters<typeof unproven>[0], what: string): Promise<T> => {
  try {
    return await promise;
  } catch (error) {
    if (isError(error, 'RPC_NOT_FOUND')) {
      throw unproven(subject, 'notContained', `The node does not show ${what}.`, { cause: error });
    }
    throw error;
  }
};

interface RawObject {
  readonly contents?: Uint8Array;
}

/** The chain's own value of an object that was read as a whole. */
const objectOf = (view: ObjectView): SomaObject => {
  const raw = rawMessage(view) as RawObject & { readonly object?: RawObject };
  const { contents } = raw.object ?? raw;
  const { objectId, objectType, version, owner, previousTransaction } = view;
  return {
    objectId,
    objectType: { kind: objectType } as ObjectType,
    version,
    contents: contents ?? new Uint8Array(),
    owner,
    previousTransaction,
  };
};

const WHOLE = ['objectId', 'version', 'digest', 'objectType', 'owner', 'contents', 'previousTransaction'] as const;

/** Proves what a node answers, from a trusted start on. Loaded only by clients that ask for it. */
export const createVerifier = (rpc: Rpc, start: TrustedStart): Trust => {
  const committees = new Map<bigint, TrustedCommittee>();
  let genesis: VerifiedCheckpoint | undefined;
  let newest = 0n;
  let oldest = 0n;
  let beginning: Promise<void> | undefined;
  let following: Promise<unknown> = Promise.resolve();
  const proven = new Map<bigint, Promise<Proven>>();

  const startWith = (committee: TrustedCommittee): void => {
    committees.set(committee.epoch, committee);
    newest = oldest = committee.epoch;
  };

  const startAtGenesis = async (chainId: string): Promise<void> => {
    const readMask = ['summary', 'contents', 'transactions.transaction'] as const;
    const first = await shown(rpc.getCheckpoint({ sequenceNumber: 0n, readMask }), 'genesis', 'checkpoint 0');
    const transaction = first.transactions[0]?.transaction;
    const effectsDigest = first.contents.transactions[0]?.effects;
    if (transaction === undefined || effectsDigest === undefined) {
      throw unproven('genesis', 'malformed', 'Checkpoint 0 comes without its transaction.');
    }
    const { committee, checkpoint } = trustGenesis({ chainId, summary: first.summary, transaction, effectsDigest });
    startWith(committee);
    genesis = checkpoint;
  };

  const startAtCheckpoint = async (text: string): Promise<void> => {
    const digest = parseDigest(text);
    const read = rpc.getCheckpoint({ digest, readMask: ['summary'] });
    const { summary } = await shown(read, 'checkpoint', `the trusted checkpoint ${digest}`);
    const received = checkpointDigest(CheckpointSummary.encode(summary));
    if (received !== digest) {
      const more = { expected: digest, received, sequenceNumber: summary.sequenceNumber };
      throw unproven('checkpoint', 'digest', 'The checkpoint is not the trusted one.', more);
    }
    startWith(nextCommittee({ summary, digest }));
  };

  const begin = async (): Promise<void> => {
    if ('chainId' in start) return startAtGenesis(start.chainId);
    if ('checkpoint' in start) return startAtCheckpoint(start.checkpoint);
    const { committee } = start;
    startWith('members' in committee ? committee : committeeFromBcs(committee));
  };

  /** Goes from epoch to epoch by the signatures over their last checkpoints. */
  const follow = async (epoch: bigint): Promise<void> => {
    while (newest < epoch) {
      const of = newest;
      const end = `the end of epoch ${of}`;
      const next = await shown(rpc.getEpoch({ epoch: of + 1n, readMask: ['firstCheckpoint'] }), 'committee', end);
      if (next.firstCheckpoint === undefined || next.firstCheckpoint === 0n) {
        throw unproven('committee', 'notContained', `The node does not show ${end}.`);
      }
      const sequenceNumber = next.firstCheckpoint - 1n;
      const last = await shown(rpc.getCheckpoint({ sequenceNumber }), 'committee', end);
      const certified = { data: last.summary, authSignature: last.signature };
      const committee = nextCommittee(verifyCheckpoint(certified, committees.get(of)!));
      committees.set(committee.epoch, committee);
      newest = committee.epoch;
    }
  };

  const committeeOf = async (epoch: bigint): Promise<TrustedCommittee> => {
    beginning ??= begin().catch((error: unknown) => {
      // A node that does not answer now may answer later.
      beginning = undefined;
      throw error;
    });
    await beginning;
    if (!committees.has(epoch) && epoch > newest) {
      const turn = following.then(() => follow(epoch));
      following = turn.catch(() => {});
      await turn;
    }
    const committee = committees.get(epoch);
    if (committee === undefined) {
      const message = `Epoch ${epoch} is before the trusted start, epoch ${oldest}.`;
      throw unproven('committee', 'epoch', message, {
        expected: oldest,
        received: epoch,
        hint: 'Start from the chain identifier, or from an older checkpoint.',
      });
    }
    return committee;
  };

  const certify = async (
    certified: {
      readonly data: CheckpointSummary;
      readonly authSignature: Parameters<typeof verifyCheckpoint>[0]['authSignature'];
    },
    sequenceNumber: bigint | undefined,
  ): Promise<VerifiedCheckpoint> => {
    const { data, authSignature } = certified;
    const received = data.sequenceNumber;
    if (sequenceNumber !== undefined && received !== sequenceNumber) {
      const message = `The node gives checkpoint ${received} for ${sequenceNumber}.`;
      throw unproven('checkpoint', 'sequence', message, { expected: sequenceNumber, received, sequenceNumber });
    }
    const committee = await committeeOf(data.epoch);
    if (genesis !== undefined && received === 0n) {
      if (checkpointDigest(CheckpointSummary.encode(data)) === genesis.digest) return genesis;
      throw unproven('checkpoint', 'digest', 'Checkpoint 0 is not that of the chain.', { sequenceNumber: 0n });
    }
    return verifyCheckpoint({ data, authSignature }, committee);
  };

  const prove = async (sequenceNumber: bigint): Promise<Proven> => {
    const readMask = ['summary', 'signature', 'contents'] as const;
    const read = rpc.getCheckpoint({ sequenceNumber, readMask });
    const found = await shown(read, 'checkpoint', `checkpoint ${sequenceNumber}, which it has named`);
    const checkpoint = await certify({ data: found.summary, authSignature: found.signature }, sequenceNumber);
    return { checkpoint, contents: verifyCheckpointContents(checkpoint, found.contents) };
  };

  const provenOf = (sequenceNumber: bigint): Promise<Proven> => {
    const known = proven.get(sequenceNumber);
    if (known !== undefined) return known;
    const made = prove(sequenceNumber);
    proven.set(sequenceNumber, made);
    made.catch(() => proven.delete(sequenceNumber));
    const [first] = proven.keys();
    if (proven.size > KEPT && first !== undefined) proven.delete(first);
    return made;
  };

  /** One proof serves all who wait for it; who gives up does not end it for the others. */
  const waited = <T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> =>
    signal === undefined ? promise : raceSignal(signal, () => promise);

  const effectsOf = async ({ digest, effects, checkpoint }: Parameters<Trust['effects']>[0]) => {
    if (effects.transactionDigest !== digest) {
      const more = { expected: digest, received: effects.transactionDigest };
      throw unproven('effects', 'digest', 'The effects are of another transaction.', more);
    }
    if (checkpoint === undefined) {
      const hint = 'waitForTransaction waits until it is in a checkpoint.';
      throw unproven('effects', 'notContained', `${digest} is in no checkpoint yet.`, { hint });
    }
    const { checkpoint: of, contents } = await provenOf(checkpoint);
    verifyEffects({ checkpoint: of, contents, effects });
    return of.summary;
  };

  /** Versions of coins, and of whatever else has an owner, that effects took and made. */
  const ownedBy = (effects: TransactionEffects) => {
    const before = new Map<ObjectId, { readonly version: bigint; readonly digest: string }>();
    const after = new Map<ObjectId, { readonly version: bigint; readonly digest: string }>();
    for (const { objectId, inputState, outputState } of effects.changedObjects) {
      const written = outputState.kind === 'ObjectWrite';
      // Without an output a failed transaction may have left the input as it was.
      const left = !written && effects.status.kind === 'Failure';
      if (inputState.kind === 'Exist' && inputState.owner.kind === 'AddressOwner' && !left) {
        before.set(objectId, { version: inputState.version, digest: inputState.digest });
      }
      if (written && outputState.owner.kind === 'AddressOwner') {
        after.set(objectId, { version: effects.version, digest: outputState.digest });
      }
    }
    return { before, after };
  };

  return {
    effects: (of) => waited(of.signal, effectsOf(of)),
    checkpoint: async (certified, sequenceNumber, signal) => {
      await waited(signal, certify(certified, sequenceNumber));
    },
    balanceChanges: async (effects, signal) => {
      const { before, after } = ownedBy(effects);
      const wanted = [...before, ...after];
      const objects = wanted.map(([objectId, { version }]) => ({ objectId, version }));
      const found = objects.length === 0 ? [] : await rpc.batchGetObjects({ objects, readMask: WHOLE, signal });
      const coins = wanted.map(([objectId, { version, digest }], index) => {
        const each = found[index];
        if (each === undefined || !each.ok) {
          throw unproven('object', 'notContained', `The node does not show object ${objectId}, version ${version}.`);
        }
        const object = objectOf(each.value);
        const received = objectDigest(ObjectCodec.encode(object));
        if (received !== digest) {
          const message = `Object ${objectId} is not what the transaction ${index < before.size ? 'took' : 'made'}.`;
          throw unproven('object', 'digest', message, { expected: digest, received });
        }
        return object;
      });
      const isCoin = ({ objectType }: SomaObject): boolean => objectType.kind === 'Coin';
      return balanceChanges({
        before: coins.slice(0, before.size).filter(isCoin),
        after: coins.slice(before.size).filter(isCoin),
      });
    },
    object: async (view, asked, signal) => {
      const objectId = parseObjectId(asked.objectId);
      if (view.objectId !== objectId || (asked.version !== undefined && view.version !== asked.version)) {
        const more = { expected: { ...asked }, received: { objectId: view.objectId, version: view.version } };
        throw unproven('object', 'notContained', 'The node gives another object than was asked for.', more);
      }
      const digest = view.previousTransaction;
      const read = rpc.getTransaction({ digest, readMask: ['effects', 'checkpoint'], signal });
      const { effects, checkpoint } = await shown(read, 'object', `the transaction ${digest}, which it names`);
      await waited(signal, effectsOf({ digest, effects, checkpoint }));
      verifyObject({ effects }, objectOf(view));
    },
  };
};
