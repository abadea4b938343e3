import { mkdirSync, realpathSync } from 'node:fs';
import type { Digest, ObjectId } from '@somakit/core';
import { SomaKitError } from '@somakit/core';
import type { LedgerObject } from '@somakit/ledger';
import { systemStateOf } from '@somakit/ledger';
import { SYSTEM_STATE_OBJECT_ID } from '@somakit/protocol';
import type { Database, RootDatabase } from 'lmdb';
import type { EpochRecord } from '../chain/types.js';
import { lockFolder } from './lock.js';
import type { StoredState, StoreJournal } from './node-store.js';
import {
  decodeCheckpoint,
  decodeObject,
  decodeTransaction,
  encodeCheckpoint,
  encodeObject,
  encodeTransaction,
} from './records.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** Another process, or another network of this one, works in the folder. */
    DATA_DIR_IN_USE: { readonly dataDir: string };
    /** The folder cannot be used; `cause` says why. */
    DATA_DIR_FAILED: { readonly dataDir: string; readonly problem: string };
  }
}

/** A folder that keeps a chain. */
export interface DataDir {
  readonly journal: StoreJournal;
  readonly stored: StoredState;
  readonly epochs: readonly EpochRecord[];
  /** What the network itself wants to know again, as text. */
  readonly setup: string | undefined;
  saveSetup(text: string): void;
  noteEpoch(record: EpochRecord): void;
  /** Resolves when everything committed so far is on disk; rejects for good when a write has failed. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

const TABLES = ['objects', 'versions', 'transactions', 'places', 'checkpoints', 'digests', 'state'] as const;
type TableName = (typeof TABLES)[number];
type Table = Database<Buffer, string>;

const text = new TextEncoder();
const plain = (value: Buffer): string => value.toString('utf8');
/** Sequence numbers as keys that sort by value. */
const sequenceKey = (sequenceNumber: bigint): string => sequenceNumber.toString().padStart(20, '0');
const versionKey = (id: ObjectId, version: bigint): string => `${id}:${version}`;

interface Write {
  readonly table: TableName;
  readonly key: string;
  /** Undefined removes. */
  readonly value: Uint8Array | undefined;
}

const load = async (dataDir: string): Promise<RootDatabase<Buffer, string>> => {
  let open: typeof import('lmdb').open;
  try {
    ({ open } = await import('lmdb'));
  } catch (cause) {
    const problem = 'the package lmdb is not installed';
    throw new SomaKitError('DATA_DIR_FAILED', `A network cannot be kept in ${dataDir}: ${problem}.`, {
      context: { dataDir, problem },
      hint: 'npm install lmdb, or leave `dataDir` out.',
      cause,
    });
  }
  return open<Buffer, string>({ path: dataDir, maxDbs: TABLES.length, encoding: 'binary', noSubdir: false });
};

/**
 * Opens a folder for this process alone.
 *
 * Writes are collected between two commits of the ledger and go to disk as one transaction; what is on its way is read
 * from memory. Commits of one turn of the event loop share a transaction of lmdb.
 *
 * @throws DATA_DIR_IN_USE, DATA_DIR_FAILED
 */
export const openDataDir = async (path: string): Promise<DataDir> => {
  let dataDir = path;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    dataDir = realpathSync(path);
  } catch (cause) {
    const problem = 'the folder cannot be made';
    throw new SomaKitError('DATA_DIR_FAILED', `A network cannot be kept in ${path}: ${problem}.`, {
      context: { dataDir: path, problem },
      cause,
    });
  }
  const lock = await lockFolder(dataDir);
  if (lock === undefined) {
    throw new SomaKitError('DATA_DIR_IN_USE', `The folder ${dataDir} belongs to another running network.`, {
      context: { dataDir },
      hint: 'Stop the other one, or take another folder.',
    });
  }
  let root: RootDatabase<Buffer, string>;
  try {
    root = await load(dataDir);
  } catch (error) {
    await lock.release();
    if (error instanceof SomaKitError) throw error;
    const problem = 'it is no database, or a damaged one';
    throw new SomaKitError('DATA_DIR_FAILED', `A network cannot be kept in ${dataDir}: ${problem}.`, {
      context: { dataDir, problem },
      cause: error,
    });
  }
  const tables = Object.fromEntries(
    TABLES.map((name) => [name, root.openDB<Buffer, string>({ name, encoding: 'binary' })]),
  ) as Record<TableName, Table>;

  /** What is written and not yet in the database: by table and key, with the commit that brings it there. */
  const overlay = Object.fromEntries(
    TABLES.map((name) => [
      name,
      new Map<string, { readonly value: Uint8Array | undefined; readonly commit: number }>(),
    ]),
  ) as Record<TableName, Map<string, { readonly value: Uint8Array | undefined; readonly commit: number }>>;
  let writes: Write[] = [];
  let commit = 1;
  let last: Promise<unknown> = Promise.resolve();
  let failed: unknown;

  const write = (table: TableName, key: string, value: Uint8Array | undefined): void => {
    overlay[table].set(key, { value, commit });
    writes.push({ table, key, value });
  };
  const read = (table: TableName, key: string): Uint8Array | undefined => {
    const pending = overlay[table].get(key);
    return pending === undefined ? tables[table].get(key) : pending.value;
  };
  const send = (): void => {
    const batch = writes;
    const number = commit++;
    writes = [];
    const done = root.transaction(() => {
      for (const { table, key, value } of batch) {
        if (value === undefined) tables[table].remove(key);
        else tables[table].put(key, value as Buffer);
      }
    });
    last = done;
    done.then(
      () => {
        for (const { table, key } of batch) {
          const entry = overlay[table].get(key);
          if (entry !== undefined && entry.commit <= number) overlay[table].delete(key);
        }
      },
      (error: unknown) => {
        failed = error;
      },
    );
  };

  const number = (bytes: Uint8Array | undefined): bigint | undefined =>
    bytes === undefined ? undefined : BigInt(Buffer.from(bytes).toString('latin1'));

  const journal: StoreJournal = {
    putObject: (object) => write('objects', object.objectId, encodeObject(object)),
    deleteObject: (id) => write('objects', id, undefined),
    putVersion: (object) => write('versions', versionKey(object.objectId, object.version), encodeObject(object)),
    deleteVersion: (id, version) => write('versions', versionKey(id, version), undefined),
    putTransaction: (record) => write('transactions', record.digest, encodeTransaction(record)),
    deleteTransaction: (digest) => {
      write('transactions', digest, undefined);
      write('places', digest, undefined);
    },
    putCheckpoint: (record) => {
      const key = sequenceKey(record.sequenceNumber);
      const place = text.encode(String(record.sequenceNumber));
      write('checkpoints', key, encodeCheckpoint(record));
      write('digests', record.digest, place);
      for (const { transaction } of record.transactions) write('places', transaction, place);
    },
    deleteCheckpoint: (sequenceNumber) => {
      const row = read('checkpoints', sequenceKey(sequenceNumber));
      if (row === undefined) return;
      const { digest, transactions } = decodeCheckpoint(row);
      write('checkpoints', sequenceKey(sequenceNumber), undefined);
      write('digests', digest, undefined);
      for (const { transaction } of transactions) write('places', transaction, undefined);
    },
    setLowest: (sequenceNumber) => write('state', 'lowest', text.encode(String(sequenceNumber))),
    commit: (meta) => {
      write('state', 'meta', meta);
      send();
    },
    getVersion: (id, version): LedgerObject | undefined => {
      const row = read('versions', versionKey(id, version));
      return row === undefined ? undefined : decodeObject(row);
    },
    getTransaction: (digest: Digest) => {
      const row = read('transactions', digest);
      return row === undefined ? undefined : decodeTransaction(row);
    },
    getCheckpoint: (sequenceNumber) => {
      const row = read('checkpoints', sequenceKey(sequenceNumber));
      return row === undefined ? undefined : decodeCheckpoint(row);
    },
    checkpointOf: (transaction) => number(read('places', transaction)),
    checkpointByDigest: (digest) => number(read('digests', digest)),
  };

  const readEpochs = (): EpochRecord[] => {
    const records: EpochRecord[] = [];
    for (const { value } of tables.state.getRange({ start: 'epoch:', end: 'epoch;' })) {
      const { epoch, firstCheckpoint, startMs, version } = JSON.parse(plain(value)) as Record<string, string>;
      const object = journal.getVersion(SYSTEM_STATE_OBJECT_ID as ObjectId, BigInt(version!));
      // Pruned history: the epoch is not told any more.
      if (object === undefined) continue;
      records.push({
        epoch: BigInt(epoch!),
        firstCheckpoint: BigInt(firstCheckpoint!),
        startMs: BigInt(startMs!),
        state: systemStateOf(object),
        stateVersion: BigInt(version!),
      });
    }
    return records;
  };

  const flushed = async (): Promise<void> => {
    await last;
    await root.flushed;
    if (failed !== undefined) {
      const problem = 'a write has failed';
      throw new SomaKitError('DATA_DIR_FAILED', `The network in ${dataDir} cannot go on: ${problem}.`, {
        context: { dataDir, problem },
        cause: failed,
      });
    }
  };

  const setup = tables.state.get('setup');
  const meta = tables.state.get('meta');
  return {
    journal,
    stored: {
      objects: [...tables.objects.getRange({})].map(({ value }) => decodeObject(Uint8Array.from(value))),
      meta: meta === undefined ? undefined : Uint8Array.from(meta),
      lowest: number(tables.state.get('lowest')) ?? 0n,
    },
    epochs: meta === undefined ? [] : readEpochs(),
    setup: setup === undefined ? undefined : plain(setup),
    saveSetup: (value) => {
      write('state', 'setup', text.encode(value));
      send();
    },
    noteEpoch: ({ epoch, firstCheckpoint, startMs, stateVersion }) => {
      const row = { epoch, firstCheckpoint, startMs, version: stateVersion };
      const json = JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value));
      write('state', `epoch:${sequenceKey(epoch)}`, text.encode(json));
      send();
    },
    flushed,
    close: async () => {
      try {
        if (failed === undefined) await flushed();
      } finally {
        await root.close();
        await lock.release();
      }
    },
  };
};
