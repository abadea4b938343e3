import { create, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { GasRequest, ScoreRequest, TransactionData } from '@somakit/bcs';
import { fromHex, toHex } from '@somakit/core';
import { type ClientOptions, rpcOver } from '../../src/client/create-rpc.js';
import type { SignedInput } from '../../src/client/transaction.js';
import { signatureFromProto, transactionFromProto } from '../../src/convert/index.js';
import { createMemoryTransport, implement, implementRaw } from '../../src/memory/index.js';
import {
  type ExecuteTransactionRequest,
  type GetBalanceRequest,
  type GetCheckpointRequest,
  type GetEpochRequest,
  type GetObjectRequest,
  type GetTransactionRequest,
  type ListOwnedObjectsRequest,
  type ListTargetsRequest,
  type SimulateTransactionRequest,
  StateService,
  SubscribeCheckpointsRequestSchema,
  SubscribeCheckpointsResponseSchema,
  SubscriptionService,
} from '../../src/proto/index.js';
import type { RawServiceDefinition, ServiceDefinition } from '../../src/service/types.js';
import { adminOver } from '../../src/side-services/admin.js';
import { faucetOver } from '../../src/side-services/faucet.js';
import { scoringOver } from '../../src/side-services/scoring.js';
import type { RpcTransport } from '../../src/transport/types.js';
import { type CapturedExchange, capturedError, methodOf } from './recordings.js';

/** What arrived at a stub. */
export interface Arrived {
  readonly path: string;
  readonly body: string;
}

/** Services that answer as recorded, in order for each path; the last answer again when asked more often. */
export const recordedServices = (exchanges: readonly CapturedExchange[], arrived: Arrived[]) => {
  const queues = new Map<string, CapturedExchange[]>();
  for (const each of exchanges) {
    if (each.transport === 'HTTP/2') queues.set(each.path, [...(queues.get(each.path) ?? []), each]);
  }
  const next = (path: string): CapturedExchange => {
    const queue = queues.get(path)!;
    return queue.length > 1 ? queue.shift()! : queue[0]!;
  };
  const names = new Map<string, string[]>();
  for (const path of queues.keys()) {
    const [, service, method] = path.split('/') as [string, string, string];
    names.set(service, [...(names.get(service) ?? []), method]);
  }
  const services: ServiceDefinition[] = [];
  const rawServices: RawServiceDefinition[] = [];
  for (const [service, methods] of names) {
    if (service === SubscriptionService.typeName) {
      services.push(
        implement(SubscriptionService, {
          async *subscribeCheckpoints(request) {
            const path = `/${service}/SubscribeCheckpoints`;
            arrived.push({
              path,
              body: toHex(
                toBinary(SubscribeCheckpointsRequestSchema, create(SubscribeCheckpointsRequestSchema, request)),
              ),
            });
            for (const message of next(path).response.messages ?? []) {
              yield fromBinary(SubscribeCheckpointsResponseSchema, fromHex(message));
            }
          },
        }),
      );
      continue;
    }
    const handlers = methods.map((method) => [
      method,
      (body: Uint8Array) => {
        const path = `/${service}/${method}`;
        arrived.push({ path, body: toHex(body) });
        const exchange = next(path);
        const error = capturedError(exchange);
        if (error !== undefined) throw error;
        return fromHex(exchange.response.messages![0]!);
      },
    ]);
    rawServices.push(implementRaw(service, Object.fromEntries(handlers)));
  }
  return { services, rawServices };
};

const none = () => {
  throw new TypeError('a transport is given');
};

export const clientsOver = (transport: RpcTransport, options: Omit<ClientOptions, 'transport'> = {}) => ({
  rpc: rpcOver({ retry: false, ...options, transport }, none),
  faucet: faucetOver({ retry: false, ...options, transport }, none),
  admin: adminOver({ retry: false, ...options, transport }, none),
  scoring: scoringOver({ retry: false, ...options, transport }, none),
});
export type Clients = ReturnType<typeof clientsOver>;

export const memoryStub = (exchanges: readonly CapturedExchange[]) => {
  const arrived: Arrived[] = [];
  const transport = createMemoryTransport(recordedServices(exchanges, arrived));
  return { arrived, transport, ...clientsOver(transport) };
};

export const signedOf = ({ transaction, signatures }: ExecuteTransactionRequest): SignedInput => ({
  bytes: TransactionData.encode(transactionFromProto(transaction!)),
  signatures: signatures.map(signatureFromProto),
});

const set = <T>(value: T | undefined): T | undefined => value;

/** Makes the call that a recorded request stands for, with our own client. */
export const replay = async (
  { rpc, faucet, admin, scoring }: Clients,
  { path, messages }: CapturedExchange,
): Promise<unknown> => {
  const body = fromHex(messages?.[0] ?? '');
  const name = path.split('/')[2]!;
  const method = methodOf(path);
  const request =
    method === undefined ? undefined : (fromBinary(method.input, body) as MessageShape<typeof method.input>);
  const readMask = (request as { readMask?: { paths: string[] } } | undefined)?.readMask?.paths as never;
  switch (name) {
    case 'GetServiceInfo':
      return rpc.getServiceInfo();
    case 'GetObject': {
      const { objectId, version } = request as GetObjectRequest;
      return rpc.getObject({ objectId: objectId!, version: set(version), readMask });
    }
    case 'GetTransaction':
      return rpc.getTransaction({ digest: (request as GetTransactionRequest).digest!, readMask });
    case 'GetCheckpoint': {
      const { checkpointId } = request as GetCheckpointRequest;
      const sequenceNumber = checkpointId.case === 'sequenceNumber' ? checkpointId.value : undefined;
      const digest = checkpointId.case === 'digest' ? checkpointId.value : undefined;
      return rpc.getCheckpoint({ sequenceNumber, digest, readMask });
    }
    case 'GetEpoch':
      return rpc.getEpoch({ epoch: (request as GetEpochRequest).epoch, readMask });
    case 'GetBalance':
      return rpc.getBalance({ owner: (request as GetBalanceRequest).owner! });
    case 'ListOwnedObjects': {
      const { owner, pageSize, pageToken, objectType } = request as ListOwnedObjectsRequest;
      return rpc.listOwnedObjects({ owner: owner!, pageSize, pageToken, objectType, readMask });
    }
    case 'ListTargets': {
      const { statusFilter, epochFilter, submitterFilter, pageSize, pageToken } = request as ListTargetsRequest;
      // A submitter that is none does not pass our own checks: the message itself is sent.
      if (submitterFilter === 'bad') return rpc.call(StateService.method.listTargets, request as ListTargetsRequest);
      const filters = { status: statusFilter as never, epoch: epochFilter, submitter: submitterFilter };
      return rpc.listTargets({ ...filters, pageSize, pageToken, readMask });
    }
    case 'ExecuteTransaction':
      return rpc.executeTransaction({ transaction: signedOf(request as ExecuteTransactionRequest), readMask });
    case 'SimulateTransaction': {
      const { transaction } = request as SimulateTransactionRequest;
      const paths = (readMask as string[] | undefined)?.map((each) => each.slice('transaction.'.length));
      return rpc.simulateTransaction({ transaction: transactionFromProto(transaction!), readMask: paths as never });
    }
    case 'SubscribeCheckpoints': {
      for await (const event of rpc.subscribeCheckpoints({ readMask })) return event;
      return undefined;
    }
    case 'RequestGas':
      return faucet.requestGas(GasRequest.decode(body));
    case 'AdvanceEpoch':
      return admin.advanceEpoch();
    case 'Health':
      return scoring.health();
    case 'Score': {
      const { modelManifests, ...rest } = ScoreRequest.decode(body);
      return scoring.score({ ...rest, models: modelManifests });
    }
    default:
      throw new TypeError(`no call for ${path}`);
  }
};
