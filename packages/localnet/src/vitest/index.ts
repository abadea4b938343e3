import { isError, SomaKitError } from '@somakit/core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Localnet, startLocalnet } from '../localnet.js';
import type { LocalnetOptions } from '../options.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The network of a test file was used outside of its tests and hooks. */
    LOCALNET_NOT_STARTED: { readonly property: string };
  }
}

/** Options of {@link localnet}. */
export interface LocalnetFixtureOptions extends LocalnetOptions {
  /** Takes back what each test did, so that all of them begin alike. Defaults to false. */
  readonly revertAfterEach?: boolean | undefined;
}

/**
 * A fresh, funded network for the tests of a file (or of a `describe`), on free ports and with small embeddings unless told otherwise. It
 * starts before them and stops after them.
 *
 * @throws LOCALNET_NOT_STARTED when it is read outside of tests and hooks.
 * @example
 * import { localnet } from '@somakit/localnet/vitest';
 * import { expect, it } from 'vitest';
 * const network = localnet({ accounts: 2 });
 * it('starts with epoch 0', () => {
 *   expect(network.epoch()).toBe(0n);
 * });
 */
export const localnet = (options: LocalnetFixtureOptions = {}): Localnet => {
  const { revertAfterEach = false, ...rest } = options;
  let network: Localnet | undefined;
  let snapshot: number | undefined;
  beforeAll(async () => {
    network = await startLocalnet({ ports: 'free', smallModel: true, ...rest });
  });
  if (revertAfterEach) {
    beforeEach(async () => {
      snapshot = await network?.snapshot();
    });
    afterEach(async () => {
      if (snapshot === undefined) return;
      try {
        await network?.revert(snapshot);
      } catch (error) {
        // The test has gone back to an earlier point itself, or has stopped the network.
        if (!isError(error, 'UNKNOWN_SNAPSHOT') && !isError(error, 'LOCALNET_STOPPED')) throw error;
      }
    });
  }
  afterAll(async () => {
    await network?.stop();
    network = undefined;
  });
  return new Proxy({} as Localnet, {
    get: (_, property) => {
      if (network === undefined) {
        const name = String(property);
        throw new SomaKitError('LOCALNET_NOT_STARTED', `The network has no ${name} outside of tests and hooks.`, {
          context: { property: name },
          hint: 'Read it inside of `it`, `beforeAll` or `beforeEach`.',
        });
      }
      return Reflect.get(network, property);
    },
  });
};
