import { invalidArgument, isAddress, parseAddress, parseObjectId, toHex } from '@somakit/core';
import { paginate } from '@somakit/core/http';
import { eachOf, need } from '../convert/scalar.js';
import { StateService } from '../gen/soma/rpc/state_service_pb.js';
import type { Challenge } from '../gen/soma/rpc/system_state_pb.js';
import type { ObjectFields, ObjectTypeName, TargetFields } from '../masks/fields.js';
import type { MaskPath, Selected } from '../masks/types.js';
import { objectView, targetView } from '../masks/views.js';
import { checkCount, checkU64 } from './check.js';
import { type CallOptions, type ClientContext, read, withMessage } from './core.js';
import type { MaskOptions } from './ledger.js';
import {
  OBJECT_MASK as OBJECT,
  type OBJECT_MASK,
  prepareMask,
  TARGET_MASK as TARGET,
  type TARGET_MASK,
} from './masks.js';

type ObjectMask = readonly MaskPath<ObjectFields>[];
type TargetMask = readonly MaskPath<TargetFields>[];

/** One page of a list. */
export interface RpcPage<T> {
  readonly items: readonly T[];
  /** For the next page, with the same filters; missing at the end. A page may be short or empty and not be the last. */
  readonly nextPageToken?: Uint8Array | undefined;
}

export interface PageOptions {
  /** Nodes give 1000 at most, and end a page at 512 KiB. */
  readonly pageSize?: number | undefined;
  readonly pageToken?: Uint8Array | undefined;
}

export interface OwnedObjectsFilter {
  readonly owner: string;
  readonly objectType?: ObjectTypeName | undefined;
}

/** What a list of targets can be asked for; filters hold together. */
export interface TargetsFilter {
  /** `claimable` finds expired and filled ones whose reward may be claimed now. */
  readonly status?: 'open' | 'filled' | 'claimed' | 'expired' | 'claimable' | undefined;
  /** The epoch that generated them. */
  readonly epoch?: bigint | undefined;
  readonly submitter?: string | undefined;
}

/** Lists go on from page to page by themselves; `limit` ends them earlier. */
export interface ListOptions {
  readonly pageSize?: number | undefined;
  readonly limit?: number | undefined;
}

/** The reads of the state service. */
export interface StateCalls {
  /** Shannons in all coins of an account, as of the last indexed checkpoint; 0 for an unknown one. */
  getBalance(parameters: { readonly owner: string } & CallOptions): Promise<bigint>;
  /** One page of an account's objects: by type, coins with the poorest first. */
  listOwnedObjects<const P extends ObjectMask = typeof OBJECT_MASK>(
    parameters: OwnedObjectsFilter & PageOptions & MaskOptions<P>,
  ): Promise<RpcPage<Selected<ObjectFields, P[number]>>>;
  /** All objects of an account. @throws PAGING_LOOP */
  ownedObjects<const P extends ObjectMask = typeof OBJECT_MASK>(
    parameters: OwnedObjectsFilter & ListOptions & MaskOptions<P>,
  ): AsyncGenerator<Selected<ObjectFields, P[number]>, void, undefined>;
  /** @throws RPC_INVALID_REQUEST for an object of another type. */
  getTarget<const P extends TargetMask = typeof TARGET_MASK>(
    parameters: { readonly targetId: string } & MaskOptions<P>,
  ): Promise<Selected<TargetFields, P[number]>>;
  /** One page of targets. With embeddings of 2048 numbers a page ends after about 61. */
  listTargets<const P extends TargetMask = typeof TARGET_MASK>(
    parameters?: TargetsFilter & PageOptions & MaskOptions<P>,
  ): Promise<RpcPage<Selected<TargetFields, P[number]>>>;
  /** All targets that the filters let through. @throws PAGING_LOOP */
  targets<const P extends TargetMask = typeof TARGET_MASK>(
    parameters?: TargetsFilter & ListOptions & MaskOptions<P>,
  ): AsyncGenerator<Selected<TargetFields, P[number]>, void, undefined>;
  /** Challenges were removed from the chain. @throws RPC_UNIMPLEMENTED by every node today. */
  getChallenge(parameters: { readonly challengeId: string } & CallOptions): Promise<Challenge>;
  /** Challenges were removed from the chain. @throws RPC_UNIMPLEMENTED by every node today. */
  listChallenges(
    parameters?: {
      readonly targetId?: string | undefined;
      readonly status?: string | undefined;
      readonly epoch?: bigint | undefined;
    } & PageOptions &
      CallOptions,
  ): Promise<RpcPage<Challenge>>;
}

/** More than 1000 is 1000 to a node. */
const MAX_PAGE = 0xffff_ffff;

/** The spelling stays the caller's: nodes understand both, and tokens remember it. */
const checkAddress = (value: string, argument: string): string => {
  if (isAddress(value)) return value;
  if (typeof value !== 'string') throw invalidArgument(argument, 'an address', value);
  parseAddress(value);
  return value;
};

/** Lists end where the server gives no token; one that is there but empty is none either. */
const tokenOf = (token: Uint8Array | undefined): Uint8Array | undefined => (token?.length === 0 ? undefined : token);

export const stateCalls = (context: ClientContext): StateCalls => {
  const { method } = StateService;

  /** All pages one after the other. Empty ones do not end the list; a token that comes back does. */
  const items = <T, O extends PageOptions & CallOptions>(
    list: (options: O) => Promise<RpcPage<T>>,
    parameters: Omit<O, 'pageToken'> & ListOptions & CallOptions,
  ): AsyncGenerator<T, void, undefined> => {
    const tokens = new Map<string, Uint8Array>();
    return paginate<T>({
      limit: parameters.limit,
      signal: parameters.signal,
      fetchPage: async (cursor) => {
        const pageToken = cursor === undefined ? undefined : tokens.get(cursor);
        const page = await list({ ...parameters, pageToken } as unknown as O);
        if (page.nextPageToken === undefined) return { items: page.items };
        const next = toHex(page.nextPageToken);
        tokens.clear();
        tokens.set(next, page.nextPageToken);
        return { items: page.items, next };
      },
    });
  };

  const calls = {
    async getBalance(parameters: { owner: string } & CallOptions): Promise<bigint> {
      const owner = parseAddress(parameters.owner).slice(2);
      return need((await read(context, method.getBalance, { owner }, parameters)).balance, 'balance');
    },

    async listOwnedObjects(parameters: OwnedObjectsFilter & PageOptions & MaskOptions<readonly string[]>) {
      const { owner, objectType, pageSize, pageToken, readMask = OBJECT } = parameters;
      const { wire, selection } = prepareMask(readMask);
      const message = await read(
        context,
        method.listOwnedObjects,
        {
          owner: checkAddress(owner, 'owner'),
          objectType,
          pageSize: checkCount(pageSize, 'pageSize', MAX_PAGE),
          pageToken,
          readMask: wire,
        },
        parameters,
      );
      const found = eachOf('objects', message.objects, (each) => withMessage(objectView(each, selection), each));
      return withMessage({ items: found, nextPageToken: tokenOf(message.nextPageToken) }, message);
    },

    ownedObjects: (parameters: OwnedObjectsFilter & ListOptions & MaskOptions<readonly string[]>) =>
      items(calls.listOwnedObjects as (options: PageOptions & CallOptions) => Promise<RpcPage<unknown>>, parameters),

    async getTarget(parameters: { targetId: string } & MaskOptions<readonly string[]>) {
      const { targetId, readMask = TARGET } = parameters;
      const { wire, selection } = prepareMask(readMask);
      const input = { targetId: parseObjectId(targetId), readMask: wire };
      const message = await read(context, method.getTarget, input, parameters);
      return withMessage(targetView(need(message.target, 'target'), selection), message);
    },

    async listTargets(parameters: TargetsFilter & PageOptions & MaskOptions<readonly string[]> = {}) {
      const { status, epoch, submitter, pageSize, pageToken, readMask = TARGET } = parameters;
      const { wire, selection } = prepareMask(readMask);
      const message = await read(
        context,
        method.listTargets,
        {
          statusFilter: status,
          epochFilter: epoch === undefined ? undefined : checkU64(epoch, 'epoch'),
          submitterFilter: submitter === undefined ? undefined : checkAddress(submitter, 'submitter'),
          pageSize: checkCount(pageSize, 'pageSize', MAX_PAGE),
          pageToken,
          readMask: wire,
        },
        parameters,
      );
      const found = eachOf('targets', message.targets, (each) => withMessage(targetView(each, selection), each));
      return withMessage({ items: found, nextPageToken: tokenOf(message.nextPageToken) }, message);
    },

    targets: (parameters: TargetsFilter & ListOptions & MaskOptions<readonly string[]> = {}) =>
      items(calls.listTargets as (options: PageOptions & CallOptions) => Promise<RpcPage<unknown>>, parameters),

    async getChallenge(parameters: { challengeId: string } & CallOptions): Promise<Challenge> {
      const input = { challengeId: parseObjectId(parameters.challengeId) };
      return need((await read(context, method.getChallenge, input, parameters)).challenge, 'challenge');
    },

    async listChallenges(
      parameters: {
        targetId?: string | undefined;
        status?: string | undefined;
        epoch?: bigint | undefined;
      } & PageOptions &
        CallOptions = {},
    ): Promise<RpcPage<Challenge>> {
      const { targetId, status, epoch, pageSize, pageToken } = parameters;
      const input = {
        targetId: targetId === undefined ? undefined : parseObjectId(targetId),
        statusFilter: status,
        epochFilter: epoch === undefined ? undefined : checkU64(epoch, 'epoch'),
        pageSize: checkCount(pageSize, 'pageSize', MAX_PAGE),
        pageToken,
      };
      const message = await read(context, method.listChallenges, input, parameters);
      return withMessage({ items: message.challenges, nextPageToken: tokenOf(message.nextPageToken) }, message);
    },
  };
  return calls as unknown as StateCalls;
};
