import { checkStart } from '../trust/lazy.js';
import type { TrustedStart, TrustFactory } from '../trust/types.js';
import { createVerifier } from '../trust/verifier.js';

export type { Trust, TrustedStart, TrustFactory } from '../trust/types.js';

/**
 * Proof from a trusted start, for the option `trust`. In Node `trust: 'verify'` with `trustedStart` is the same, and loads
 * this with the first proof.
 *
 * @throws INVALID_ARGUMENT
 * @example
 * import { createSomaClient } from '@somakit/sdk';
 * import { verifyFrom } from '@somakit/sdk/verify';
 * declare const chainId: string;
 * const client = createSomaClient({ network: 'testnet', trust: verifyFrom({ chainId }) });
 * console.log((await client.getLatestCheckpoint()).data.sequenceNumber);
 * client.close();
 */
export const verifyFrom = (start: TrustedStart): TrustFactory => {
  const checked = checkStart(start);
  return (rpc) => createVerifier(rpc, checked);
};
