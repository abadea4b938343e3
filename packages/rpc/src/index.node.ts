import { type ClientOptions, type Rpc, type RpcReader, readerOver, rpcOver } from './client/create-rpc.js';
import { createNodeTransport } from './node/index.js';
import { type Admin, adminOver } from './side-services/admin.js';
import { type Faucet, faucetOver } from './side-services/faucet.js';
import { type Scoring, scoringOver } from './side-services/scoring.js';

export * from './public.js';

/**
 * A client of a ledger node, with every call of its four services. Opens nothing until the first call. A URL means
 * gRPC in Node and gRPC-Web elsewhere; `transport` takes any other.
 *
 * @throws INVALID_ARGUMENT
 * @example
 * import { createRpc } from '@somakit/rpc';
 * const rpc = createRpc({ url: 'http://127.0.0.1:9000' });
 * const { owner, contents } = await rpc.getObject({ objectId: '0x5', readMask: ['owner', 'contents'] });
 * if (contents.kind === 'SystemState') console.log(owner, contents.epoch);
 * for await (const target of rpc.targets({ status: 'open', readMask: ['id', 'rewardPool'] })) console.log(target);
 * rpc.close();
 */
export const createRpc = (options: ClientOptions): Rpc => rpcOver(options, createNodeTransport);

/**
 * The reads of {@link createRpc} alone, for pages: no submissions, no downloads, and a quarter less to load.
 * @throws INVALID_ARGUMENT
 * @example
 * import { createRpcReader } from '@somakit/rpc';
 * const reader = createRpcReader({ url: 'http://127.0.0.1:9000' });
 * console.log(await reader.getBalance({ owner: '0x' + '1'.repeat(64) }));
 * reader.close();
 */
export const createRpcReader = (options: ClientOptions): RpcReader => readerOver(options, createNodeTransport);

/**
 * A client of a faucet.
 * @throws INVALID_ARGUMENT
 * @example
 * import { createFaucet } from '@somakit/rpc';
 * const faucet = createFaucet({ url: 'http://127.0.0.1:9123' });
 * const { coinsSent } = await faucet.requestGas({ recipient: '0x' + '1'.repeat(64) });
 * console.log(coinsSent[0]?.amount);
 * faucet.close();
 */
export const createFaucet = (options: ClientOptions): Faucet => faucetOver(options, createNodeTransport);

/**
 * A client of a local network's admin service.
 * @throws INVALID_ARGUMENT
 * @example
 * import { createAdmin } from '@somakit/rpc';
 * const admin = createAdmin({ url: 'http://127.0.0.1:9125' });
 * console.log(await admin.advanceEpoch());
 * admin.close();
 */
export const createAdmin = (options: ClientOptions): Admin => adminOver(options, createNodeTransport);

/**
 * A client of a scoring service.
 * @throws INVALID_ARGUMENT
 * @example
 * import { createScoring } from '@somakit/rpc';
 * const scoring = createScoring({ url: 'http://127.0.0.1:9124' });
 * console.log(await scoring.health({ timeoutMs: 2_000 }));
 * scoring.close();
 */
export const createScoring = (options: ClientOptions): Scoring => scoringOver(options, createNodeTransport);
