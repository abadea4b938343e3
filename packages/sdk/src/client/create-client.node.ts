import type { LoadVerifier } from '../trust/lazy.js';
import { baseOf, type Extendable, extendable } from './base-client.js';
import { type SomaClient, withMethods } from './create-client.js';
import type { SomaBase, SomaClientOptions } from './types.js';

// Here only: bundlers of pages would take the pairings along for everybody.
const loadVerifier: LoadVerifier = () => import('../trust/verifier.js');

/**
 * A client of a SOMA network: reads, writes, the market, staking, the faucet. Synchronous, and opens nothing until the
 * first call; services that are down matter only to calls that need them.
 *
 * @throws INVALID_ARGUMENT
 * @example
 * import { createSomaClient, Keypair, parseSoma } from '@somakit/sdk';
 * const signer = Keypair.generate();
 * const client = createSomaClient({ network: 'localnet', signer });
 * await client.requestFaucet({ address: signer.address });
 * const { digest, fee } = await client.transferCoin({ recipient: '0xb0b', amount: parseSoma('0.5') });
 * console.log(digest, fee.totalFee, await client.getBalance({ address: signer.address }));
 * client.close();
 */
export const createSomaClient = (options: SomaClientOptions): SomaClient => withMethods(baseOf(options, loadVerifier));

/**
 * A client without methods, for the free functions: what is not imported is in no bundle.
 *
 * @throws INVALID_ARGUMENT
 * @example
 * import { createBaseClient, getBalance } from '@somakit/sdk';
 * const client = createBaseClient({ network: 'localnet' });
 * console.log(await getBalance(client, { address: '0xb0b' }));
 * client.close();
 */
export const createBaseClient = (options: SomaClientOptions): Extendable<SomaBase> =>
  extendable(baseOf(options, loadVerifier));
