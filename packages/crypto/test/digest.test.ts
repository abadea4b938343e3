import { parseDigest, toBase58 } from '@somakit/core';
import node from '@somakit/vectors/node-digests.json';
import market from '@somakit/vectors/node-market.json';
import transactions from '@somakit/vectors/transactions.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blake2b256, commitment } from '../src/hash/index.js';
import {
  certificateDigest,
  checkpointArtifactsDigest,
  checkpointContentsDigest,
  checkpointDigest,
  committeeDigest,
  DELETED_OBJECT_DIGEST,
  effectsDigest,
  hashNamed,
  merkleRoot,
  objectDigest,
  shortChainId,
  signedTransactionDigest,
  transactionDigest,
} from '../src/index.js';
import { bytesOf, codeOf, hexOf } from './support.js';

interface Written {
  case: string;
  i: number;
  kind: string;
  bcs?: string;
  digest: string;
}
interface Checkpoint {
  case: string;
  summary_bcs: string;
  digest: string;
  transactions: number;
  contents: { items_sha256: string; digest: string };
  artifacts?: { objects: number; digest: string };
}
const checkpoints: Checkpoint[] = node.checkpoints;
const effects: Written[] = node.effects;
const withBytes = ({ bcs }: Written) => bcs !== undefined;
const concat = (...parts: (Uint8Array | readonly number[])[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

describe('digests of a real node', () => {
  it.each(checkpoints)('$case has the digest of its summary', ({ summary_bcs, digest }) => {
    expect(checkpointDigest(bytesOf(summary_bcs))).toBe(digest);
  });

  it.each((node.transactions as Written[]).filter(withBytes))('$kind in $case: transaction', ({ bcs, digest }) => {
    expect(transactionDigest(bytesOf(bcs!))).toBe(digest);
  });

  it.each(effects.filter(withBytes))('$kind in $case: effects', ({ bcs, digest }) => {
    expect(effectsDigest(bytesOf(bcs!))).toBe(digest);
  });

  it.each<{ bcs: string; digest: string }>([...node.objects.filter(withBytes), ...transactions.objects])(
    'object $digest',
    ({ bcs, digest }) => {
      expect(objectDigest(bytesOf(bcs))).toBe(digest);
    },
  );

  it.each<{ object_bcs: string; object_digest: string }>(transactions.targets)('target $object_digest', (golden) => {
    expect(objectDigest(bytesOf(golden.object_bcs))).toBe(golden.object_digest);
  });

  it.each<{ name: string; bcs: string; digest: string }>(transactions.kinds)('transaction $name', ({ bcs, digest }) => {
    expect(transactionDigest(bytesOf(bcs))).toBe(digest);
  });

  it('shortens the chain identifier', () => {
    expect(shortChainId(node.chain.chain_id)).toBe(node.chain.short);
    expect(shortChainId('964EDrEzfvQT7HjVsjfXYcM1ubi3qhqB41zV7LLbCxxd')).toMatch(/^[0-9a-f]{8}$/);
  });
});

describe('digests by name', () => {
  it('put the name in front, or nothing', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const named = (name: string) => toBase58(blake2b256(concat(new TextEncoder().encode(`${name}::`), bytes)));
    expect(committeeDigest(bytes)).toBe(named('Committee'));
    expect(toBase58(hashNamed('CheckpointContents', bytes))).toBe(named('CheckpointContents'));
    expect(signedTransactionDigest(bytes)).toBe(commitment(bytes));
    expect(certificateDigest(bytes)).toBe(commitment(bytes));
  });

  it('take bytes only', () => {
    for (const digest of [transactionDigest, objectDigest, effectsDigest, checkpointDigest, committeeDigest]) {
      expect(codeOf(() => digest('00' as unknown as Uint8Array))).toBe('INVALID_ARGUMENT');
    }
    expect(codeOf(() => signedTransactionDigest([0] as unknown as Uint8Array))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => shortChainId('0OIl'))).toBe('INVALID_DIGEST');
  });
});

describe('a Merkle root', () => {
  const leaf = (item: Uint8Array) => blake2b256(concat([0], item));
  const inner = (left: Uint8Array, right: Uint8Array) => blake2b256(concat([1], left, right));
  const items = Array.from({ length: 5 }, (_, i) => Uint8Array.of(i));
  const [a, b, c, d, e] = items.map(leaf) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const empty = new Uint8Array(32);

  it.each([
    [0, empty],
    [1, a],
    [2, inner(a, b)],
    [3, inner(inner(a, b), inner(c, empty))],
    [5, inner(inner(inner(a, b), inner(c, d)), inner(inner(e, empty), empty))],
  ])('of %i items fills odd levels with one empty node', (count, root) => {
    expect(hexOf(merkleRoot(items.slice(0, count)))).toBe(hexOf(root));
    // The same items, written where they are hashed.
    const write = (view: DataView, at: number, index: number) => {
      items[index]!.forEach((byte, j) => {
        view.setUint8(at + j, byte);
      });
    };
    expect(hexOf(merkleRoot({ count, length: items[0]!.length, write }))).toBe(hexOf(root));
  });
});

// The digests of a checkpoint's transactions stand in the reply as pairs of protobuf strings, fields 1 and 2.
const B58 = '[1-9A-HJ-NP-Za-km-z]{32,44}';
const PAIR = new RegExp(`\\x0a([\\x20-\\x2c])(${B58})\\x12([\\x20-\\x2c])(${B58})`, 'gs');
const pairsOf = (name: string) => {
  const { reply } = market.find(
    (one: { case: string; reply?: string }) => one.case === name && one.reply !== undefined,
  );
  return [...atob(reply).matchAll(PAIR)]
    .filter(([, length, digest]) => digest!.length === length!.charCodeAt(0))
    .map(([, , transaction, length, effects]) => ({
      transaction: transaction!,
      effects: effects!.slice(0, length!.charCodeAt(0)),
    }));
};

describe('the contents digest', () => {
  it.each(checkpoints)('of $case is that of the node', ({ case: name, contents, transactions: count }) => {
    const pairs = pairsOf(name);
    expect(pairs).toHaveLength(count);
    expect(checkpointContentsDigest(pairs)).toBe(contents.digest);
    const raw = pairs.map((pair) => concat([32], rawDigest(pair.transaction), [32], rawDigest(pair.effects)));
    expect(checkpointContentsDigest(raw)).toBe(contents.digest);
  });

  it('refuses items that are no pairs of digests', () => {
    expect(codeOf(() => checkpointContentsDigest([new Uint8Array(66)]))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => checkpointContentsDigest([new Uint8Array(64)]))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => checkpointContentsDigest([{ transaction: '1', effects: '1' }]))).toBe('INVALID_DIGEST');
  });
});

const rawDigest = (digest: string) => {
  let number = 0n;
  for (const letter of digest)
    number = number * 58n + BigInt('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'.indexOf(letter));
  return bytesOf(number.toString(16).padStart(64, '0'));
};

/** The written objects of effects, read from their bytes: just as much BCS as that takes. */
const writtenBy = (bcs: Uint8Array, transaction: string) => {
  const view = new DataView(bcs.buffer);
  const needle = [32, ...rawDigest(transaction)];
  let at = 0;
  while (!needle.every((byte, i) => bcs[at + i] === byte)) at++;
  at += 33;
  const take = (count: number) => {
    at += count;
    return bcs.slice(at - count, at);
  };
  const length = () => {
    const first = bcs[at++]!;
    return first < 128 ? first : (first & 127) | (bcs[at++]! << 7);
  };
  const owner = () => {
    const kind = bcs[at++]!;
    if (kind === 0) at += 32;
    else if (kind === 1) at += 8;
  };
  if (bcs[at++] === 1) at += 4;
  const dependencies = length();
  at += 33 * dependencies;
  const version = view.getBigUint64(at, true);
  at += 8;
  return Array.from({ length: length() }, () => {
    const objectId = `0x${hexOf(take(32))}`;
    if (bcs[at++] === 1) {
      at += 41;
      owner();
    }
    let digest: string = DELETED_OBJECT_DIGEST;
    if (bcs[at++] === 1) {
      digest = toBase58(take(33).slice(1));
      owner();
    }
    at++;
    return { objectId, version, digest };
  });
};

describe('the artifacts digest', () => {
  const known = checkpoints.filter(
    ({ case: name, artifacts }) => artifacts && effects.every((one) => one.case !== name || one.bcs),
  );
  it.each(known)('of $case is that of the node', ({ case: name, artifacts }) => {
    const written = effects
      .filter((one) => one.case === name)
      .flatMap(({ i, bcs }) => {
        const { digest } = node.transactions.find((one: Written) => one.case === name && one.i === i);
        return writtenBy(bytesOf(bcs!), digest);
      });
    expect(checkpointArtifactsDigest(written)).toBe(artifacts!.digest);
    expect(checkpointArtifactsDigest([...written].reverse())).toBe(artifacts!.digest);
    const asBytes = written.map((each) => ({ ...each, digest: rawDigest(each.digest) }));
    expect(checkpointArtifactsDigest(asBytes)).toBe(artifacts!.digest);
  });

  it('counts the latest version of an object only, whatever the order', () => {
    const object = (id: string, version: bigint) => ({
      objectId: id,
      version,
      digest: toBase58(new Uint8Array(32).fill(Number(version))),
    });
    const all = [object('0x1', 1n), object('0x2', 7n), object('0x1', 3n), object('0x1', 2n)];
    const latest = checkpointArtifactsDigest([object('0x1', 3n), object('0x2', 7n)]);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 4 }), (order) => {
        expect(checkpointArtifactsDigest(order)).toBe(latest);
      }),
    );
  });

  it('refuses what is no object', () => {
    const digest = parseDigest(new Uint8Array(32));
    expect(codeOf(() => checkpointArtifactsDigest([{ objectId: '1', version: 1n, digest }]))).toBe('INVALID_OBJECT_ID');
    expect(
      codeOf(() => checkpointArtifactsDigest([{ objectId: '0x1', version: 1 as unknown as bigint, digest }])),
    ).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => checkpointArtifactsDigest([{ objectId: '0x1', version: 1n, digest: '' }]))).toBe(
      'INVALID_DIGEST',
    );
  });
});
