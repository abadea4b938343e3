// A node that knows some objects and no more: what a fork reads.
import { type SomaObject, SystemState } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { objectToProto, timestamp } from '@somakit/rpc/convert';
import { LedgerService, StateService } from '@somakit/rpc/proto';
import { implement, type RpcServer, rpcStatus, startRpcServer } from '@somakit/rpc/server';

export interface StubNode {
  readonly chainId: Digest;
  readonly state: SystemState;
  /** The state's object comes by itself. */
  readonly objects: readonly SomaObject[];
  /** The newest checkpoint. */
  readonly height: bigint;
  readonly timestampMs: bigint;
}

const STATE_ID = `0x${'5'.padStart(64, '0')}` as ObjectId;
const PREVIOUS = '1'.repeat(32) as Digest;

export const stateObject = (state: SystemState): SomaObject => ({
  objectId: STATE_ID,
  objectType: { kind: 'SystemState' },
  version: 86n,
  contents: SystemState.encode(state),
  owner: { kind: 'Shared', initialSharedVersion: 1n },
  previousTransaction: PREVIOUS,
});

export const startStubNode = ({ chainId, state, objects, height, timestampMs }: StubNode): Promise<RpcServer> => {
  const all = [stateObject(state), ...objects];
  return startRpcServer({
    services: [
      implement(LedgerService, {
        getServiceInfo: () => ({ chainId, chain: 'localnet', epoch: state.epoch, checkpointHeight: height }),
        getCheckpoint: () => ({
          checkpoint: {
            sequenceNumber: height,
            digest: chainId,
            summary: { timestamp: timestamp(timestampMs), totalNetworkTransactions: 9n },
          },
        }),
        batchGetObjects: ({ requests }) => ({
          objects: requests.map(({ objectId }) => {
            const found = all.find((each) => each.objectId === objectId);
            if (found === undefined) throw rpcStatus('NOT_FOUND', `Object ${objectId} not found`);
            return { result: { case: 'object' as const, value: objectToProto(found) } };
          }),
        }),
      }),
      implement(StateService, {
        listTargets: () => ({
          targets: objects.filter(({ objectType }) => objectType.kind === 'Target').map(({ objectId: id }) => ({ id })),
        }),
        listOwnedObjects: ({ owner }) => ({
          objects: objects
            .filter((each) => each.owner.kind === 'AddressOwner' && each.owner.address === owner)
            .map((each) => objectToProto(each)),
        }),
      }),
    ],
  });
};
