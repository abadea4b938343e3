import { Coin, ExecutionFailureStatus, type SomaObject, TransactionEffects } from '@somakit/bcs';
import { type Address, type Digest, fromHex, isError } from '@somakit/core';
import node from '@somakit/vectors/node-digests.json';
import { describe, expect, it } from 'vitest';
import {
  assertSuccess,
  balanceChanges,
  createdObjectId,
  explainFailure,
  readEffects,
  transactionFailed,
} from '../src/index.js';

interface Recorded {
  readonly case: string;
  readonly i: number;
  readonly kind: string;
  readonly status: string;
  readonly bcs?: string;
}
const recorded = (node.effects as Recorded[]).flatMap((each) =>
  each.bcs === undefined ? [] : [{ ...each, effects: TransactionEffects.decode(fromHex(each.bcs)) }],
);
const first = recorded.find(({ kind }) => kind === 'pay_coins')?.effects as TransactionEffects;

describe('reading effects', () => {
  it.each(recorded.map((each) => [`${each.case} ${each.i} ${each.kind} ${each.status}`, each] as const))(
    'accounts for every object of %s',
    (_, { effects, status }) => {
      const report = readEffects(effects);
      const { created, mutated, deleted, locked } = report;
      const listed = [...created, ...mutated, ...deleted, ...locked].map(({ objectId }) => objectId);
      expect(new Set(listed).size).toBe(listed.length);
      expect(report.success).toBe(status === 'Success');
      expect(report.failure?.kind).toBe(status === 'Success' ? undefined : status);
      expect(report.digest).toBe(effects.transactionDigest);
      expect(report.fee).toEqual(effects.transactionFee);
      for (const each of [...created, ...mutated]) expect(each.version).toBe(effects.version);
      for (const each of mutated) expect(each.previous?.version).toBeLessThan(effects.version);
      for (const each of deleted) expect(each.digest).toBe('7gyGAp71YXQRoxmFBaHxofQXAipvgHyBKPyxmdSJxyvz');
      if (effects.gasObjectIndex !== undefined) {
        expect(report.gasCoin?.objectId).toBe(effects.changedObjects[effects.gasObjectIndex]?.objectId);
      }
      if (status === 'Success') {
        expect(report.error).toBeUndefined();
        expect(assertSuccess(effects)).toBe(effects);
      } else {
        expect(() => assertSuccess(effects)).toThrow(expect.objectContaining({ code: 'TRANSACTION_FAILED' }));
      }
    },
  );

  it('names created objects by the digest and their number', () => {
    const created = node.created as { transaction: Digest; n: number; id: string; kind: string }[];
    const coins = created.filter(({ kind }) => kind === 'pay_coins');
    expect(coins.length).toBeGreaterThan(0);
    for (const { transaction, n, id } of created) expect(createdObjectId(transaction, BigInt(n))).toBe(id);
  });

  it('shows objects that a failure had touched as locked, not as deleted', () => {
    const [change, ...rest] = first.changedObjects.filter(({ inputState }) => inputState.kind === 'Exist');
    if (change === undefined) throw new Error('no change');
    const report = readEffects({
      ...first,
      gasObjectIndex: undefined,
      status: { kind: 'Failure', error: { kind: 'InsufficientGas' } },
      changedObjects: [
        { ...change, outputState: { kind: 'NotExist' }, idOperation: { kind: 'None' } },
        // What would have been created is neither there before nor after.
        {
          objectId: createdObjectId(first.transactionDigest, 9n),
          inputState: { kind: 'NotExist' },
          outputState: { kind: 'NotExist' },
          idOperation: { kind: 'Created' },
        },
        ...rest,
      ],
    });
    expect(report.locked.map(({ objectId }) => objectId)).toEqual([change.objectId]);
    expect(report.deleted).toEqual([]);
    expect(report.created).toEqual([]);
    expect(report.gasCoin).toBeUndefined();
  });

  it('calls a used-up gas coin deleted and gives no gas coin', () => {
    const index = first.gasObjectIndex ?? 0;
    const changedObjects = first.changedObjects.map((change, i) =>
      i === index
        ? { ...change, outputState: { kind: 'NotExist' } as const, idOperation: { kind: 'Deleted' } as const }
        : change,
    );
    const report = readEffects({ ...first, changedObjects });
    expect(report.gasCoin).toBeUndefined();
    expect(report.deleted).toHaveLength(1);
  });
});

describe('failures', () => {
  const failures = (ExecutionFailureStatus.shape as { variants: Record<string, Record<string, unknown>> }).variants;
  const id = `0x${'a'.repeat(64)}`;
  const values: Record<string, unknown> = {
    objectId: id,
    modelId: id,
    targetId: id,
    expectedOwner: id,
    actualOwner: undefined,
    expectedType: { kind: 'Coin' },
    actualType: { kind: 'Target' },
    reason: 'a reason',
    field: 'net_address',
    generationEpoch: 3n,
    currentEpoch: 7n,
    fillEpoch: 5n,
    expected: 16n,
    actual: 8n,
    score: { shape: [1], data: Float32Array.of(2) },
    threshold: { shape: [1], data: Float32Array.of(1) },
    required: 6500n,
    provided: 1n,
    size: 10n,
    maxSize: 5n,
    error: { kind: 'GenericAuthorityError', error: 'Commission rate too high' },
  };

  it.each(Object.keys(failures))('%s becomes a typed error in words', (kind) => {
    const fields = Object.fromEntries(Object.keys(failures[kind] ?? {}).map((name) => [name, values[name]]));
    const failure = ExecutionFailureStatus.decode(
      ExecutionFailureStatus.encode({ kind, ...fields } as ExecutionFailureStatus),
    );
    const error = transactionFailed({ ...first, status: { kind: 'Failure', error: failure } });
    if (!isError(error, 'TRANSACTION_FAILED')) throw new Error('no error');
    expect(error.message).toContain(kind);
    expect(error.message).toContain(first.transactionDigest);
    expect(error.message).not.toMatch(/undefined|\[object/);
    expect(error.context).toMatchObject({ digest: first.transactionDigest, failure });
    expect(error.retryable).toBe(false);
    expect(JSON.stringify(error.toJSON())).toContain(kind);
  });

  it('of a newer chain keep their name', () => {
    expect(explainFailure({ kind: 'MoonInTheWrongHouse' } as never).what).toBe('MoonInTheWrongHouse');
  });

  it('say what a node said', () => {
    const somaError = (error: unknown) => explainFailure({ kind: 'SomaError', error } as never).what;
    expect(somaError({ kind: 'GenericAuthorityError', error: 'Commission rate too high' })).toBe(
      'Commission rate too high',
    );
    expect(somaError({ kind: 'Storage', message: 'full' })).toBe('full');
    expect(somaError({ kind: 'WrongEpoch', expectedEpoch: 1n, actualEpoch: 2n })).toBe(
      'WrongEpoch (expectedEpoch 1, actualEpoch 2)',
    );
    expect(somaError({ kind: 'InvalidAddress' })).toBe('InvalidAddress');
  });

  it('say when to come back', () => {
    expect(explainFailure({ kind: 'AuditWindowOpen', fillEpoch: 3n, currentEpoch: 4n }).hint).toContain('epoch 5');
    expect(explainFailure({ kind: 'AuditWindowClosed', fillEpoch: 3n, currentEpoch: 3n }).hint).toContain('epoch 4');
    expect(explainFailure({ kind: 'AuditWindowClosed', fillEpoch: 3n, currentEpoch: 5n }).hint).toBeUndefined();
  });
});

describe('balance changes', () => {
  const object = (n: string, owner: string, balance: bigint): SomaObject => ({
    objectId: `0x${n.repeat(64)}` as never,
    objectType: { kind: 'Coin' },
    version: 1n,
    contents: Coin.encode({ balance }),
    owner: { kind: 'AddressOwner', address: `0x${owner.repeat(64)}` as Address },
    previousTransaction: '1'.repeat(32) as Digest,
  });
  it('sum coins by account, in the order of addresses, without zeros and without shared objects', () => {
    const target: SomaObject = {
      ...object('9', 'a', 1n),
      objectType: { kind: 'Target' },
      owner: { kind: 'Shared', initialSharedVersion: 1n },
    };
    expect(
      balanceChanges({
        before: [object('1', 'c', 100n), object('2', 'd', 5n), target],
        after: [
          object('1', 'c', 40n),
          object('3', 'a', 50n),
          object('2', 'd', 5n),
          { ...object('4', 'a', 1n), objectType: { kind: 'StakedSoma' } },
        ],
      }),
    ).toEqual([
      { address: `0x${'a'.repeat(64)}`, amount: 50n },
      { address: `0x${'c'.repeat(64)}`, amount: -60n },
    ]);
  });
});
