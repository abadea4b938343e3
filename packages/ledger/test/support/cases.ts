// What the tests of single cases share.
import { type TransactionKind, tensor } from '@somakit/bcs';
import { isError, parseDigest } from '@somakit/core';
import { targetOf } from '../../src/index.js';
import { actorAddress, createWorld, type World } from './world.js';

export const SOMA = 1_000_000_000n;
export const manifest = { url: 'https://host/w', checksum: parseDigest(new Uint8Array(32).fill(7)), size: 100n };
export const key = manifest.checksum;

export const worldOf = (
  coins: readonly (readonly bigint[])[],
  more: Partial<Parameters<typeof createWorld>[0]> = {},
): World => createWorld({ accounts: coins, ...more });
export const market = (more: Partial<Parameters<typeof createWorld>[0]> = {}): World =>
  worldOf([[10n * SOMA, 5n * SOMA], [8n * SOMA], [9n * SOMA]], {
    models: [{ owner: actorAddress(0), manifest, decryptionKey: key }],
    parameters: { targetEmbeddingDim: 4n, targetInitialTargetsPerEpoch: 3n },
    ...more,
  });

export const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isError(error, 'TRANSACTION_REFUSED')) return error.context.reason.kind;
    throw error;
  }
  return 'accepted';
};
export const statusOf = ({ effects }: { effects: { status: { kind: string; error?: { kind: string } } } }): string =>
  effects.status.kind === 'Success' ? 'Success' : effects.status.error!.kind;
export const targets = (world: World) => [...world.ledger.listObjects({ type: 'Target' })];
export const submission = (world: World, overrides: Partial<Extract<TransactionKind, { kind: 'SubmitData' }>> = {}) => {
  const target = targets(world).find((object) => targetOf(object).status.kind === 'Open')!;
  const { modelIds, embedding } = targetOf(target);
  return {
    kind: 'SubmitData',
    targetId: target.objectId,
    dataManifest: manifest,
    modelId: modelIds[0]!,
    embedding,
    distanceScore: tensor([0.5]),
    lossScore: tensor([1, 2]),
    bondCoin: world.coins(world.actors[1]!)[0]!,
    ...overrides,
  } satisfies TransactionKind;
};
