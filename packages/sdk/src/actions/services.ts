import type { FaucetGrant } from '@somakit/rpc';
import { checked } from '../client/checked.js';
import type { SomaBase, WaitOptions } from '../client/types.js';

/** Asks the faucet for coins; they are in every read afterwards. @throws SERVICE_NOT_CONFIGURED FAUCET_REFUSED RPC_* */
export const requestFaucet = /* @__PURE__ */ checked(
  'requestFaucet',
  async (client: SomaBase, { address, ...options }: { readonly address: string } & WaitOptions): Promise<FaucetGrant> =>
    client.faucet.requestGas({ recipient: address, ...options }),
);

/** Ends the epoch of a local network, and gives the new one. @throws SERVICE_NOT_CONFIGURED */
export const advanceEpoch = /* @__PURE__ */ checked(
  'advanceEpoch',
  async (client: SomaBase, options: WaitOptions = {}): Promise<bigint> => {
    const epoch = await client.admin.advanceEpoch(options);
    client.chain.sawEpoch(epoch);
    return epoch;
  },
);
