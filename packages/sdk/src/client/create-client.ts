import { methodsOf, type SomaMethods } from './actions.js';
import { baseOf, type Extendable, extendable } from './base-client.js';
import type { SomaBase, SomaClientOptions } from './types.js';

/** A client with every operation as a method. */
export type SomaClient = Extendable<SomaBase & SomaMethods>;

/** A base client with every operation as a method. */
export const withMethods = (base: SomaBase): SomaClient => {
  const descriptors = {
    ...Object.getOwnPropertyDescriptors(base),
    ...Object.getOwnPropertyDescriptors(methodsOf(base)),
  };
  return extendable(Object.defineProperties({}, descriptors) as SomaBase & SomaMethods);
};

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
export const createSomaClient = (options: SomaClientOptions): SomaClient => withMethods(baseOf(options, undefined));
