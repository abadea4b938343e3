import type {
  AuthorityQuorumSignInfo,
  BalanceChange,
  CheckpointSummary,
  SystemState,
  TransactionEffects,
} from '@somakit/bcs';
import { type Digest, isError, parseAddress, parseDigest, SomaKitError, sleep, withDeadline } from '@somakit/core';
import { type EpochClock, epochClock } from '@somakit/protocol/epochs';
import type { ObjectTypeName, ObjectView } from '@somakit/rpc';
import { readTransaction } from '@somakit/tx-builders';
import { checked, checkedList } from '../client/checked.js';
import type { SomaBase, WaitOptions } from '../client/types.js';
import '../errors.js';

/** The name of the chain: `testnet`, `localnet`. */
export const getChainIdentifier = /* @__PURE__ */ checked(
  'getChainIdentifier',
  async (client: SomaBase, options: WaitOptions = {}): Promise<string> =>
    (await client.rpc.getServiceInfo(options)).chain,
);

/** The digest of the genesis checkpoint, which tells chains apart for sure. */
export const getChainId = /* @__PURE__ */ checked(
  'getChainId',
  async (client: SomaBase, options: WaitOptions = {}): Promise<Digest> =>
    (await client.rpc.getServiceInfo(options)).chainId,
);

/** `soma-node/0.1.21`. */
export const getServerVersion = /* @__PURE__ */ checked(
  'getServerVersion',
  async (client: SomaBase, options: WaitOptions = {}): Promise<string> =>
    (await client.rpc.getServiceInfo(options)).server,
);

export const getProtocolVersion = /* @__PURE__ */ checked(
  'getProtocolVersion',
  async (client: SomaBase, options: WaitOptions = {}): Promise<bigint> =>
    (await client.chain.epochState(options)).protocolVersion,
);

/** The architecture that new models must have. */
export const getArchitectureVersion = /* @__PURE__ */ checked(
  'getArchitectureVersion',
  async (client: SomaBase, options: WaitOptions = {}): Promise<bigint> =>
    (await client.chain.epochState(options)).parameters.modelArchitectureVersion,
);

/** How many values the embeddings of targets and models have. */
export const getEmbeddingDim = /* @__PURE__ */ checked(
  'getEmbeddingDim',
  async (client: SomaBase, options: WaitOptions = {}): Promise<number> =>
    Number((await client.chain.epochState(options)).parameters.targetEmbeddingDim),
);

/** The least stake of a new model, in shannons. */
export const getModelMinStake = /* @__PURE__ */ checked(
  'getModelMinStake',
  async (client: SomaBase, options: WaitOptions = {}): Promise<bigint> =>
    (await client.chain.epochState(options)).parameters.modelMinStake,
);

/** The node's release that this version of SomaKit was held beside. */
export const KNOWN_SERVER_VERSION = '0.1.21';

/** How the node's version compares with {@link KNOWN_SERVER_VERSION}. */
export interface ApiVersionReport {
  readonly server: string;
  readonly known: string;
  /** The very same release. */
  readonly same: boolean;
  /** The same up to the patch level, or a patch level of its own only. */
  readonly compatible: boolean;
}

/** Compares versions; unlike the original client it reports a difference and does not throw. */
export const checkApiVersion = /* @__PURE__ */ checked(
  'checkApiVersion',
  async (client: SomaBase, options: WaitOptions = {}): Promise<ApiVersionReport> => {
    const server = (await getServerVersion(client, options)).split('/').at(-1) ?? '';
    const minor = (version: string): string => version.split('.').slice(0, 2).join('.');
    const known = KNOWN_SERVER_VERSION;
    return { server, known, same: server === known, compatible: minor(server) === minor(known) };
  },
);

/** Shannons in all coins of an account, exactly. */
export const getBalance = /* @__PURE__ */ checked(
  'getBalance',
  (client: SomaBase, { address, ...options }: { readonly address: string } & WaitOptions): Promise<bigint> =>
    client.rpc.getBalance({ owner: parseAddress(address), ...options }),
);

const readObject = async (
  client: SomaBase,
  parameters: { readonly objectId: string; readonly version?: bigint | undefined } & WaitOptions,
): Promise<ObjectView> => {
  const view = await client.rpc.getObject(parameters);
  await client.trust?.object(view, parameters, parameters.signal);
  return view;
};

/** An object as it is now, its contents decoded by type. @throws RPC_NOT_FOUND VERIFICATION_FAILED */
export const getObject = /* @__PURE__ */ checked(
  'getObject',
  (
    client: SomaBase,
    { objectId, signal, timeoutMs }: { readonly objectId: string } & WaitOptions,
  ): Promise<ObjectView> => readObject(client, { objectId, signal, timeoutMs }),
);

/** An object as it was at a version. @throws RPC_NOT_FOUND VERIFICATION_FAILED */
export const getObjectWithVersion = /* @__PURE__ */ checked(
  'getObjectWithVersion',
  (
    client: SomaBase,
    parameters: { readonly objectId: string; readonly version: bigint } & WaitOptions,
  ): Promise<ObjectView> => readObject(client, parameters),
);

export interface ListOwnedObjectsParameters extends WaitOptions {
  readonly owner: string;
  /** `Coin`, `StakedSoma`; also the original client's spellings. */
  readonly objectType?: ObjectTypeName | undefined;
  readonly limit?: number | undefined;
}

const TYPES: Readonly<Record<string, ObjectTypeName>> = {
  coin: 'Coin',
  stakedsoma: 'StakedSoma',
  target: 'Target',
  systemstate: 'SystemState',
};

const typeName = (text: ObjectTypeName | undefined): ObjectTypeName | undefined =>
  text === undefined ? undefined : (TYPES[text.toLowerCase().replaceAll('_', '')] ?? text);

/** All objects of an account, page by page as they are asked for. */
export const ownedObjects = /* @__PURE__ */ checkedList(
  'ownedObjects',
  (
    client: SomaBase,
    { owner, objectType, limit, signal, timeoutMs }: ListOwnedObjectsParameters,
  ): AsyncGenerator<ObjectView, void, undefined> =>
    client.rpc.ownedObjects({ owner: parseAddress(owner), objectType: typeName(objectType), limit, signal, timeoutMs }),
);

/** All objects of an account, or the first `limit` ones. */
export const listOwnedObjects = /* @__PURE__ */ checked(
  'listOwnedObjects',
  async (client: SomaBase, parameters: ListOwnedObjectsParameters): Promise<readonly ObjectView[]> => {
    const objects: ObjectView[] = [];
    for await (const object of ownedObjects(client, parameters)) objects.push(object);
    return objects;
  },
);

/** The whole system state, decoded. Large: the embeddings of all models are in it. */
export const getLatestSystemState = /* @__PURE__ */ checked(
  'getLatestSystemState',
  (client: SomaBase, options: WaitOptions = {}): Promise<SystemState> => client.chain.freshState(options),
);

/** An epoch: its number, checkpoints, times in milliseconds, committee and protocol configuration. */
export const getEpoch = /* @__PURE__ */ checked(
  'getEpoch',
  (client: SomaBase, parameters: { readonly epoch?: bigint | undefined } & WaitOptions = {}) =>
    client.rpc.getEpoch(parameters),
);

/** A checkpoint's summary and the committee's signature over it. */
export interface CheckpointView {
  readonly data: CheckpointSummary;
  readonly authSignature: AuthorityQuorumSignInfo;
}

const readCheckpoint = async (
  client: SomaBase,
  { sequenceNumber, signal, timeoutMs }: { readonly sequenceNumber?: bigint | undefined } & WaitOptions,
): Promise<CheckpointView> => {
  const { summary, signature } = await client.rpc.getCheckpoint({ sequenceNumber, signal, timeoutMs });
  const view = { data: summary, authSignature: signature };
  await client.trust?.checkpoint(view, sequenceNumber, signal);
  return view;
};

/** The newest checkpoint. @throws VERIFICATION_FAILED */
export const getLatestCheckpoint = /* @__PURE__ */ checked(
  'getLatestCheckpoint',
  (client: SomaBase, { signal, timeoutMs }: WaitOptions = {}): Promise<CheckpointView> =>
    readCheckpoint(client, { signal, timeoutMs }),
);

/** A checkpoint by its number. @throws RPC_NOT_FOUND VERIFICATION_FAILED */
export const getCheckpointSummary = /* @__PURE__ */ checked(
  'getCheckpointSummary',
  (client: SomaBase, parameters: { readonly sequenceNumber: bigint } & WaitOptions): Promise<CheckpointView> =>
    readCheckpoint(client, parameters),
);

/** A transaction that was executed, or simulated. */
export interface ExecutedView {
  readonly effects: TransactionEffects;
  /** Coins gained and lost by owner, in shannons. Nodes leave it empty until the checkpoint is indexed. */
  readonly balanceChanges: readonly BalanceChange[];
  /** The objects that it read and wrote, where the node gives them. */
  readonly objects?: readonly ObjectView[] | undefined;
}

/** A transaction that is in the chain. */
export interface TransactionView extends Omit<ExecutedView, 'objects'> {
  readonly digest: Digest;
  /** Missing until its checkpoint is indexed. */
  readonly checkpoint?: bigint | undefined;
  /** The checkpoint's time, in ms. */
  readonly timestamp?: bigint | undefined;
}

/** Sends the BCS bytes of a signed transaction. Effects that failed are an answer, not an error. */
export const executeTransaction = /* @__PURE__ */ checked(
  'executeTransaction',
  (
    client: SomaBase,
    { txBytes, ...options }: { readonly txBytes: Uint8Array } & WaitOptions,
  ): Promise<ExecutedView & { readonly digest: Digest }> =>
    client.rpc.executeTransaction({ transaction: txBytes, ...options }),
);

/** Runs the BCS bytes of an unsigned transaction on the node's state and forgets it. */
export const simulateTransaction = /* @__PURE__ */ checked(
  'simulateTransaction',
  (
    client: SomaBase,
    { txDataBytes, ...options }: { readonly txDataBytes: Uint8Array } & WaitOptions,
  ): Promise<ExecutedView> => client.rpc.simulateTransaction({ transaction: readTransaction(txDataBytes), ...options }),
);

/** A transaction that was executed: effects, checkpoint, time and balance changes. @throws RPC_NOT_FOUND VERIFICATION_FAILED */
export const getTransaction = /* @__PURE__ */ checked(
  'getTransaction',
  async (
    client: SomaBase,
    { digest, signal, timeoutMs }: { readonly digest: string } & WaitOptions,
  ): Promise<TransactionView> => {
    const view = await client.rpc.getTransaction({ digest, signal, timeoutMs });
    const { trust } = client;
    if (trust === undefined) return view;
    const { effects, checkpoint } = view;
    const [{ timestampMs }, balanceChanges] = await Promise.all([
      trust.effects({ digest: parseDigest(digest), effects, checkpoint, signal }),
      trust.balanceChanges(effects, signal),
    ]);
    return { ...view, timestamp: timestampMs, balanceChanges };
  },
);

/**
 * Waits until a transaction is in a checkpoint, and gives it.
 * @throws CHECKPOINT_NOT_SEEN after `timeoutMs` (30,000) VERIFICATION_FAILED
 */
export const waitForTransaction = /* @__PURE__ */ checked(
  'waitForTransaction',
  async (client: SomaBase, parameters: { readonly digest: string } & WaitOptions): Promise<TransactionView> => {
    await client.rpc.waitForCheckpoint(parameters);
    return getTransaction(client, { digest: parameters.digest, signal: parameters.signal });
  },
);

/** Where the epoch stands: when the next one can begin, and how long that is away. */
export const getEpochClock = /* @__PURE__ */ checked(
  'getEpochClock',
  async (client: SomaBase, options: WaitOptions = {}): Promise<EpochClock> => {
    const [state, { epoch }] = await Promise.all([
      client.chain.epochState(options),
      client.rpc.getServiceInfo(options),
    ]);
    const { epochStartTimestampMs, parameters, ...at } =
      state.epoch === epoch ? state : await client.chain.freshState(options);
    const timing = { epoch: at.epoch, startTimestampMs: epochStartTimestampMs, durationMs: parameters.epochDurationMs };
    return epochClock(timing, BigInt(Math.trunc(client.clock.now())));
  },
);

/** When the next epoch begins, in ms, if this one has its full length. */
export const getNextEpochTimestamp = /* @__PURE__ */ checked(
  'getNextEpochTimestamp',
  async (client: SomaBase, options: WaitOptions = {}): Promise<bigint> =>
    (await getEpochClock(client, options)).nextEpochAtMs,
);

/** When the epoch after the next begins, in ms: what is submitted now can be claimed then. */
export const getFollowingEpochTimestamp = /* @__PURE__ */ checked(
  'getFollowingEpochTimestamp',
  async (client: SomaBase, options: WaitOptions = {}): Promise<bigint> => {
    const clock = await getEpochClock(client, options);
    return clock.startOfEpoch(clock.epoch + 2n) ?? clock.nextEpochAtMs;
  },
);

const POLL_MS = 250;
const EPOCH_WAIT_MS = 120_000;

/** Waits until the epoch ends, and gives the new one. @throws EPOCH_NOT_ADVANCED after `timeoutMs` (120,000) */
export const waitForNextEpoch = /* @__PURE__ */ checked(
  'waitForNextEpoch',
  async (
    client: SomaBase,
    { after, signal, timeoutMs = EPOCH_WAIT_MS }: { readonly after?: bigint | undefined } & WaitOptions = {},
  ): Promise<bigint> => {
    const { clock, rpc } = client;
    let from = after;
    try {
      return await withDeadline({ signal, timeoutMs, clock, operation: 'waitForNextEpoch' }, async (scope) => {
        for (;;) {
          const { epoch } = await rpc.getServiceInfo({ signal: scope });
          from ??= epoch;
          if (epoch > from) {
            client.chain.sawEpoch(epoch);
            return epoch;
          }
          await sleep(POLL_MS, { signal: scope, clock });
        }
      });
    } catch (error) {
      if (!isError(error, 'TIMEOUT')) throw error;
      const epoch = from ?? 0n;
      throw new SomaKitError('EPOCH_NOT_ADVANCED', `Epoch ${epoch} did not end within ${timeoutMs} ms.`, {
        context: { epoch, waitedMs: timeoutMs },
        cause: error,
        retryable: true,
        hint: 'getEpochClock says when it can end; testnet epochs take a day.',
      });
    }
  },
);
