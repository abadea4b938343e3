import type { ObjectRef, SomaError, TransactionKind } from '@somakit/bcs';
import { TransactionData } from '@somakit/bcs';
import { fromBase64, fromHex, parseAddress, parseDigest, parseObjectId } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import nodeRefusals from '@somakit/vectors/node-refusals.json';
import transactions from '@somakit/vectors/transactions.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckedObject, CheckView } from '../../src/checks/index.js';
import {
  assertTransaction,
  checkSubmissionSize,
  checkTransaction,
  hasRepeatedInput,
  inputId,
  isSystemKind,
  needsSystemState,
  refusalCategory,
  refusalText,
  transactionInputs,
} from '../../src/checks/index.js';
import { SYSTEM_STATE_OBJECT_ID } from '../../src/parameters/index.js';

const digest = (n: number) => parseDigest(new Uint8Array(32).fill(n));
const id = (n: number) => parseObjectId(`0x${n.toString(16)}`);
const ref = (n: number, version = 3n, of = n): ObjectRef => ({ objectId: id(n), version, digest: digest(of) });
const keypair = Keypair.fromSecretKey(new Uint8Array(32).fill(7));
const sender = keypair.address;
const stranger = parseAddress('0xbad');

const coin = (n: number, over: Partial<CheckedObject> = {}): CheckedObject => ({
  version: 3n,
  digest: digest(n),
  owner: { kind: 'AddressOwner', address: sender },
  objectType: { kind: 'Coin' },
  ...over,
});
const shared = (objectType: 'SystemState' | 'Target'): CheckedObject => ({
  version: 9n,
  digest: digest(200),
  owner: { kind: 'Shared', initialSharedVersion: 1n },
  objectType: { kind: objectType },
});
const TARGET = id(0x7a);
const viewOf = (objects: Record<string, CheckedObject | undefined> = {}, over: Partial<CheckView> = {}): CheckView => {
  const all: Record<string, CheckedObject | undefined> = {
    [id(1)]: coin(1),
    [id(2)]: coin(2),
    [SYSTEM_STATE_OBJECT_ID]: shared('SystemState'),
    [TARGET]: shared('Target'),
    ...objects,
  };
  return { object: (wanted) => all[wanted], ...over };
};
const transfer = (of: ObjectRef, gasPayment: ObjectRef[] = [ref(1)]): TransactionData => ({
  kind: { kind: 'TransferCoin', coin: of, recipient: stranger },
  sender,
  gasPayment,
});
const claim = (): TransactionData => ({
  kind: { kind: 'ClaimRewards', targetId: TARGET },
  sender,
  gasPayment: [ref(1)],
});
const check = (transaction: TransactionData, view = viewOf()) => checkTransaction({ transaction, view });

describe('transactions that are refused', () => {
  const cases: [string, SomaError | undefined, SomaError][] = [
    ['without gas', check(transfer(ref(2), [])), { kind: 'GasPaymentError', message: 'No gas payment provided' }],
    [
      'with an input twice',
      check({
        ...transfer(ref(2)),
        kind: { kind: 'PayCoins', coins: [ref(2), ref(2)], amounts: [1n], recipients: [stranger] },
      }),
      { kind: 'DuplicateObjectRefInput' },
    ],
    [
      'with a gas coin twice that no input is',
      check(transfer(ref(2), [ref(1), ref(1)])),
      { kind: 'DuplicateObjectRefInput' },
    ],
    ['with a coin that does not exist', check(transfer(ref(0xdead))), { kind: 'ObjectNotFound', objectId: id(0xdead) }],
    [
      'with a coin version to come',
      check(transfer(ref(2, 4n))),
      { kind: 'ObjectNotFound', objectId: id(2), version: 4n },
    ],
    [
      'with a stale coin',
      check(transfer(ref(2, 2n))),
      { kind: 'ObjectVersionUnavailableForConsumption', providedObjRef: ref(2, 2n), currentVersion: 3n },
    ],
    [
      'with a wrong digest',
      check(transfer(ref(2, 3n, 9))),
      { kind: 'InvalidObjectDigest', objectId: id(2), expectedDigest: digest(2) },
    ],
    [
      'with the SystemState as gas',
      check(transfer(ref(2), [{ objectId: parseObjectId(SYSTEM_STATE_OBJECT_ID), version: 9n, digest: digest(200) }])),
      {
        kind: 'GasPaymentError',
        message: `Gas object ${SYSTEM_STATE_OBJECT_ID} must be owned by an address, not Shared { initial_shared_version: Version(1) }`,
      },
    ],
    [
      'with gas that is no coin',
      check(transfer(ref(2)), viewOf({ [id(1)]: coin(1, { objectType: { kind: 'StakedSoma' } }) })),
      { kind: 'GasPaymentError', message: `Gas object ${id(1)} is not a coin` },
    ],
    [
      'with the coin of another',
      check(transfer(ref(2)), viewOf({ [id(2)]: coin(2, { owner: { kind: 'AddressOwner', address: stranger } }) })),
      {
        kind: 'IncorrectUserSignature',
        error: `Object ${id(2)} is owned by account address ${stranger.slice(2)}, but given owner/signer address is ${sender.slice(2)}`,
      },
    ],
    [
      'with a shared object as owned',
      check(transfer({ objectId: TARGET, version: 9n, digest: digest(200) })),
      { kind: 'NotOwnedObjectError' },
    ],
    [
      'with the largest version',
      check(transfer(ref(2, 2n ** 63n - 1n)), viewOf({ [id(2)]: coin(2, { version: 2n ** 63n - 1n }) })),
      { kind: 'InvalidSequenceNumber' },
    ],
    [
      'on a target that does not exist',
      check(claim(), viewOf({ [TARGET]: undefined })),
      { kind: 'ObjectNotFound', objectId: TARGET },
    ],
    [
      'on a coin as a target',
      check(claim(), viewOf({ [TARGET]: coin(5) })),
      { kind: 'ObjectNotFound', objectId: TARGET },
    ],
    [
      'while the epoch ends',
      check(transfer(ref(2)), viewOf({}, { halted: true })),
      { kind: 'ValidatorHaltedAtEpochEnd' },
    ],
    [
      'by deny lists',
      check(transfer(ref(2)), viewOf({}, { denies: () => 'no' })),
      { kind: 'TransactionDenied', error: 'no' },
    ],
    [
      'with a locked coin',
      check(transfer(ref(2)), viewOf({}, { lockedBy: () => digest(77) })),
      { kind: 'ObjectLockConflict', objRef: ref(1), pendingTransaction: digest(77) },
    ],
  ];
  for (const [name, actual, expected] of cases) {
    it(`are those ${name}`, () => {
      expect(actual).toEqual(expected);
    });
  }

  it('are those of system kinds, before all else', () => {
    const kind: TransactionKind = {
      kind: 'ChangeEpoch',
      epoch: 1n,
      epochStartTimestampMs: 0n,
      protocolVersion: 5n,
      fees: 0n,
      epochRandomness: new Uint8Array(),
    };
    const transaction = { kind, sender, gasPayment: [] };
    expect(checkTransaction({ transaction, view: viewOf({}, { halted: true }), signatures: [] })).toMatchObject({
      kind: 'UnsupportedFeatureError',
    });
    expect(checkTransaction({ transaction, view: viewOf(), simulate: true })).toEqual({
      kind: 'UnsupportedFeatureError',
      error: 'simulate does not support system transactions',
    });
  });

  it('are those with an older version that is still stored, once it is compared with the live one', () => {
    const view = viewOf({}, { objectAt: (_, version) => coin(2, { version, digest: digest(8) }) });
    expect(check(transfer(ref(2, 2n, 8)), view)).toEqual({
      kind: 'ObjectVersionUnavailableForConsumption',
      providedObjRef: ref(2, 2n, 8),
      currentVersion: 3n,
    });
    expect(check(transfer(ref(2, 2n, 9)), view)).toMatchObject({
      kind: 'InvalidObjectDigest',
      expectedDigest: digest(8),
    });
  });

  it('are told in order: shared inputs, owned inputs, gas, owners, locks', () => {
    const worst = { ...claim(), gasPayment: [ref(0xdead)] };
    expect(check(worst, viewOf({ [TARGET]: undefined }))).toMatchObject({ objectId: TARGET });
    expect(check(worst)).toMatchObject({ objectId: id(0xdead) });
    const twice = transfer(ref(2, 3n, 9), [ref(1, 3n, 9)]);
    expect(check(twice, viewOf({ [id(1)]: coin(1, { objectType: { kind: 'Target' } }) }))).toMatchObject({
      kind: 'GasPaymentError',
    });
    expect(check(twice)).toMatchObject({ kind: 'InvalidObjectDigest', objectId: id(2) });
  });

  it('throw as a typed error with the words of the reference', () => {
    expect(() => assertTransaction({ transaction: transfer(ref(2, 2n)), view: viewOf() })).toThrow(
      expect.objectContaining({
        code: 'TRANSACTION_REFUSED',
        retryable: false,
        context: {
          reason: { kind: 'ObjectVersionUnavailableForConsumption', providedObjRef: ref(2, 2n), currentVersion: 3n },
          text: `Object (${id(2)}, Version(2), o#${digest(2)}) is not available for consumption, its current version: Version(3)`,
          category: 'invalid',
        },
      }),
    );
  });
});

describe('transactions that are taken', () => {
  it('use objects of the sender in their live version', () => {
    expect(check(transfer(ref(2)))).toBeUndefined();
    expect(check(claim())).toBeUndefined();
    expect(() => assertTransaction({ transaction: transfer(ref(2)), view: viewOf() })).not.toThrow();
  });

  it('may pay with the coin they move: its gas reference is never looked at', () => {
    expect(check(transfer(ref(2), [ref(2, 99n, 99)]))).toBeUndefined();
  });

  it('may name a target that was deleted in this epoch', () => {
    expect(
      check(claim(), viewOf({ [TARGET]: undefined }, { deletedInEpoch: (wanted) => wanted === TARGET })),
    ).toBeUndefined();
  });

  it('may use immutable objects, come again, and be simulated on locked ones', () => {
    expect(check(transfer(ref(2)), viewOf({ [id(2)]: coin(2, { owner: { kind: 'Immutable' } }) }))).toBeUndefined();
    const view = viewOf({}, { lockedBy: () => digest(77) });
    expect(checkTransaction({ transaction: transfer(ref(2)), view, digest: digest(77) })).toBeUndefined();
    expect(checkTransaction({ transaction: transfer(ref(2)), view, simulate: true })).toBeUndefined();
  });
});

describe('signatures', () => {
  const transaction = transfer(ref(2));
  const bytes = TransactionData.encode(transaction);
  const signature = keypair.signTransaction(bytes);
  const refusal = (signatures: Uint8Array[]) => checkTransaction({ transaction, view: viewOf(), signatures });

  it('are one, of the sender, and hold', () => {
    expect(refusal([signature])).toBeUndefined();
    expect(checkTransaction({ transaction, view: viewOf(), signatures: [signature], bytes })).toBeUndefined();
  });

  it('are refused when none, two, of another, or broken', () => {
    expect(refusal([])).toEqual({ kind: 'SignerSignatureNumberMismatch', expected: 1n, actual: 0n });
    expect(refusal([signature, signature])).toMatchObject({ actual: 2n });
    const other = Keypair.fromSecretKey(new Uint8Array(32).fill(8));
    expect(refusal([other.signTransaction(bytes)])).toEqual({
      kind: 'SignerSignatureAbsent',
      expected: sender.slice(2),
      actual: [other.address.slice(2)],
    });
    const broken = signature.slice();
    broken[20] = broken[20]! ^ 1;
    expect(refusal([broken])).toMatchObject({ kind: 'InvalidSignature' });
    expect(refusal([new Uint8Array(3)])).toMatchObject({ kind: 'InvalidSignature' });
  });

  it('of every golden transaction are taken', () => {
    for (const entry of transactions.kinds) {
      const golden = TransactionData.decode(fromHex(entry.bcs));
      if (isSystemKind(golden.kind.kind)) continue;
      const result = checkTransaction({
        transaction: golden,
        view: { object: () => undefined },
        signatures: entry.signatures.map(fromBase64),
      });
      expect(['ObjectNotFound', 'GasPaymentError', 'DuplicateObjectRefInput']).toContain(result?.kind);
    }
  });
});

describe('inputs', () => {
  it('are the SystemState, the kind’s own objects and the other gas coins, in this order', () => {
    const submit = { kind: 'SubmitData', targetId: TARGET, bondCoin: ref(2) } as Extract<
      TransactionKind,
      { kind: 'SubmitData' }
    >;
    expect(transactionInputs({ kind: submit, gasPayment: [ref(2), ref(1)] }).map(inputId)).toEqual([
      SYSTEM_STATE_OBJECT_ID,
      id(2),
      TARGET,
      id(1),
    ]);
    expect(transactionInputs(transfer(ref(2))).map(inputId)).toEqual([id(2), id(1)]);
  });

  it('of every golden transaction hold the SystemState exactly when its kind needs it', () => {
    for (const entry of transactions.kinds) {
      const golden = TransactionData.decode(fromHex(entry.bcs));
      const inputs = transactionInputs(golden);
      expect(inputs.some((input) => inputId(input) === SYSTEM_STATE_OBJECT_ID && input.kind === 'SharedObject')).toBe(
        needsSystemState(golden.kind.kind),
      );
      expect(hasRepeatedInput([...inputs, ...inputs])).toBe(inputs.length > 0);
    }
  });
});

describe('sizes', () => {
  it('of a submission are limited in sum', () => {
    expect(checkSubmissionSize([262_144, 262_144])).toBeUndefined();
    expect(checkSubmissionSize([262_144, 262_145])).toEqual({
      kind: 'TotalTransactionSizeTooLargeInBatch',
      size: 524_289n,
      limit: 524_288n,
    });
  });
});

describe('the words of refusals', () => {
  const recordedMessage = (name: string): string =>
    nodeRefusals.find((entry: { case: string }) => entry.case === name).message;
  const recordedDigest = parseDigest('4MEEijcYBqh7qjpY8vWgeJoPEH7Fd111enh64jk5hM2R');

  it('are those that the node gave', () => {
    expect(recordedMessage('coin digest wrong')).toContain(
      refusalText({
        kind: 'InvalidObjectDigest',
        objectId: parseObjectId('0xb9dac72b74d3092725510e564de3f9b397c421eb246aadd4e498ae2a7d40e587'),
        expectedDigest: recordedDigest,
      }),
    );
    expect(recordedMessage('gas coin does not exist')).toContain(
      refusalText({
        kind: 'ObjectNotFound',
        objectId: parseObjectId('0x0a11050211a20cd545402fcf0497aea6cf53cb017f751fd1b98ba19211adb47d'),
      }),
    );
    expect(recordedMessage('signature of another key')).toBe(
      `Invalid user signature: ${refusalText({ kind: 'SignerSignatureAbsent', expected: '75a07ba74babc8a45c5277e1ab8b826a70739017be7df5e2b583dc078aa6923a', actual: ['947e3cac6dab531a24a4513626220c8ac93f58f0839ca99f0803f058385b629e'] })}`,
    );
    expect(recordedMessage('signature corrupted')).toBe(
      `Invalid user signature: ${refusalText({ kind: 'InvalidSignature', error: 'Fail to verify user sig Invalid signature was given to the function' })}`,
    );
    expect(recordedMessage('no signature')).toBe(
      `Invalid user signature: ${refusalText({ kind: 'SignerSignatureNumberMismatch', expected: 1n, actual: 0n })}`,
    );
    expect(recordedMessage('stale gas of a payment')).toBe(
      refusalText({
        kind: 'ObjectVersionUnavailableForConsumption',
        providedObjRef: {
          objectId: parseObjectId('0xb97c0aad7b6e42cf5bda8c3bb3f4612d1cb64063bce3f161e0a747ba8f57474a'),
          version: 88n,
          digest: parseDigest('45oSMmh9Vk5DuidHwwkXDXEUmM4ety81rHDB1NKn7bst'),
        },
        currentVersion: 89n,
      }),
    );
    expect(recordedMessage('two spends at once 1')).toContain(
      refusalText({
        kind: 'ObjectLockConflict',
        objRef: {
          objectId: parseObjectId('0xa02c89998b78a8de10c455a1f87f8f302fc66fa45462953e7558d001d22e3c5c'),
          version: 81n,
          digest: parseDigest('D8waVp1kDzAWwhjX5WwhmDq178Cvqh2NXyLSHBtd76rZ'),
        },
        pendingTransaction: parseDigest('98Tz5QCBy4wVQ6sQaSRGkb59Lcq3K8V8C1s9hJGzF2s5'),
      }),
    );
  });

  it('contain every other text that the recorded refusals hold', () => {
    const all = nodeRefusals.map(({ message }: { message: string }) => message).join('\n');
    expect(all).toContain(refusalText({ kind: 'GasPaymentError', message: 'No gas payment provided' }));
    expect(all).toContain(
      refusalText({
        kind: 'GasPaymentError',
        message: `Gas object ${SYSTEM_STATE_OBJECT_ID} must be owned by an address, not Shared { initial_shared_version: Version(1) }`,
      }),
    );
    expect(all).toContain('at version Some(Version(1018))');
  });

  it('fall back to the name, and each error has a category', () => {
    expect(refusalText({ kind: 'TimeoutError' })).toBe('TimeoutError');
    expect(refusalCategory({ kind: 'TooManyRequests' })).toBe('retried');
    expect(refusalCategory({ kind: 'UnsupportedFeatureError', error: '' })).toBe('internal');
    expect(refusalCategory({ kind: 'InvalidSignature', error: '' })).toBe('signature');
    expect(refusalCategory({ kind: 'ObjectLockConflict', objRef: ref(1), pendingTransaction: digest(1) })).toBe(
      'lockConflict',
    );
  });
});

describe('any transaction and any state', () => {
  it('give a refusal or nothing, never a crash', () => {
    const number = fc.integer({ min: 1, max: 4 });
    const anyRef = fc
      .record({ n: number, version: fc.bigInt({ min: 1n, max: 5n }), of: number })
      .map(({ n, version, of }) => ref(n, version, of));
    const owner = fc.constantFrom<CheckedObject['owner']>(
      { kind: 'AddressOwner', address: sender },
      { kind: 'AddressOwner', address: stranger },
      { kind: 'Shared', initialSharedVersion: 1n },
      { kind: 'Immutable' },
    );
    const object = fc.option(
      fc
        .record({ n: number, owner, version: fc.bigInt({ min: 1n, max: 5n }) })
        .map(({ n, owner: by, version }) => coin(n, { owner: by, version })),
      { nil: undefined },
    );
    fc.assert(
      fc.property(
        fc.array(anyRef, { maxLength: 4 }),
        fc.array(anyRef, { maxLength: 4 }),
        fc.array(object, { minLength: 4, maxLength: 4 }),
        (objects, gasPayment, live) => {
          const transaction: TransactionData = {
            kind: { kind: 'TransferObjects', objects, recipient: stranger },
            sender,
            gasPayment,
          };
          const view: CheckView = { object: (wanted) => live[Number(wanted) - 1] };
          const refusal = checkTransaction({ transaction, view });
          if (refusal !== undefined) {
            expect(refusalText(refusal).length).toBeGreaterThan(0);
            return;
          }
          for (const { objectId, version, digest: of } of objects)
            expect(view.object(objectId)).toMatchObject({ version, digest: of });
          expect(gasPayment.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
