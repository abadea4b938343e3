import { ConnectError } from '@connectrpc/connect';
import { parseObjectId } from '@somakit/core';
import {
  type Checkpoint,
  type ExecutedTransaction,
  type ExecuteTransactionResponse,
  type GetBalanceResponse,
  type GetCheckpointResponse,
  type GetEpochResponse,
  type GetObjectResponse,
  type GetServiceInfoResponse,
  type GetTransactionResponse,
  LedgerService,
  type ListOwnedObjectsResponse,
  type ListTargetsResponse,
  type Object$,
  type SimulateTransactionResponse,
  StateService,
  SubscriptionService,
  TransactionExecutionService,
} from '../../src/proto/index.js';
import { implement, rpcStatus } from '../../src/service/implement.js';
import { errorOf, marketCalls, type NodeRecording, refusalCalls, replyOf, requestOf } from './recordings.js';

const recorded = <T>(method: string): { call: NodeRecording; reply: T }[] =>
  marketCalls
    .filter(({ path, reply }) => path.endsWith(`/${method}`) && reply !== undefined)
    .map((call) => ({ call, reply: replyOf(call) as T }));

const error = (name: string) => errorOf(marketCalls.find((each) => each.case === name)!);

export const checkpoints: readonly Checkpoint[] = recorded<GetCheckpointResponse>('GetCheckpoint').map(
  ({ reply }) => reply.checkpoint!,
);
export const transactions: readonly ExecutedTransaction[] = recorded<GetTransactionResponse>('GetTransaction').map(
  ({ reply }) => reply.transaction!,
);
export const objects: readonly Object$[] = recorded<GetObjectResponse>('GetObject').map(({ reply }) => reply.object!);
const epochs = recorded<GetEpochResponse>('GetEpoch');
const targets = recorded<ListTargetsResponse>('ListTargets');

/** A submission that went through, and the answer to it. */
export const submitted = refusalCalls
  .filter(({ code, path }) => code === 'OK' && path.endsWith('ExecuteTransaction'))
  .map((call) => ({ request: requestOf(call), reply: replyOf(call) as ExecuteTransactionResponse }))[0]!;

const same = (a: string | undefined, b: string | undefined) =>
  a !== undefined && b !== undefined && parseObjectId(a) === parseObjectId(b);

const find = <T>(list: readonly T[], test: (item: T) => boolean, text: string): T => {
  const found = list.find(test);
  if (found === undefined) throw rpcStatus('NOT_FOUND', text);
  return found;
};

const statusOf = (thrown: unknown) => {
  const { code, rawMessage } = ConnectError.from(thrown);
  return { code, message: rawMessage };
};

const objectOf = ({ objectId, version }: { objectId?: string | undefined; version?: bigint | undefined }) =>
  find(
    objects,
    (each) => same(each.objectId, objectId) && (version === undefined || each.version === version),
    `Object ${objectId} not found`,
  );
const transactionOf = (digest: string | undefined) =>
  find(transactions, (each) => each.digest === digest, `Transaction ${digest} not found`);

/** All sixteen methods, with what a node answered once. Masks are not looked at: replies hold more than was asked for. */
export const marketServices = () => [
  implement(LedgerService, {
    getServiceInfo: () => recorded<GetServiceInfoResponse>('GetServiceInfo')[0]!.reply,
    getObject: (request) => ({ object: objectOf(request) }),
    batchGetObjects: ({ requests }) => ({
      objects: requests.map((each) => {
        try {
          return { result: { case: 'object' as const, value: objectOf(each) } };
        } catch (thrown) {
          return { result: { case: 'error' as const, value: statusOf(thrown) } };
        }
      }),
    }),
    getTransaction: ({ digest }) => ({ transaction: transactionOf(digest) }),
    batchGetTransactions: ({ digests }) => ({
      transactions: digests.map((each) => {
        try {
          return { result: { case: 'transaction' as const, value: transactionOf(each) } };
        } catch (thrown) {
          return { result: { case: 'error' as const, value: statusOf(thrown) } };
        }
      }),
    }),
    getCheckpoint: ({ checkpointId }) => {
      const checkpoint = find(
        checkpoints,
        (each) =>
          checkpointId.case === undefined
            ? each === checkpoints[checkpoints.length - 1]
            : each[checkpointId.case] === checkpointId.value,
        `Checkpoint ${checkpointId.value} not found`,
      );
      return { checkpoint };
    },
    getEpoch: ({ epoch }) => {
      if (epoch !== undefined && epoch > 1000n) throw error('epoch missing');
      const found = epochs.find(({ reply }) => epoch === undefined || reply.epoch?.epoch === epoch)!;
      return found.reply;
    },
  }),
  implement(StateService, {
    getBalance: () => recorded<GetBalanceResponse>('GetBalance')[0]!.reply,
    listOwnedObjects: () => recorded<ListOwnedObjectsResponse>('ListOwnedObjects')[0]!.reply,
    getTarget: ({ targetId }) => ({
      target: find(
        targets.flatMap(({ reply }) => reply.targets),
        (each) => same(each.id, targetId),
        `Object ${targetId} not found`,
      ),
    }),
    listTargets: ({ statusFilter, pageToken }) => {
      const page = (name: string) => targets.find(({ call }) => call.case === name)!.reply;
      if (statusFilter === 'expired')
        return page(pageToken === undefined ? 'targets expired' : 'targets expired page 2');
      if (statusFilter === undefined) return page(pageToken === undefined ? 'targets None' : 'targets None page 2');
      return page(`targets ${statusFilter}`);
    },
    getChallenge: () => {
      throw rpcStatus('UNIMPLEMENTED', 'Challenge system has been removed');
    },
    listChallenges: () => {
      throw rpcStatus('UNIMPLEMENTED', 'Challenge system has been removed');
    },
  }),
  implement(TransactionExecutionService, {
    executeTransaction: () => submitted.reply,
    simulateTransaction: (): Partial<SimulateTransactionResponse> => ({
      transaction: { ...transactions[4]!, digest: undefined as never, checkpoint: undefined as never },
    }),
  }),
  implement(SubscriptionService, {
    async *subscribeCheckpoints() {
      for (const checkpoint of checkpoints) yield { cursor: checkpoint.sequenceNumber!, checkpoint };
    },
  }),
];
