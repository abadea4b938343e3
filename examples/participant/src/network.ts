import { createSomaClient, isError, Keypair, type SomaClient } from '@somakit/sdk';

/** A client for the network of the environment, otherwise for the one that `somakit localnet start` starts. */
export const connect = (): { readonly client: SomaClient; readonly signer: Keypair } => {
  const { SOMAKIT_PRIVATE_KEY: key, SOMAKIT_RPC_URL: rpcUrl } = process.env;
  const { SOMAKIT_FAUCET_URL: faucetUrl, SOMAKIT_ADMIN_URL: adminUrl, SOMAKIT_SCORING_URL: scoringUrl } = process.env;
  const signer = key === undefined ? Keypair.generate() : Keypair.fromSecretKey(key);
  const place = rpcUrl === undefined ? { network: 'localnet' as const } : { rpcUrl, faucetUrl, adminUrl, scoringUrl };
  return { client: createSomaClient({ ...place, signer }), signer };
};

/** Asks the faucet until the account holds so many shannons. */
export const fund = async (client: SomaClient, address: string, needed: bigint): Promise<void> => {
  while ((await client.getBalance({ address })) < needed) await client.requestFaucet({ address });
};

const TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1000;

/** The next epoch: at once where the network lets us end this one, otherwise when it is over. */
export const nextEpoch = async (client: SomaClient): Promise<bigint> => {
  try {
    return await client.advanceEpoch();
  } catch (error) {
    if (!isError(error, 'SERVICE_NOT_CONFIGURED')) throw error;
    return client.waitForNextEpoch({ timeoutMs: TWO_DAYS_MS });
  }
};
