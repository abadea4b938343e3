import { isError } from '@somakit/core';
import { describe, expect, it } from 'vitest';
import {
  bool,
  bytes,
  map,
  option,
  set,
  string,
  struct,
  u8,
  u16,
  u32,
  u64,
  u128,
  vector,
  vectorOf,
} from '../src/codec/index.js';
import {
  type BcsErrorCode,
  type Codec,
  GenericSignature,
  Intent,
  Owner,
  RoaringBitmap,
  SenderSignedData,
  SomaAddress,
  SomaError,
  SomaObject,
  SomaTensor,
  SystemState,
  Target,
  TransactionDigest,
  TransactionEffects,
  TransactionKind,
  tensor,
} from '../src/index.js';
import { makeSystemState } from './state.js';
import { hex } from './support.js';

/** What is thrown, as [code, path]. */
const refusal = (run: () => unknown): [string, string] => {
  try {
    run();
  } catch (error) {
    if (isError(error)) return [error.code, (error.context as { path: string }).path];
    throw error;
  }
  return expect.fail('nothing was thrown');
};

const zeros = (length: number): string => '00'.repeat(length);
const id = (digit: string): string => `0x${digit.repeat(64)}`;

describe('decoding', () => {
  const refused: readonly (readonly [string, Codec<unknown>, string, BcsErrorCode, string])[] = [
    ['a trailing byte', u8, '0102', 'BCS_NOT_CANONICAL', 'u8'],
    ['no input', u8, '', 'BCS_TRUNCATED', 'u8'],
    ['half a number', u64, '01020304', 'BCS_TRUNCATED', 'u64'],
    ['a boolean of 2', bool, '02', 'BCS_INVALID_VALUE', 'bool'],
    ['an option byte of 2', option(u8), '0201', 'BCS_INVALID_VALUE', 'option<u8>'],
    ['a long ULEB128 for 0', bytes, '8000', 'BCS_NOT_CANONICAL', 'bytes'],
    ['a long ULEB128 for 1', bytes, '810041', 'BCS_NOT_CANONICAL', 'bytes'],
    ['a ULEB128 of five bytes, the last one 0', bytes, '8080808000', 'BCS_NOT_CANONICAL', 'bytes'],
    ['a ULEB128 above 32 bits', bytes, '8080808010', 'BCS_LIMIT', 'bytes'],
    ['a ULEB128 of six bytes', bytes, '808080808001', 'BCS_LIMIT', 'bytes'],
    ['a length of 2^31', bytes, '8080808008', 'BCS_LIMIT', 'bytes'],
    ['a length beyond the input', bytes, '0501020304', 'BCS_TRUNCATED', 'bytes'],
    ['2^31-1 items in a few bytes', vector(u64), 'ffffffff0700', 'BCS_TRUNCATED', 'vector<u64>'],
    ['2^31-1 items without bytes', vector(struct('Empty', {})), 'ffffffff07', 'BCS_TRUNCATED', 'vector<Empty>'],
    ['a vector of another length', vectorOf(2, u8), '0101', 'BCS_INVALID_VALUE', 'vector<u8, 2>'],
    ['half a character', string, '01c3', 'BCS_INVALID_VALUE', 'string'],
    ['a surrogate in UTF-8', string, '03eda080', 'BCS_INVALID_VALUE', 'string'],
    ['a long form of a character', string, '02c080', 'BCS_INVALID_VALUE', 'string'],
    [
      'map keys that descend',
      map(u64, u8),
      `02${'02'.padEnd(16, '0')}00${'01'.padEnd(16, '0')}00`,
      'BCS_NOT_CANONICAL',
      'map<u64, u8>[1]',
    ],
    [
      'a map key twice',
      map(u64, u8),
      `02${'01'.padEnd(16, '0')}00${'01'.padEnd(16, '0')}00`,
      'BCS_NOT_CANONICAL',
      'map<u64, u8>[1]',
    ],
    ['set members that descend', set(u8), '020201', 'BCS_NOT_CANONICAL', 'set<u8>[1]'],
    ['a set member twice', set(u8), '020101', 'BCS_NOT_CANONICAL', 'set<u8>[1]'],
    ['a digest of 31 bytes', TransactionDigest, `1f${zeros(31)}`, 'BCS_INVALID_VALUE', 'TransactionDigest'],
    ['a digest of 33 bytes', TransactionDigest, `21${zeros(33)}`, 'BCS_INVALID_VALUE', 'TransactionDigest'],
    ['an unknown variant', TransactionKind, '1a', 'BCS_INVALID_VALUE', 'TransactionKind'],
    ['an unknown version', TransactionEffects, `01${zeros(300)}`, 'BCS_INVALID_VALUE', 'TransactionEffects'],
    ['a tensor of another dtype', SomaTensor, `0100010${'0'.repeat(16)}0`, 'BCS_INVALID_VALUE', 'SomaTensor'],
    ['a tensor of 3 bytes', SomaTensor, `0003000000010100000000000000`, 'BCS_INVALID_VALUE', 'SomaTensor'],
    [
      'a tensor with another shape',
      SomaTensor,
      `00040000803f010200000000000000`,
      'BCS_INVALID_VALUE',
      'SomaTensor.shape',
    ],
    [
      'a tensor with a huge shape',
      SomaTensor,
      `000002ffffffffffffffff0000000000000000`,
      'BCS_INVALID_VALUE',
      'SomaTensor.shape[0]',
    ],
    ['no signed transaction', SenderSignedData, `00${zeros(60)}`, 'BCS_INVALID_VALUE', 'SenderSignedData'],
    ['two signed transactions', SenderSignedData, `02${zeros(400)}`, 'BCS_INVALID_VALUE', 'SenderSignedData'],
    ['a signature with an unknown flag', GenericSignature, `6101${zeros(96)}`, 'BCS_INVALID_VALUE', 'GenericSignature'],
    ['a signature of 98 bytes', GenericSignature, `62${zeros(98)}`, 'BCS_NOT_CANONICAL', 'GenericSignature'],
    ['a signature of 96 bytes', GenericSignature, `60${zeros(96)}`, 'BCS_TRUNCATED', 'GenericSignature'],
    ['no signature', GenericSignature, '00', 'BCS_TRUNCATED', 'GenericSignature'],
    ['an unknown intent scope', Intent, '090001', 'BCS_INVALID_VALUE', 'Intent.scope'],
    [
      'object contents without an id',
      SomaObject,
      `01${zeros(8)}1f${zeros(80)}`,
      'BCS_INVALID_VALUE',
      'Object.contents',
    ],
    ['a bitmap with run containers', RoaringBitmap, '083b30000000000000', 'BCS_INVALID_VALUE', 'RoaringBitmap'],
    [
      'a bitmap with a wrong offset',
      RoaringBitmap,
      '123a300000010000000000000011000000' + '0000',
      'BCS_NOT_CANONICAL',
      'RoaringBitmap',
    ],
    [
      'a bitmap with members that descend',
      RoaringBitmap,
      '143a3000000100000000000100100000000200' + '0100',
      'BCS_NOT_CANONICAL',
      'RoaringBitmap',
    ],
    [
      'a bitmap with a byte too many',
      RoaringBitmap,
      '133a3000000100000000000000100000000000' + '00',
      'BCS_NOT_CANONICAL',
      'RoaringBitmap',
    ],
    ['a bitmap of many containers', RoaringBitmap, '083a300000ffff0000', 'BCS_TRUNCATED', 'RoaringBitmap'],
  ];

  it.each(refused)('refuses %s', (_, codec, input, code, path) => {
    expect(refusal(() => codec.decode(hex(input)))).toEqual([code, path]);
  });

  it('refuses what is no Uint8Array', () => {
    for (const input of ['00', [0], null, undefined, new ArrayBuffer(1)]) {
      expect(refusal(() => u8.decode(input as never))[0]).toBe('BCS_INVALID_VALUE');
    }
  });

  it('refuses more than 500 levels of nesting and takes 500', () => {
    const authority = 'A'.repeat(128);
    const nest = (levels: number): Uint8Array => {
      const inner = '05';
      const before = `1201${'60'}${zeros(96)}`;
      return hex(before.repeat(levels) + inner + '00'.repeat(levels));
    };
    const decoded = SomaError.decode(nest(499));
    expect(SomaError.encode(decoded)).toEqual(nest(499));
    expect(decoded).toMatchObject({ kind: 'TooManyIncorrectAuthorities', errors: [{ authority }] });
    expect(refusal(() => SomaError.decode(nest(500)))[0]).toBe('BCS_LIMIT');
    expect(refusal(() => SomaError.decode(nest(3000)))[0]).toBe('BCS_LIMIT');
  });

  it('says where in the bytes the error is', () => {
    const object = hex(`01${zeros(8)}28${zeros(40)}07`);
    expect(() => SomaObject.decode(object)).toThrow(
      expect.objectContaining({ context: expect.objectContaining({ offset: 50, path: 'Object.owner' }) }),
    );
  });

  it('names the field of a validator in a system state', () => {
    const state = makeSystemState({ validators: 5, models: 2 });
    const bytes = SystemState.encode({
      ...state,
      validators: state.validators.map((each, i) =>
        i === 3 ? { ...each, commissionRate: 0x1122334455667788n } : each,
      ),
    });
    const at = bytes.findIndex((_, i) =>
      [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11].every((b, j) => bytes[i + j] === b),
    );
    expect(refusal(() => SystemState.decode(bytes.subarray(0, at + 4)))).toEqual([
      'BCS_TRUNCATED',
      'SystemState.validators[3].commissionRate',
    ]);
  });

  it('names the key of a model in a system state', () => {
    const state = makeSystemState({ validators: 1, models: 2 });
    const [key, model] = [...state.modelRegistry.models].sort()[1] ?? [];
    if (key === undefined || model?.kind !== 'Active') expect.fail('an active model expected');
    const models = new Map(state.modelRegistry.models).set(key, { ...model, owner: id('e') as never });
    const bytes = SystemState.encode({ ...state, modelRegistry: { ...state.modelRegistry, models } });
    const at = bytes.findIndex((_, i) => bytes.subarray(i, i + 32).every((byte) => byte === 0xee));
    expect(refusal(() => SystemState.decode(bytes.subarray(0, at + 4)))).toEqual([
      'BCS_TRUNCATED',
      `SystemState.modelRegistry.models[${key}].owner`,
    ]);
  });

  it('shares no memory with its input', () => {
    const input = hex('03010203');
    const value = bytes.decode(input);
    input.fill(9);
    expect([...value]).toEqual([1, 2, 3]);
  });

  it('reads from the middle of a larger buffer', () => {
    const larger = hex('ffff0500000000000000ffff');
    expect(u64.decode(larger.subarray(2, 10))).toBe(5n);
  });
});

describe('encoding', () => {
  const state = makeSystemState({ validators: 4, models: 1 });
  const target = {
    embedding: tensor([1]),
    modelIds: [],
    distanceThreshold: tensor([1]),
    rewardPool: 0n,
    generationEpoch: 0n,
    status: { kind: 'Open' },
    bondAmount: 0n,
    submissionReports: [],
  } as const;

  const refused: readonly (readonly [string, Codec<unknown>, unknown, string])[] = [
    ['a number for a u64', u64, 1, 'u64'],
    ['a negative u64', u64, -1n, 'u64'],
    ['2^64', u64, 2n ** 64n, 'u64'],
    ['2^128', u128, 2n ** 128n, 'u128'],
    ['256 for a u8', u8, 256, 'u8'],
    ['a fraction for a u16', u16, 1.5, 'u16'],
    ['NaN for a u32', u32, Number.NaN, 'u32'],
    ['a text for bytes', bytes, 'aa', 'bytes'],
    ['1 for a boolean', bool, 1, 'bool'],
    ['half a surrogate pair', string, 'a\ud800', 'string'],
    ['half a surrogate pair in a long text', string, `${'a'.repeat(200)}\udc00`, 'string'],
    ['an address of 63 digits', SomaAddress, 'ab', 'SomaAddress'],
    ['a digest in hex', TransactionDigest, id('a'), 'TransactionDigest'],
    ['a short digest', TransactionDigest, '11111', 'TransactionDigest'],
    ['an object for a Map', map(u64, u8), {}, 'map<u64, u8>'],
    ['an item of the wrong type', vector(u8), [1, 2, 'x'], 'vector<u8>[2]'],
    ['one address in two spellings', set(SomaAddress), ['0x5', `${id('0').slice(0, -1)}5`], 'set<SomaAddress>'],
    ['an unknown kind', Owner, { kind: 'Nobody' }, 'Owner.kind'],
    ['no kind', Owner, { address: id('1') }, 'Owner.kind'],
    ['a text for an enum', Owner, 'Immutable', 'Owner'],
    ['a missing payload', Owner, { kind: 'AddressOwner' }, 'Owner.address'],
    ['an inherited name as kind', Owner, { kind: 'toString' }, 'Owner.kind'],
    ['a missing field', Target, { ...target, rewardPool: undefined }, 'Target.rewardPool'],
    ['a tensor without its shape', Target, { ...target, embedding: new Float32Array(1) }, 'Target.embedding.shape'],
    [
      'a tensor of another size',
      Target,
      { ...target, embedding: { shape: [2], data: new Float32Array(1) } },
      'Target.embedding.data',
    ],
    [
      'a list for a tensor',
      Target,
      { ...target, winningEmbedding: { shape: [1], data: [1] } },
      'Target.winningEmbedding.data',
    ],
    [
      'a number for a rate',
      SystemState,
      { ...state, validators: state.validators.map((each, i) => (i === 3 ? { ...each, commissionRate: 5 } : each)) },
      'SystemState.validators[3].commissionRate',
    ],
    ['members that descend', RoaringBitmap, [2, 1], 'RoaringBitmap[1]'],
    ['a signature of 64 bytes', GenericSignature, new Uint8Array(64), 'GenericSignature'],
    [
      'contents of the wrong type',
      SomaObject,
      {
        objectId: id('1'),
        objectType: { kind: 'Coin' },
        version: 1n,
        contents: [],
        owner: { kind: 'Immutable' },
        previousTransaction: '1'.repeat(32),
      },
      'Object.contents',
    ],
    [
      'a wrong object id',
      SomaObject,
      {
        objectId: 'x',
        objectType: { kind: 'Coin' },
        version: 1n,
        contents: new Uint8Array(),
        owner: { kind: 'Immutable' },
        previousTransaction: '1'.repeat(32),
      },
      'Object.objectId',
    ],
    ['nothing', Target, undefined, 'Target'],
    ['null', Target, null, 'Target'],
  ];

  it.each(refused)('refuses %s', (_, codec, value, path) => {
    const [code, where] = refusal(() => codec.encode(value));
    expect([where, code]).toEqual([path, code === 'BCS_TRUNCATED' ? code : 'BCS_INVALID_VALUE']);
  });

  it('refuses a value that contains itself', () => {
    const errors: unknown[] = [];
    const value = { kind: 'TooManyIncorrectAuthorities', errors, action: '' };
    errors.push({ authority: 'A'.repeat(128), error: value });
    expect(refusal(() => SomaError.encode(value as never))[0]).toBe('BCS_LIMIT');
    expect(refusal(() => SomaError.toJson(value as never))[0]).toBe('BCS_LIMIT');
  });

  it('says what was expected and found', () => {
    expect(() => u64.encode(5 as never)).toThrow('expected a bigint from 0 to 2^64-1 at u64, found 5');
    expect(() => Target.encode({ ...target, rewardPool: undefined } as never)).toThrow('Target.rewardPool is missing');
  });

  it('sorts maps and sets by the bytes of the keys', () => {
    const rates = map(u64, u8);
    const encoded = rates.encode(
      new Map([
        [1n, 1],
        [256n, 2],
        [0n, 0],
      ]),
    );
    expect([...rates.decode(encoded).keys()]).toEqual([0n, 256n, 1n]);
    expect(set(u8).encode([3, 1, 2])).toEqual(hex('03010203'));
  });

  it('takes ids in every spelling and gives the canonical one', () => {
    for (const spelling of ['0x5', `${zeros(31)}05`, `0x${zeros(31)}05`]) {
      expect(SomaAddress.decode(SomaAddress.encode(spelling as never))).toBe(`0x${zeros(31)}05`);
    }
  });

  it('goes on after an error as if nothing had been', () => {
    const before = Target.encode(target);
    refusal(() => Target.encode({ ...target, bondAmount: 1 } as never));
    expect(Target.encode(target)).toEqual(before);
  });
});

describe('JSON', () => {
  const refused: readonly (readonly [string, Codec<unknown>, unknown, string])[] = [
    ['an unknown field', Owner, { Shared: { initial_shared_version: '1', more: 1 } }, 'Owner.initialSharedVersion'],
    ['two kinds', Owner, { Shared: '1', Immutable: {} }, 'Owner'],
    ['a fraction', u64, 1.5, 'u64'],
    ['a number that JSON has rounded', u64, 2 ** 60, 'u64'],
    ['hex of odd length', bytes, 'abc', 'bytes'],
    ['an unknown kind', TransactionKind, { Steal: {} }, 'TransactionKind.kind'],
    [
      'a field that a kind does not have',
      TransactionKind,
      { SetCommissionRate: { new_rate: '1', old_rate: '1' } },
      'TransactionKind.old_rate',
    ],
    ['a missing field', TransactionKind, { SetCommissionRate: {} }, 'TransactionKind.newRate'],
  ];

  it.each(refused)('refuses %s', (_, codec, json, path) => {
    expect(refusal(() => codec.fromJson(json))).toEqual(['BCS_INVALID_VALUE', path]);
  });

  it('takes every form of owner that the originals print', () => {
    const shared = { kind: 'Shared', initialSharedVersion: 1n };
    for (const json of [{ Shared: '1' }, { Shared: 1 }, { Shared: { initial_shared_version: 1 } }]) {
      expect(Owner.fromJson(json)).toEqual(shared);
    }
    for (const json of ['Immutable', { Immutable: {} }, { Immutable: null }]) {
      expect(Owner.fromJson(json)).toEqual({ kind: 'Immutable' });
    }
  });

  it('takes a tensor in the form of the chain as well', () => {
    const json = { dtype: 0, bytes: [0, 0, 128, 63], shape: [1] };
    expect(SomaTensor.fromJson(json)).toEqual(tensor([1]));
  });
});

describe('a Roaring bitmap', () => {
  it('is the bytes of the source for {0}', () => {
    expect(RoaringBitmap.encode([0])).toEqual(hex('123a30000001000000000000001000000000' + '00'));
  });

  it.each([
    ['nothing', []],
    ['a hundred members', Array.from({ length: 100 }, (_, i) => 3 * i)],
    ['several containers', [1, 65_535, 65_536, 4_294_967_295]],
    ['the longest list', Array.from({ length: 4096 }, (_, i) => i)],
    ['the shortest bit field', Array.from({ length: 4097 }, (_, i) => 2 * i)],
    ['a full bit field', Array.from({ length: 65_536 }, (_, i) => i)],
  ])('holds %s', (_, members) => {
    expect(RoaringBitmap.decode(RoaringBitmap.encode(members))).toEqual(members);
  });
});

describe('a weight key in the wrong form', () => {
  const secrets = ['8869cb07178bf67e08d7c4abdf45487dbf379c9a452fcec2836854bf4a3d29b0', 'swordfish'];
  it.each(secrets)('is shown in no error: %s', (secret) => {
    const kind = { kind: 'RevealModel', modelId: '0x1', decryptionKey: secret, embedding: tensor([1]) } as const;
    const json = { RevealModel: { model_id: '0x1', decryption_key: secret, embedding: { shape: [1], f32_bits: [1] } } };
    for (const call of [() => TransactionKind.encode(kind as never), () => TransactionKind.fromJson(json)]) {
      try {
        call();
        expect.unreachable();
      } catch (error) {
        if (!isError(error, 'BCS_INVALID_VALUE')) throw error;
        expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret.slice(0, 8));
        expect(error.context.path).toBe('TransactionKind.decryptionKey');
      }
    }
  });
});
