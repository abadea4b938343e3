import { Keypair } from '@somakit/crypto';
import type { TestProject } from 'vitest/node';
import { startLocalnet } from '../src/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A localnet with one active model. */
    localnet: {
      readonly rpcUrl: string;
      readonly owner: string;
      readonly modelId: string;
      readonly chainId: string;
    };
  }
}

const NO_KEY = '1'.repeat(32);

/** The network that the tests in a browser read. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const owner = Keypair.generate().address;
  const network = await startLocalnet({
    ports: 'free',
    smallModel: true,
    accounts: [{ address: owner, coins: [3n, 4n] }],
    models: [
      {
        owner,
        manifest: { url: 'http://127.0.0.1:9/w', checksum: NO_KEY as never, size: 1n },
        decryptionKey: NO_KEY as never,
      },
    ],
  });
  const { rpcUrl, chainId, modelIds } = network;
  project.provide('localnet', { rpcUrl, chainId, owner, modelId: modelIds[0]! });
  return () => network.stop();
};
