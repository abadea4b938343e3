import { isError } from '@somakit/core';
import transactions from '@somakit/vectors/transactions.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  combineMultiSig,
  createMultiSig,
  formatPublicKey,
  Keypair,
  multiSigSigner,
  parseMultiSig,
  parseSignature,
  verifyTransactionSignature,
} from '../src/index.js';
import { base64Of, bytesOf, codeOf, flip, hexOf, toBase64 } from './support.js';

interface MultiSigCase {
  name: string;
  member_secrets: string[];
  member_public_keys: string[];
  weights: number[];
  threshold: number;
  signers: number[];
  address: string;
  bitmap: number;
  bcs: string;
  signatures: string[];
}
const golden: MultiSigCase[] = transactions.multisig;
const accountOf = ({ member_public_keys, weights, threshold }: MultiSigCase) =>
  createMultiSig({
    members: weights.map((weight, i) => ({ publicKey: bytesOf(member_public_keys[i]!), weight })),
    threshold,
  });

const keypairs = Array.from({ length: 11 }, (_, i) => Keypair.fromSecretKey(new Uint8Array(32).fill(i + 1)));
const members = (count: number, weight = 1) => keypairs.slice(0, count).map(({ publicKey }) => ({ publicKey, weight }));
const bytes = Uint8Array.of(1, 2, 3);
const sign = (...indices: number[]) => indices.map((index) => keypairs[index]!.signTransaction(bytes));
const ruleOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (isError(error, 'INVALID_MULTISIG')) return error.context.rule;
    throw error;
  }
  return 'none';
};

describe('multisigs of the golden data', () => {
  it.each(golden)('$name has its address, bitmap and signature, whatever the order of signing', (one) => {
    const multiSig = accountOf(one);
    const data = bytesOf(one.bcs);
    const signatures = one.signers.map((index) =>
      Keypair.fromSecretKey(one.member_secrets[index]!).signTransaction(data),
    );
    expect(multiSig.address).toBe(`0x${one.address}`);
    expect(toBase64(combineMultiSig({ multiSig, signatures }))).toBe(one.signatures[0]);
    expect(toBase64(combineMultiSig({ multiSig, signatures: [...signatures].reverse() }))).toBe(one.signatures[0]);
    expect(verifyTransactionSignature(data, one.signatures[0]!, { sender: one.address, strict: true })).toBe(
      multiSig.address,
    );
    const parsed = parseMultiSig(base64Of(one.signatures[0]!));
    expect(parsed.bitmap).toBe(one.bitmap);
    expect(parsed.isExact).toBe(true);
    expect(parsed.signatures.map(({ member }) => member)).toEqual(one.signers);
    expect(parsed.multiSig).toEqual(multiSig);
  });

  it.each(golden)('$name signs through a signer', async (one) => {
    const signers = one.signers.map((index) => Keypair.fromSecretKey(one.member_secrets[index]!));
    const signer = multiSigSigner({ multiSig: accountOf(one), signers });
    expect(signer.address).toBe(`0x${one.address}`);
    expect(toBase64(await signer.signTransaction(bytesOf(one.bcs)))).toBe(one.signatures[0]);
  });

  it('has the address of the source tests', () => {
    const secrets = [
      '7e39c3ebf8c4694473a408dd64fa89a0f52bdca8fa49775f13f2646951725669',
      '7eccfceb7a89477f263e3baf968699044e2f6e26c53e0af041751af8e1934cd3',
      '65e530aad8923f822e88ed54fc1af6b1354142991c903e5c685f816a7ba68ad1',
    ].map((secret) => Keypair.fromSecretKey(secret));
    expect(secrets.map(({ publicKey }) => hexOf(publicKey))).toEqual([
      '0d7dab358c8dadaa4efa0049a75b07436555b10a368219bb680f70571349d775',
      '1f2a7901a842e4d3623bc61ce1c1717d2e768e0fd72df8341af56615b916f038',
      '94e4a8493144e9e696208cbed00259e6ddb56f979b91c32967560985be61909b',
    ]);
    const account = createMultiSig({
      members: secrets.map(({ publicKey }, i) => ({ publicKey: formatPublicKey(publicKey), weight: i + 1 })),
      threshold: 2,
    });
    expect(account.address).toBe('0xbb3b8bd537a7ea32a536ba54104eea68507755f833c2755c32c20c24b018aba3');
  });
});

describe('a multisig account', () => {
  it.each<[string, () => unknown, string]>([
    ['no members', () => createMultiSig({ members: [], threshold: 1 }), 'member count'],
    ['eleven members', () => createMultiSig({ members: members(11), threshold: 1 }), 'member count'],
    ['no array', () => createMultiSig({ members: {} as never, threshold: 1 }), 'member count'],
    [
      'one key twice',
      () => createMultiSig({ members: [...members(2), ...members(1)], threshold: 1 }),
      'duplicate member',
    ],
    ['weight 0', () => createMultiSig({ members: members(2, 0), threshold: 1 }), 'weight'],
    ['weight 256', () => createMultiSig({ members: members(2, 256), threshold: 1 }), 'weight'],
    ['half a weight', () => createMultiSig({ members: members(2, 1.5), threshold: 1 }), 'weight'],
    ['threshold 0', () => createMultiSig({ members: members(2), threshold: 0 }), 'threshold'],
    ['a threshold above the sum', () => createMultiSig({ members: members(2), threshold: 3 }), 'threshold'],
    ['a threshold of 65536', () => createMultiSig({ members: members(2), threshold: 65536 }), 'threshold'],
    ['NaN for a threshold', () => createMultiSig({ members: members(2), threshold: Number.NaN }), 'threshold'],
  ])('cannot have %s', (_, create, rule) => {
    expect(ruleOf(create)).toBe(rule);
  });

  it('refuses keys that are none', () => {
    expect(
      codeOf(() => createMultiSig({ members: [{ publicKey: new Uint8Array(31), weight: 1 }], threshold: 1 })),
    ).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => createMultiSig({ members: [{ publicKey: 'AA==', weight: 1 }], threshold: 1 }))).toBe(
      'INVALID_KEY_LENGTH',
    );
  });
});

describe('combining', () => {
  const multiSig = createMultiSig({ members: members(3), threshold: 2 });
  it.each<[string, () => unknown, string]>([
    ['nothing', () => combineMultiSig({ multiSig, signatures: [] }), 'INVALID_MULTISIG'],
    ['a stranger', () => combineMultiSig({ multiSig, signatures: sign(0, 5) }), 'INVALID_MULTISIG'],
    ['one member twice', () => combineMultiSig({ multiSig, signatures: sign(0, 0) }), 'INVALID_MULTISIG'],
    ['too few', () => combineMultiSig({ multiSig, signatures: sign(1) }), 'MULTISIG_THRESHOLD_NOT_REACHED'],
    [
      'bare signatures',
      () => combineMultiSig({ multiSig, signatures: [new Uint8Array(64)] }),
      'INVALID_SIGNATURE_LENGTH',
    ],
    [
      'a multisig inside',
      () => combineMultiSig({ multiSig, signatures: [combineMultiSig({ multiSig, signatures: sign(0, 1) })] }),
      'UNKNOWN_SIGNATURE_FLAG',
    ],
    ['a signer without signers', () => multiSigSigner({ multiSig, signers: [] }), 'INVALID_ARGUMENT'],
  ])('refuses %s', (_, combine, code) => {
    expect(codeOf(combine)).toBe(code);
  });
});

describe('a multisig signature', () => {
  const multiSig = createMultiSig({ members: members(3), threshold: 2 });
  const wire = combineMultiSig({ multiSig, signatures: sign(2, 0) });
  const patched = (at: number, ...values: number[]) => {
    const changed = wire.slice();
    changed.set(values, at);
    return changed;
  };
  // flag, count, two signatures of 65 bytes, bitmap, count, three members of 34 bytes, threshold
  const BITMAP = 2 + 130;

  it.each<[string, Uint8Array, string]>([
    ['without signatures', Uint8Array.of(2, 0), 'INVALID_MULTISIG'],
    ['of 200 signatures', patched(1, 200), 'INVALID_MULTISIG'],
    ['of nothing but the flag', Uint8Array.of(2), 'INVALID_SIGNATURE_LENGTH'],
    ['cut', wire.slice(0, -1), 'INVALID_SIGNATURE_LENGTH'],
    ['with a byte too many', Uint8Array.from([...wire, 0]), 'INVALID_SIGNATURE_LENGTH'],
    ['with another scheme inside', patched(2, 1), 'INVALID_MULTISIG'],
    ['with a bitmap beyond ten bits', patched(BITMAP, 0x05, 0x04), 'INVALID_MULTISIG'],
    ['with a bitmap of strangers', patched(BITMAP, 0x09), 'INVALID_MULTISIG'],
    ['with the signatures of others', patched(BITMAP, 0x03), 'INVALID_SIGNATURE'],
    ['with fewer bits than signatures', patched(BITMAP, 0x01), 'MULTISIG_THRESHOLD_NOT_REACHED'],
    ['with no bits', patched(BITMAP, 0x00), 'MULTISIG_THRESHOLD_NOT_REACHED'],
    ['with eleven members', patched(BITMAP + 2, 11), 'INVALID_MULTISIG'],
    ['with a threshold that is not reached', patched(wire.length - 2, 3), 'MULTISIG_THRESHOLD_NOT_REACHED'],
    ['with a threshold of 0', patched(wire.length - 2, 0), 'INVALID_MULTISIG'],
    ['with a weight of 0', patched(wire.length - 3, 0), 'INVALID_MULTISIG'],
    ['with a member twice', patched(wire.length - 35, ...keypairs[0]!.publicKey), 'INVALID_MULTISIG'],
  ])('is refused %s', (_, changed, code) => {
    expect(codeOf(() => verifyTransactionSignature(bytes, changed))).toBe(code);
  });

  it('is taken apart but not accepted with more bits than signatures, which the chain ignores', () => {
    const four = createMultiSig({ members: members(4), threshold: 2 });
    const exact = combineMultiSig({ multiSig: four, signatures: sign(0, 2) });
    expect(verifyTransactionSignature(bytes, exact)).toBe(four.address);
    const loose = exact.slice();
    loose[BITMAP] = 0x0d;
    expect(parseMultiSig(loose)).toMatchObject({ bitmap: 0x0d, isExact: false });
    expect(ruleOf(() => verifyTransactionSignature(bytes, loose))).toBe('bitmap');
  });

  const isRefused = (bit: number) =>
    codeOf(() => verifyTransactionSignature(bytes, flip(wire, bit), { sender: multiSig.address })) !== 'none';

  it('never verifies for the account with a bit changed around the signatures', () => {
    const around = Array.from({ length: wire.length * 8 }, (_, bit) => bit).filter(
      (bit) => bit < 24 || bit >= BITMAP * 8,
    );
    expect(around.filter((bit) => !isRefused(bit))).toEqual([]);
  });

  it('never verifies with a bit changed in the signatures', () => {
    fc.assert(fc.property(fc.integer({ min: 16, max: BITMAP * 8 - 1 }), isRefused), { numRuns: 40 });
  });

  it('says of which member a signature is wrong', () => {
    try {
      verifyTransactionSignature(Uint8Array.of(9), wire);
      expect.unreachable();
    } catch (error) {
      expect(isError(error, 'INVALID_SIGNATURE') && error.context.member).toBe(0);
    }
    expect(parseSignature(wire).address).toBe(multiSig.address);
  });
});
