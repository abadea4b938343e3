import type { SystemState } from '@somakit/bcs';
import { type Digest, parseDigest, parseObjectId, SomaKitError } from '@somakit/core';
import { millis, need } from '../convert/scalar.js';
import { statusError } from '../errors/map.js';
import { LedgerService } from '../gen/soma/rpc/ledger_service_pb.js';
import type { CheckpointFields, EpochFields, ExecutedFields, ObjectFields } from '../masks/fields.js';
import type { MaskPath, Selected } from '../masks/types.js';
import { checkpointView, epochView, executedView, objectView } from '../masks/views.js';
import { checkU64, checkVersion } from './check.js';
import { type CallOptions, type ClientContext, infoOf, read, withMessage } from './core.js';
import {
  CHECKPOINT_MASK as CHECKPOINT,
  type CHECKPOINT_MASK,
  EPOCH_MASK as EPOCH,
  type EPOCH_MASK,
  OBJECT_MASK as OBJECT,
  type OBJECT_MASK,
  prepareMask,
  prepareTransactionMask,
  TRANSACTION_MASK as TRANSACTION,
  type TRANSACTION_MASK,
} from './masks.js';

/** What a node says of itself. */
export interface ServiceInfo {
  /** Digest of the genesis checkpoint. */
  readonly chainId: Digest;
  /** `testnet`, `localnet`. */
  readonly chain: string;
  readonly epoch: bigint;
  /** Of the last checkpoint that was executed; so are `epoch` and `timestampMs`. */
  readonly checkpointHeight: bigint;
  readonly timestampMs: bigint;
  readonly lowestAvailableCheckpoint: bigint;
  readonly lowestAvailableCheckpointObjects: bigint;
  /** `soma-node/0.1.21`. */
  readonly server: string;
}

/** What every read of one message takes. */
export interface MaskOptions<P> extends CallOptions {
  /** The fields to read, as a list of paths: the result has these and no others. */
  readonly readMask?: P | undefined;
}

type ObjectMask = readonly MaskPath<ObjectFields>[];
type TransactionMask = readonly MaskPath<Omit<ExecutedFields, 'objects'>>[];
type CheckpointMask = readonly MaskPath<CheckpointFields>[];
type EpochMask = readonly MaskPath<EpochFields>[];

/** One object, or the error that the server has for it. */
export type BatchResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SomaKitError };

/** The reads of the ledger service. */
export interface LedgerCalls {
  /** @throws RPC_* */
  getServiceInfo(options?: CallOptions): Promise<ServiceInfo>;
  /**
   * An object as it is, or as it was at a version. Nodes show what the last executed checkpoint left: for some 100 ms
   * after a submission was answered that is the old state.
   * @throws RPC_NOT_FOUND when it does not exist, was deleted or pruned.
   */
  getObject<const P extends ObjectMask = typeof OBJECT_MASK>(
    parameters: { readonly objectId: string; readonly version?: bigint | undefined } & MaskOptions<P>,
  ): Promise<Selected<ObjectFields, P[number]>>;
  /** Several objects in one call, in the order asked for. An object that is missing fails its own item only. */
  batchGetObjects<const P extends ObjectMask = typeof OBJECT_MASK>(
    parameters: {
      readonly objects: readonly (string | { readonly objectId: string; readonly version?: bigint | undefined })[];
    } & MaskOptions<P>,
  ): Promise<readonly BatchResult<Selected<ObjectFields, P[number]>>[]>;
  /** @throws RPC_NOT_FOUND until the node has executed it. */
  getTransaction<const P extends TransactionMask = typeof TRANSACTION_MASK>(
    parameters: { readonly digest: string } & MaskOptions<P>,
  ): Promise<Selected<ExecutedFields, P[number]>>;
  batchGetTransactions<const P extends TransactionMask = typeof TRANSACTION_MASK>(
    parameters: { readonly digests: readonly string[] } & MaskOptions<P>,
  ): Promise<readonly BatchResult<Selected<ExecutedFields, P[number]>>[]>;
  /** By number, by digest, or without either the last one executed. @throws RPC_NOT_FOUND */
  getCheckpoint<const P extends CheckpointMask = typeof CHECKPOINT_MASK>(
    parameters?: {
      readonly sequenceNumber?: bigint | undefined;
      readonly digest?: string | undefined;
    } & MaskOptions<P>,
  ): Promise<Selected<CheckpointFields, P[number]>>;
  /** Without `epoch` that of the last executed checkpoint. @throws RPC_NOT_FOUND with `committee` in the mask. */
  getEpoch<const P extends EpochMask = typeof EPOCH_MASK>(
    parameters?: { readonly epoch?: bigint | undefined } & MaskOptions<P>,
  ): Promise<Selected<EpochFields, P[number]>>;
  /**
   * The system state, now or at the start of a past epoch. Large: every model's embedding is in it.
   * @throws RPC_NOT_FOUND for an epoch that the node does not have.
   */
  getSystemState(parameters?: { readonly epoch?: bigint | undefined } & CallOptions): Promise<SystemState>;
}

const RESET = 'The reference node resets the stream of this read. Take the transaction from its checkpoint.';

export const ledgerCalls = (context: ClientContext): LedgerCalls => {
  const { method } = LedgerService;
  const calls = {
    async getServiceInfo(options: CallOptions = {}): Promise<ServiceInfo> {
      const message = await read(context, method.getServiceInfo, {}, options);
      return withMessage(
        {
          chainId: parseDigest(need(message.chainId, 'chainId')),
          chain: need(message.chain, 'chain'),
          epoch: need(message.epoch, 'epoch'),
          checkpointHeight: need(message.checkpointHeight, 'checkpointHeight'),
          timestampMs: millis(message.timestamp, 'timestamp'),
          lowestAvailableCheckpoint: message.lowestAvailableCheckpoint ?? 0n,
          lowestAvailableCheckpointObjects: message.lowestAvailableCheckpointObjects ?? 0n,
          server: need(message.server, 'server'),
        },
        message,
      );
    },

    async getObject(parameters: { objectId: string; version?: bigint | undefined } & MaskOptions<readonly string[]>) {
      const { objectId, version, readMask = OBJECT } = parameters;
      const { wire, selection } = prepareMask(readMask);
      const input = { objectId: parseObjectId(objectId), version: checkVersion(version), readMask: wire };
      const message = await read(context, method.getObject, input, parameters);
      return withMessage(objectView(need(message.object, 'object'), selection), message);
    },

    async batchGetObjects(
      parameters: {
        objects: readonly (string | { objectId: string; version?: bigint | undefined })[];
      } & MaskOptions<readonly string[]>,
    ) {
      const { objects, readMask = OBJECT } = parameters;
      const { wire, selection } = prepareMask(readMask);
      const requests = objects.map((each) => {
        const { objectId, version } = typeof each === 'string' ? { objectId: each, version: undefined } : each;
        return { objectId: parseObjectId(objectId), version: checkVersion(version) };
      });
      const message = await read(context, method.batchGetObjects, { requests, readMask: wire }, parameters);
      return message.objects.map(({ result }) =>
        result.case === 'object'
          ? { ok: true, value: withMessage(objectView(result.value, selection), result.value) }
          : itemError(result.value, infoOf(context, method.batchGetObjects)),
      );
    },

    async getTransaction(parameters: { digest: string } & MaskOptions<readonly string[]>) {
      const { digest, readMask = TRANSACTION } = parameters;
      const { wire, selection } = prepareTransactionMask(readMask, 'read');
      const input = { digest: parseDigest(digest), readMask: wire };
      const message = await read(context, method.getTransaction, input, parameters, RESET);
      return withMessage(executedView(need(message.transaction, 'transaction'), selection), message);
    },

    async batchGetTransactions(parameters: { digests: readonly string[] } & MaskOptions<readonly string[]>) {
      const { digests, readMask = TRANSACTION } = parameters;
      const { wire, selection } = prepareTransactionMask(readMask, 'read');
      const input = { digests: digests.map(parseDigest), readMask: wire };
      const message = await read(context, method.batchGetTransactions, input, parameters, RESET);
      return message.transactions.map(({ result }) =>
        result.case === 'transaction'
          ? { ok: true, value: withMessage(executedView(result.value, selection), result.value) }
          : itemError(result.value, infoOf(context, method.batchGetTransactions)),
      );
    },

    async getCheckpoint(
      parameters: { sequenceNumber?: bigint | undefined; digest?: string | undefined } & MaskOptions<
        readonly string[]
      > = {},
    ) {
      const { sequenceNumber, digest, readMask = CHECKPOINT } = parameters;
      const { wire, selection } = prepareMask(readMask, 'checkpoint');
      const message = await read(
        context,
        method.getCheckpoint,
        {
          checkpointId:
            digest !== undefined
              ? { case: 'digest', value: parseDigest(digest) }
              : sequenceNumber !== undefined
                ? { case: 'sequenceNumber', value: checkU64(sequenceNumber, 'sequenceNumber') }
                : { case: undefined },
          readMask: wire,
        },
        parameters,
      );
      return withMessage(checkpointView(need(message.checkpoint, 'checkpoint'), selection), message);
    },

    async getEpoch(parameters: { epoch?: bigint | undefined } & MaskOptions<readonly string[]> = {}) {
      const { epoch, readMask = EPOCH } = parameters;
      const { wire, selection } = prepareMask(readMask);
      const input = { epoch: epoch === undefined ? undefined : checkU64(epoch, 'epoch'), readMask: wire };
      const message = await read(context, method.getEpoch, input, parameters);
      return withMessage(epochView(need(message.epoch, 'epoch'), selection), message);
    },

    async getSystemState(parameters: { epoch?: bigint | undefined } & CallOptions = {}): Promise<SystemState> {
      const found = await calls.getEpoch({ ...parameters, readMask: ['systemState', 'epoch'] });
      const { systemState } = found as { systemState?: SystemState };
      if (systemState === undefined) {
        const info = infoOf(context, method.getEpoch);
        throw new SomaKitError('RPC_NOT_FOUND', `The node has no system state of epoch ${parameters.epoch ?? 'now'}.`, {
          context: { ...info, status: 'NOT_FOUND', text: '', violations: [], details: [], sent: true },
        });
      }
      return systemState;
    },
  };
  return calls as unknown as LedgerCalls;
};

/** An item that has no value: the server's error, or none at all where the item is empty. */
const itemError = (status: Parameters<typeof statusError>[0] | undefined, info: Parameters<typeof statusError>[1]) => ({
  ok: false,
  error: statusError(status ?? { code: 2, message: 'the item is neither a value nor an error', details: [] }, info),
});
