// Fills a ledger with 100,000 coins and prints what they take on the heap and beside it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { buildGenesis, createMemoryStore, forkLedger } from '@somakit/ledger';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const used = () => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const genesis = buildGenesis({ timestampMs: 0n, accounts: 1 });
const coin = genesis.objects.find(({ objectType }) => objectType.kind === 'Coin');
const state = genesis.objects.at(-1);
const store = createMemoryStore();
const fork = (objects) =>
  forkLedger({
    objects,
    store,
    chainId: coin.previousTransaction,
    checkpoint: { sequenceNumber: 0n, digest: coin.previousTransaction, timestampMs: 0n },
  });
const idOf = (i) => `0x${i.toString(16).padStart(64, '0')}`;

/** In a function of its own, so that what goes in does not stay. */
const fill = () =>
  fork([
    state,
    ...Array.from({ length: 100_000 }, (_, i) => ({
      ...coin,
      objectId: idOf(i + 100),
      contents: Uint8Array.from(coin.contents),
      owner: { kind: 'AddressOwner', address: idOf((i % 1000) + 7) },
    })),
  ]);

const before = used();
const ledger = fill();
// After a checkpoint nothing of the beginning is held any more.
ledger.createCheckpoint();
const bytes = used() - before;
console.log(JSON.stringify({ bytes, epoch: String(ledger.epoch()) }));
