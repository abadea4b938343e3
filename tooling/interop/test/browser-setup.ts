import { commitment, Keypair } from '@somakit/crypto';
import { startLocalnet } from '@somakit/localnet';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a network listens for pages. */
    network: { readonly rpcUrl: string; readonly faucetUrl: string; readonly adminUrl: string };
  }
}

/** The network that the tests in a browser call. Its market has a model and open targets. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const key = commitment(new Uint8Array(32));
  const manifest = { url: 'http://127.0.0.1:9/weights', checksum: key, size: 1n };
  const model = { owner: Keypair.generate().address, manifest, decryptionKey: key };
  const network = await startLocalnet({ ports: 'free', smallModel: true, models: [model] });
  const { rpcUrl, faucetUrl, adminUrl } = network;
  project.provide('network', { rpcUrl, faucetUrl, adminUrl });
  return () => network.stop();
};
