import type { TestProject } from 'vitest/node';
import { startRpcServer } from '../src/server/index.js';
import { exampleServices } from './support/services.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the example services are served for pages. */
    rpcUrl: string;
  }
}

/** The server that the tests in a browser call. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const server = await startRpcServer({
    ...exampleServices(),
    headers: () => ({ 'x-soma-chain': 'localnet' }),
    exposeHeaders: ['x-soma-chain', 'x-echoed'],
  });
  project.provide('rpcUrl', server.url);
  return () => server.close();
};
