import type { TestProject } from 'vitest/node';
import { startRpcServer } from '../src/server/index.js';
import { marketServices } from './support/market-services.js';
import { exampleServices } from './support/services.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the example services are served for pages. */
    rpcUrl: string;
    /** Where the recorded market is served for pages. */
    marketUrl: string;
  }
}

/** The server that the tests in a browser call. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await startRpcServer({
    ...exampleServices(),
    headers: () => ({ 'x-soma-chain': 'localnet' }),
    exposeHeaders: ['x-soma-chain', 'x-echoed'],
  });
  const market = await startRpcServer({ services: marketServices() });
  project.provide('rpcUrl', server.url);
  project.provide('marketUrl', market.url);
  return async () => {
    await Promise.all([server.close(), market.close()]);
  };
};
