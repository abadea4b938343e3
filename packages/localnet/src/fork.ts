import type { SomaObject } from '@somakit/bcs';
import {
  type Address,
  type Digest,
  invalidArgument,
  type ObjectId,
  parseAddress,
  parseDigest,
  parseObjectId,
} from '@somakit/core';
import { blake2b256, Keypair } from '@somakit/crypto';
import { type ForkOptions, forkLedger, type Ledger, type LedgerStore, systemStateOf } from '@somakit/ledger';
import { MAX_PROTOCOL_VERSION, MIN_PROTOCOL_VERSION, SYSTEM_STATE_OBJECT_ID } from '@somakit/protocol';
import { objectFromProto } from '@somakit/rpc/convert';
import { createNodeTransport, type RpcTransport } from '@somakit/rpc/node';
import { LedgerService, StateService } from '@somakit/rpc/proto';
import type { LocalnetFork } from './options.js';

const TIMEOUT_MS = 30_000;
const PAGE = 1000;
const BATCH = 200;
const WHOLE = { paths: ['object_id', 'version', 'digest', 'owner', 'object_type', 'contents', 'previous_transaction'] };
const FAUCET_COINS = 5;
const FAUCET_COIN = 300_000n * 1_000_000_000n;
const ZERO_DIGEST = '1'.repeat(32) as Digest;

const label = (text: string): Uint8Array => blake2b256(new TextEncoder().encode(text));

/** Coins that the forked chain does not have, so that there is a faucet. */
const faucetCoins = (address: Address): SomaObject[] =>
  Array.from({ length: FAUCET_COINS }, (_, i) => {
    const contents = new Uint8Array(8);
    new DataView(contents.buffer).setBigUint64(0, FAUCET_COIN, true);
    return {
      objectId: parseObjectId(label(`somakit-fork-coin-${i}`)),
      objectType: { kind: 'Coin' },
      version: 1n,
      contents,
      owner: { kind: 'AddressOwner', address },
      previousTransaction: ZERO_DIGEST,
    };
  });

const readers = (transport: RpcTransport) => {
  const { getServiceInfo, getCheckpoint, batchGetObjects } = LedgerService.method;
  const { listTargets, listOwnedObjects } = StateService.method;
  return {
    info: async () => (await transport.unary(getServiceInfo, undefined, TIMEOUT_MS, undefined, {})).message,
    checkpoint: async () => {
      const readMask = { paths: ['sequence_number', 'digest', 'summary'] };
      const { message } = await transport.unary(getCheckpoint, undefined, TIMEOUT_MS, undefined, { readMask });
      return message.checkpoint;
    },
    objects: async (ids: readonly ObjectId[]): Promise<SomaObject[]> => {
      const found: SomaObject[] = [];
      for (let i = 0; i < ids.length; i += BATCH) {
        const requests = ids.slice(i, i + BATCH).map((objectId) => ({ objectId }));
        const input = { requests, readMask: WHOLE };
        const { message } = await transport.unary(batchGetObjects, undefined, TIMEOUT_MS, undefined, input);
        for (const { result } of message.objects)
          if (result.case === 'object') found.push(objectFromProto(result.value));
      }
      return found;
    },
    targetIds: async (): Promise<ObjectId[]> => {
      const ids: ObjectId[] = [];
      let pageToken: Uint8Array | undefined;
      do {
        const input = {
          pageSize: PAGE,
          readMask: { paths: ['id'] },
          ...(pageToken === undefined ? {} : { pageToken }),
        };
        const { message } = await transport.unary(listTargets, undefined, TIMEOUT_MS, undefined, input);
        for (const { id } of message.targets) if (id !== undefined) ids.push(parseObjectId(id));
        pageToken = message.nextPageToken;
      } while (pageToken !== undefined);
      return ids;
    },
    owned: async (owner: Address): Promise<SomaObject[]> => {
      const found: SomaObject[] = [];
      let pageToken: Uint8Array | undefined;
      do {
        const input = { owner, pageSize: PAGE, readMask: WHOLE, ...(pageToken === undefined ? {} : { pageToken }) };
        const { message } = await transport.unary(listOwnedObjects, undefined, TIMEOUT_MS, undefined, input);
        found.push(...message.objects.map(objectFromProto));
        pageToken = message.nextPageToken;
      } while (pageToken !== undefined);
      return found;
    },
  };
};

/** What a fork starts from, with the key of its own faucet. */
export interface Forked {
  readonly state: Omit<ForkOptions, 'store' | 'checkSignatures'>;
  readonly faucet: Keypair;
}

/**
 * Reads the state of a live chain: the system state, all targets, and what the named addresses own. A node has no list
 * of everything, so other objects do not exist in the fork.
 */
export const readFork = async ({ rpcUrl, owners = [] }: LocalnetFork, seed: string): Promise<Forked> => {
  const transport = createNodeTransport({ url: rpcUrl, maxReceiveBytes: 256 * 1024 * 1024 });
  try {
    const reader = readers(transport);
    const [info, checkpoint] = await Promise.all([reader.info(), reader.checkpoint()]);
    const ids = [SYSTEM_STATE_OBJECT_ID as ObjectId, ...(await reader.targetIds())];
    const objects = await reader.objects(ids);
    const { protocolVersion } = systemStateOf(objects.find(({ objectId }) => objectId === SYSTEM_STATE_OBJECT_ID)!);
    if (protocolVersion < MIN_PROTOCOL_VERSION || protocolVersion > MAX_PROTOCOL_VERSION) {
      const known = `a chain of a protocol version from ${MIN_PROTOCOL_VERSION} to ${MAX_PROTOCOL_VERSION}`;
      throw invalidArgument('fork', known, protocolVersion, 'A newer @somakit/localnet may know it.');
    }
    const faucet = Keypair.fromSecretKey(label(`somakit-genesis::${seed}::faucet`));
    const addresses = new Set(owners.map((owner) => parseAddress(owner)));
    addresses.delete(faucet.address);
    for (const owner of addresses) objects.push(...(await reader.owned(owner)));
    objects.push(...faucetCoins(faucet.address));
    const { seconds = 0n, nanos = 0 } = checkpoint?.summary?.timestamp ?? {};
    return {
      faucet,
      state: {
        objects,
        chainId: parseDigest(info.chainId!),
        checkpoint: {
          sequenceNumber: checkpoint?.sequenceNumber ?? 0n,
          digest: parseDigest(checkpoint!.digest!),
          timestampMs: seconds * 1000n + BigInt(Math.trunc(nanos / 1_000_000)),
          networkTotalTransactions: checkpoint?.summary?.totalNetworkTransactions ?? 0n,
        },
      },
    };
  } finally {
    transport.close();
  }
};

/** The ledger of a fork. */
export const startFork = ({ state }: Forked, store: LedgerStore, checkSignatures: boolean): Ledger =>
  forkLedger({ ...state, store, checkSignatures });
