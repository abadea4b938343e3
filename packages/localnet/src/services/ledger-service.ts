import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { ObjectId } from '@somakit/core';
import { committeeOf, type LedgerObject } from '@somakit/ledger';
import { committeeFromBcs, committeeToProto, objectToProto, systemStateToProto, timestamp } from '@somakit/rpc/convert';
import {
  BadRequestSchema,
  CheckpointSchema,
  EpochSchema,
  ExecutedTransactionSchema,
  type GetObjectRequest,
  LedgerService,
  ObjectSchema,
} from '@somakit/rpc/proto';
import { badRequest, ConnectError, implement, rpcStatus, type ServiceDefinition } from '@somakit/rpc/server';
import type { Chain, TransactionView } from '../chain/types.js';
import { checkpointMessage } from './checkpoint-message.js';
import { executedMessage } from './executed.js';
import { below, type Mask, masked, maskOf, readMask } from './mask.js';
import { NOT_A_DIGEST, readDigest, requiredId } from './parse.js';
import { configMessage } from './protocol-config.js';

/** What a node says of itself. */
export interface NodeIdentity {
  readonly chain: string;
  /** `soma-node/<version>`. */
  readonly server: string;
}

const OBJECT_MASK = maskOf(['object_id', 'version', 'digest']);
const TRANSACTION_MASK = maskOf(['digest']);
const CHECKPOINT_MASK = maskOf(['sequence_number', 'digest']);
const EPOCH_MASK = maskOf([
  'epoch',
  'committee',
  'first_checkpoint',
  'last_checkpoint',
  'start',
  'end',
  'protocol_config.protocol_version',
]);

/** Ids as the not-found texts print them. */
const shown = (id: ObjectId): string => id;

/** The status of one item of a batch. */
const statusInit = ({ code, rawMessage, details }: ConnectError) => ({
  code: code as number,
  message: rawMessage,
  details: details.flatMap((each) =>
    'desc' in each && each.desc === BadRequestSchema
      ? {
          typeUrl: `/${BadRequestSchema.typeName}`,
          value: toBinary(
            BadRequestSchema,
            create(BadRequestSchema, each.value as MessageInitShape<typeof BadRequestSchema>),
          ),
        }
      : [],
  ),
});

export const ledgerService = (chain: Chain, identity: NodeIdentity): ServiceDefinition => {
  const { store } = chain;

  const findObject = (id: ObjectId, version: bigint | undefined): LedgerObject => {
    const object = version === undefined ? store.getObject(id) : store.getVersion(id, version);
    if (object !== undefined) return object;
    const which = version === undefined ? '' : ` with version ${version}`;
    throw rpcStatus('NOT_FOUND', `Object ${shown(id)}${which} not found`);
  };
  const objectMessage = (object: LedgerObject, mask: Mask) =>
    masked(ObjectSchema, objectToProto(object, 'bare', object.digest), mask);

  const objectType = (view: TransactionView) => {
    if (view.checkpoint === undefined) return () => undefined;
    const types = new Map(chain.touched(view.effects).map((each) => [each.objectId, each.objectType.kind]));
    return (id: ObjectId) => types.get(id);
  };
  const transactionMessage = (
    text: string,
    mask: Mask,
  ): MessageInitShape<typeof ExecutedTransactionSchema> | undefined => {
    const digest = readDigest(text);
    const view = digest === undefined ? undefined : chain.transaction(digest);
    if (view === undefined) return undefined;
    return executedMessage(
      {
        digest: view.digest,
        transactionDigest: view.digest,
        data: () => view.data,
        signatures: view.signatures,
        effects: () => view.effects,
        objectType: objectType(view),
        checkpoint: view.checkpoint,
        timestampMs: view.timestampMs,
        balanceChanges: () => chain.balanceChanges(view.effects),
        spelling: 'prefixed',
      },
      mask,
    );
  };
  const transactionMissing = (text: string) =>
    rpcStatus('NOT_FOUND', `Transaction ${readDigest(text) ?? text} not found`);

  return implement(LedgerService, {
    getServiceInfo: () => {
      const head = chain.head();
      return {
        chainId: chain.chainId,
        chain: identity.chain,
        epoch: head.epoch,
        checkpointHeight: head.sequenceNumber,
        timestamp: timestamp(head.timestampMs),
        lowestAvailableCheckpoint: store.lowestCheckpoint,
        lowestAvailableCheckpointObjects: store.lowestCheckpoint,
        server: identity.server,
      };
    },
    getObject: ({ objectId, version, readMask: given }) => {
      const mask = readMask(ObjectSchema, given, OBJECT_MASK);
      const id = requiredId(objectId, 'requests[0].object_id', '', 'object_id');
      return { object: objectMessage(findObject(id, version), mask) };
    },
    batchGetObjects: ({ requests, readMask: given }) => {
      const mask = readMask(ObjectSchema, given, OBJECT_MASK);
      const ids = requests.map(({ objectId }: GetObjectRequest, i: number) =>
        requiredId(objectId, `requests[${i}].object_id`, '', 'object_id'),
      );
      return {
        objects: requests.map(({ version }: GetObjectRequest, i: number) => {
          try {
            return { result: { case: 'object' as const, value: objectMessage(findObject(ids[i]!, version), mask) } };
          } catch (error) {
            if (!(error instanceof ConnectError)) throw error;
            return { result: { case: 'error' as const, value: statusInit(error) } };
          }
        }),
      };
    },
    getTransaction: ({ digest, readMask: given }) => {
      if (digest === undefined) throw badRequest('digest', 'missing digest', 'FIELD_MISSING');
      if (readDigest(digest) === undefined) throw badRequest('digest', `invalid digest: ${NOT_A_DIGEST}`);
      const transaction = transactionMessage(digest, readMask(ExecutedTransactionSchema, given, TRANSACTION_MASK));
      if (transaction === undefined) throw transactionMissing(digest);
      return { transaction };
    },
    batchGetTransactions: ({ digests, readMask: given }) => {
      const mask = readMask(ExecutedTransactionSchema, given, TRANSACTION_MASK);
      return {
        transactions: digests.map((digest: string, i: number) => {
          const transaction = readDigest(digest) === undefined ? undefined : transactionMessage(digest, mask);
          if (transaction !== undefined) return { result: { case: 'transaction' as const, value: transaction } };
          const error =
            readDigest(digest) === undefined
              ? statusInit(badRequest(`digests[${i}]`, `invalid digest: ${NOT_A_DIGEST}`))
              : statusInit(transactionMissing(digest));
          return { result: { case: 'error' as const, value: error } };
        }),
      };
    },
    getCheckpoint: ({ checkpointId, readMask: given }) => {
      let sequenceNumber = chain.head().sequenceNumber;
      let name = String(sequenceNumber);
      if (checkpointId.case === 'sequenceNumber') {
        sequenceNumber = checkpointId.value;
        name = String(sequenceNumber);
      } else if (checkpointId.case === 'digest') {
        const digest = readDigest(checkpointId.value);
        if (digest === undefined) throw badRequest('digest', `invalid digest: ${NOT_A_DIGEST}`);
        sequenceNumber = store.checkpointByDigest(digest) ?? -1n;
        name = digest;
      }
      const mask = readMask(CheckpointSchema, given, CHECKPOINT_MASK);
      const view = chain.checkpoint(sequenceNumber);
      if (view === undefined) throw rpcStatus('NOT_FOUND', `Checkpoint ${name} not found`);
      return { checkpoint: checkpointMessage(chain, view, mask) };
    },
    getEpoch: ({ epoch: given, readMask: paths }) => {
      const mask = readMask(EpochSchema, paths, EPOCH_MASK);
      const current = chain.head().epoch;
      const epoch = given ?? current;
      const record = chain.epoch(epoch);
      const wants = (name: string) => below(mask, name) !== undefined;
      if (record === undefined && wants('committee')) {
        throw rpcStatus('NOT_FOUND', `Committee for epoch ${epoch} not found`);
      }
      const state = epoch === chain.ledger.epoch() ? chain.ledger.systemState() : record?.state;
      const next = chain.epoch(epoch + 1n);
      const version = record?.state.protocolVersion;
      return {
        epoch: masked(
          EpochSchema,
          {
            epoch,
            committee:
              record !== undefined && wants('committee')
                ? committeeToProto(committeeFromBcs(committeeOf(record.state)))
                : undefined,
            systemState: state !== undefined && wants('system_state') ? systemStateToProto(state) : undefined,
            firstCheckpoint: record?.firstCheckpoint,
            start: record === undefined ? undefined : timestamp(record.startMs),
            end: next === undefined ? undefined : timestamp(next.startMs),
            protocolConfig: version !== undefined && wants('protocol_config') ? configMessage(version) : undefined,
          },
          mask,
        ),
      };
    },
  });
};
