import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { SomaAddress as AddressCodec, ObjectID, Version } from '@somakit/bcs';
import { option, string, struct, u8, u64 } from '@somakit/bcs/codec';
import type { Address, ObjectId } from '@somakit/core';
import { coinBalance, type LedgerObject, type ObjectKind, targetOf } from '@somakit/ledger';
import { objectToProto, targetToProto } from '@somakit/rpc/convert';
import { ObjectSchema, StateService, TargetSchema } from '@somakit/rpc/proto';
import { badRequest, implement, rpcStatus, type ServiceDefinition } from '@somakit/rpc/server';
import type { Chain } from '../chain/types.js';
import { type Mask, masked, maskOf, readMask } from './mask.js';
import { pageSize, placeOf, readToken, takePage } from './pages.js';
import { NOT_AN_ACCOUNT_ADDRESS, NOT_AN_ADDRESS, readAccountAddress, readAddress, requiredId } from './parse.js';

const OWNED_MASK = maskOf(['object_id', 'version', 'object_type']);
const TARGET_MASK = maskOf(['id', 'status', 'generation_epoch', 'reward_pool', 'distance_threshold']);
const TARGETS_MASK = maskOf(['id', 'status', 'generation_epoch', 'reward_pool']);

const TYPES: readonly ObjectKind[] = ['SystemState', 'Coin', 'StakedSoma', 'Target'];

/** Source: rpc/src/api/grpc/state/list_owned_objects.rs `PageToken`. */
const OwnedToken = struct('PageToken', {
  owner: AddressCodec,
  objectType: option(u8),
  next: struct('OwnedObjectInfo', {
    owner: AddressCodec,
    objectType: u8,
    /** Every bit of the balance turned, as the reference's index has it. */
    balance: option(u64),
    objectId: ObjectID,
    version: Version,
  }),
});

/** Source: rpc/src/api/grpc/state/list_targets.rs `PageToken`. */
const TargetsToken = struct('PageToken', {
  status: option(string),
  epoch: option(u64),
  submitter: option(string),
  next: struct('TargetInfo', { targetId: ObjectID, version: Version, status: string, generationEpoch: u64 }),
});

const STATUS = { Open: 'open', Filled: 'filled', Claimed: 'claimed' } as const;
const FILTERS = ['open', 'filled', 'claimed', 'expired', 'claimable'];
const U64_MASK = 0xffff_ffff_ffff_ffffn;

const statusOf = (object: LedgerObject): (typeof STATUS)[keyof typeof STATUS] => STATUS[targetOf(object).status.kind];

/** What may be claimed in an epoch: targets that nobody filled in theirs, and filled ones after their audit. */
const standing = (object: LedgerObject, epoch: bigint): { readonly expired: boolean; readonly claimable: boolean } => {
  const { status, generationEpoch } = targetOf(object);
  const expired = status.kind === 'Open' && generationEpoch < epoch;
  return { expired, claimable: expired || (status.kind === 'Filled' && epoch > status.fillEpoch + 1n) };
};

/** What a message about an object can take: ids and digests as text are three times their bytes, tags and lengths the rest. */
const sizeAtMost = ({ contents }: LedgerObject): number => 1024 + contents.length * 4;

const removed = () => {
  throw rpcStatus('UNIMPLEMENTED', 'Challenge system has been removed');
};

export const stateService = (chain: Chain): ServiceDefinition => {
  const { store } = chain;
  const objectMessage = (object: LedgerObject, mask: Mask): MessageInitShape<typeof ObjectSchema> =>
    masked(ObjectSchema, objectToProto(object, 'bare', object.digest), mask);

  return implement(StateService, {
    getBalance: ({ owner }) => {
      if (owner === undefined) throw badRequest('owner', 'missing owner', 'FIELD_MISSING');
      const address = readAccountAddress(owner);
      if (address === undefined) throw badRequest('owner', `invalid owner: ${NOT_AN_ACCOUNT_ADDRESS}`);
      return { balance: store.balance(address) };
    },
    listOwnedObjects: (request) => {
      if (request.owner === undefined) throw badRequest('owner', '', 'FIELD_MISSING');
      const owner = readAddress(request.owner);
      if (owner === undefined) throw badRequest('owner', `invalid owner: ${NOT_AN_ADDRESS}`);
      const type = request.objectType as ObjectKind | undefined;
      if (type !== undefined && !TYPES.includes(type)) {
        throw badRequest('object_type', `invalid object_type: Unknown ObjectType: ${type}`);
      }
      const typeIndex = type === undefined ? undefined : TYPES.indexOf(type);
      const entries = store.owned(owner);
      let start = 0;
      if (request.pageToken !== undefined) {
        const token = readToken(OwnedToken, request.pageToken);
        if (token.owner !== owner || token.objectType !== typeIndex)
          throw badRequest('page_token', 'invalid page_token');
        const { next } = token;
        const balance = next.balance === undefined ? 0n : next.balance ^ U64_MASK;
        start = placeOf(entries, (each) => {
          const kind = TYPES.indexOf(each.objectType.kind);
          if (kind !== next.objectType) return kind < next.objectType;
          if (each.objectType.kind === 'Coin') {
            const held = coinBalance(each);
            if (held !== balance) return held < balance;
          }
          return each.objectId < next.objectId;
        });
      }
      const mask = readMask(ObjectSchema, request.readMask, OWNED_MASK);
      const wanted = type === undefined ? entries : entries.filter(({ objectType }) => objectType.kind === type);
      const from = type === undefined || start === 0 ? start : wanted.indexOf(entries[start]!);
      const page = takePage(wanted, from === -1 ? wanted.length : from, pageSize(request.pageSize, 50), {
        message: (object) => objectMessage(object, mask),
        bytes: (message) => toBinary(ObjectSchema, create(ObjectSchema, message)).length,
        atMost: sizeAtMost,
      });
      const { next } = page;
      return {
        objects: [...page.items],
        nextPageToken:
          next === undefined
            ? undefined
            : OwnedToken.encode({
                owner,
                objectType: typeIndex,
                next: {
                  owner,
                  objectType: TYPES.indexOf(next.objectType.kind),
                  balance: next.objectType.kind === 'Coin' ? coinBalance(next) ^ U64_MASK : undefined,
                  objectId: next.objectId,
                  version: next.version,
                },
              }),
      };
    },
    getTarget: ({ targetId, readMask: given }) => {
      const id = requiredId(targetId, 'target_id', 'missing target_id', 'target_id');
      const mask = readMask(TargetSchema, given, TARGET_MASK);
      const object = store.getObject(id);
      if (object === undefined) throw rpcStatus('NOT_FOUND', `Object ${id} not found`);
      if (object.objectType.kind !== 'Target') {
        throw rpcStatus('INVALID_ARGUMENT', `Object ${id} is not a Target (type: ${object.objectType.kind})`);
      }
      return { target: masked(TargetSchema, targetToProto(id, targetOf(object)), mask) };
    },
    listTargets: (request) => {
      const { statusFilter, epochFilter, submitterFilter } = request;
      const filter = statusFilter?.toLowerCase();
      if (filter !== undefined && !FILTERS.includes(filter)) {
        throw badRequest(
          'status_filter',
          `invalid status_filter: '${statusFilter}'. Must be 'open', 'filled', 'claimed', 'expired', or 'claimable'`,
        );
      }
      let submitter: Address | undefined;
      if (submitterFilter !== undefined) {
        submitter = readAccountAddress(submitterFilter);
        if (submitter === undefined) {
          throw badRequest('submitter_filter', `invalid submitter_filter: ${NOT_AN_ACCOUNT_ADDRESS}`);
        }
      }
      const entries = store.targets();
      let start = 0;
      if (request.pageToken !== undefined) {
        const token = readToken(TargetsToken, request.pageToken);
        if (token.status !== filter || token.epoch !== epochFilter || token.submitter !== submitterFilter) {
          throw badRequest('page_token', 'page_token parameters do not match request filters');
        }
        const { next } = token;
        const order: readonly string[] = Object.values(STATUS);
        const place = order.indexOf(next.status);
        start = placeOf(entries, (each) => {
          const status = order.indexOf(statusOf(each));
          if (status !== place) return status < place;
          const { generationEpoch } = targetOf(each);
          if (generationEpoch !== next.generationEpoch) return generationEpoch < next.generationEpoch;
          return each.objectId < (next.targetId as ObjectId);
        });
      }
      const mask = readMask(TargetSchema, request.readMask, TARGETS_MASK);
      const { epoch } = chain.head();
      const isWanted = (object: LedgerObject): boolean => {
        const target = targetOf(object);
        if (epochFilter !== undefined && target.generationEpoch !== epochFilter) return false;
        if (submitter !== undefined && target.submitter !== submitter) return false;
        const { expired, claimable } = standing(object, epoch);
        switch (filter) {
          case undefined:
            return true;
          case 'open':
            return target.status.kind === 'Open' && !expired;
          case 'expired':
            return expired;
          case 'claimable':
            return claimable;
          default:
            return statusOf(object) === filter;
        }
      };
      const page = takePage(entries, start, pageSize(request.pageSize, 100), {
        message: (object) => {
          if (!isWanted(object)) return undefined;
          const status = standing(object, epoch).claimable ? 'claimable' : statusOf(object);
          return masked(TargetSchema, targetToProto(object.objectId, targetOf(object), status), mask);
        },
        bytes: (message) => toBinary(TargetSchema, create(TargetSchema, message)).length,
        atMost: sizeAtMost,
      });
      const { next } = page;
      return {
        targets: [...page.items],
        nextPageToken:
          next === undefined
            ? undefined
            : TargetsToken.encode({
                status: filter,
                epoch: epochFilter,
                submitter: submitterFilter,
                next: {
                  targetId: next.objectId,
                  version: next.version,
                  status: statusOf(next),
                  generationEpoch: targetOf(next).generationEpoch,
                },
              }),
      };
    },
    getChallenge: removed,
    listChallenges: removed,
  });
};
