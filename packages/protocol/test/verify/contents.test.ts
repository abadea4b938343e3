import { CheckpointSummary, type Node, SomaObject, TransactionData, TransactionEffects } from '@somakit/bcs';
import { digestBytes, fromHex, parseDigest, toHex } from '@somakit/core';
import {
  blake2b256 as blake,
  checkpointDigest,
  effectsDigest,
  merkleRoot,
  objectDigest,
  transactionDigest,
} from '@somakit/crypto';
import nodeDigests from '@somakit/vectors/node-digests.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  trustGenesis,
  verifyCheckpoint,
  verifyCheckpointContents,
  verifyEffects,
  verifyInclusion,
  verifyObject,
} from '../../src/verify/index.js';
import { committeeAt, contentsOf, recorded, recordedAt } from './recorded.js';

const failure = (reason: string) =>
  expect.objectContaining({ code: 'VERIFICATION_FAILED', context: expect.objectContaining({ reason }) });
const sha256 = async (bytes: Uint8Array) => toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice())));

/** A recorded checkpoint as if proven: its proof is tested elsewhere. */
const proven = (sequence: number) => ({
  summary: recordedAt(sequence).summary,
  digest: parseDigest(recordedAt(sequence).digest),
});
const deactivation = nodeDigests.effects.find((entry: { case: string }) => entry.case === 'checkpoint 139');
const checkpoint = proven(139);
const contents = contentsOf(139);
const effects = fromHex(deactivation.bcs);

describe('checkpoint contents', () => {
  it('of every recorded checkpoint are proven', () => {
    for (const { sequence } of recorded) {
      const pairs = contentsOf(sequence);
      expect(pairs.transactions.length).toBeGreaterThan(0);
      expect(verifyCheckpointContents(proven(sequence), pairs)).toBe(pairs);
    }
  });

  it('fail when a pair is changed, left out, added or moved', () => {
    const { transactions } = contents;
    const [first, second, ...rest] = transactions;
    for (const changed of [
      [second!, first!, ...rest],
      transactions.slice(1),
      [...transactions, first!],
      [{ transaction: first!.effects, effects: first!.transaction }, second!, ...rest],
      [],
    ]) {
      expect(() => verifyCheckpointContents(checkpoint, { transactions: changed })).toThrow(failure('digest'));
    }
  });
});

describe('effects', () => {
  const recordedEffects = nodeDigests.effects.filter((entry: { bcs?: string }) => entry.bcs !== undefined);

  it('of every recorded transaction are proven, from checkpoint to outcome', () => {
    for (const entry of recordedEffects) {
      const sequence = Number(entry.case.split(' ')[1]);
      const result = verifyEffects({
        checkpoint: proven(sequence),
        contents: contentsOf(sequence),
        effects: fromHex(entry.bcs),
      });
      expect(result.effectsDigest).toBe(entry.digest);
      expect(result.effects.status.kind).toBe(entry.status === 'Success' ? 'Success' : 'Failure');
    }
    expect(recordedEffects.length).toBeGreaterThan(20);
  });

  it('are proven to be of the transaction that is given', () => {
    const { bcs, digest } = nodeDigests.transactions.find((entry: { case: string }) => entry.case === 'checkpoint 139');
    expect(verifyEffects({ checkpoint, contents, effects, transaction: fromHex(bcs) }).transactionDigest).toBe(digest);
    const other = { ...TransactionData.decode(fromHex(bcs)), gasPayment: [] };
    expect(() => verifyEffects({ checkpoint, contents, effects, transaction: other })).toThrow(failure('digest'));
  });

  it('start at a checkpoint that a quorum signed', () => {
    const verified = verifyCheckpoint(recordedAt(139).checkpoint, committeeAt(6n));
    expect(verifyEffects({ checkpoint: verified, contents, effects: TransactionEffects.decode(effects) }).index).toBe(
      2,
    );
  });

  it('fail when any bit is flipped', () => {
    fc.assert(
      fc.property(fc.nat(effects.length * 8 - 1), (bit) => {
        const changed = effects.slice();
        changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
        expect(() => verifyEffects({ checkpoint, contents, effects: changed })).toThrow(
          expect.objectContaining({ code: 'VERIFICATION_FAILED' }),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('fail with contents of another checkpoint', () => {
    expect(() => verifyEffects({ checkpoint, contents: contentsOf(142), effects })).toThrow(failure('digest'));
    expect(() => verifyEffects({ checkpoint: proven(142), contents: contentsOf(142), effects })).toThrow(
      failure('notContained'),
    );
  });
});

describe('objects', () => {
  const { bcs } = nodeDigests.objects.find((entry: { object_type: string }) => entry.object_type === 'Coin');
  const coin = SomaObject.decode(fromHex(bcs));
  const value = TransactionEffects.decode(effects);
  const writing = (digest: string): TransactionEffects => ({
    ...value,
    changedObjects: [
      {
        ...value.changedObjects[0]!,
        objectId: coin.objectId,
        outputState: { kind: 'ObjectWrite', digest: parseDigest(digest), owner: coin.owner },
      },
    ],
  });

  it('are proven by the effects that wrote them', () => {
    expect(verifyObject({ effects: writing(objectDigest(fromHex(bcs))) }, coin)).toEqual(coin);
    expect(verifyObject({ effects: writing(objectDigest(fromHex(bcs))) }, fromHex(bcs))).toEqual(coin);
  });

  it('fail in another version, from other effects, and as broken bytes', () => {
    const effectsOfCoin = { effects: writing(objectDigest(fromHex(bcs))) };
    expect(() => verifyObject(effectsOfCoin, { ...coin, version: coin.version + 1n })).toThrow(failure('digest'));
    expect(() => verifyObject({ effects: value }, coin)).toThrow(failure('notContained'));
    expect(() => verifyObject(effectsOfCoin, fromHex(bcs).slice(1))).toThrow(failure('malformed'));
  });
});

describe('inclusion by a path of hashes', () => {
  const leafBytes = contents.transactions.map(({ transaction, effects: of }) =>
    Uint8Array.of(32, ...digestBytes(transaction), 32, ...digestBytes(of)),
  );
  /** The path of a leaf, level by level, by roots of the sibling subtrees. */
  const pathOf = (index: number): Node[] => {
    const path: Node[] = [];
    for (let width = 1; width < leafBytes.length; width *= 2) {
      const sibling = (Math.floor(index / width) ^ 1) * width;
      const part = leafBytes.slice(sibling, sibling + width);
      // A subtree that is filled up to its height with empty nodes; one that is empty is a single empty node.
      path.push(part.length === 0 ? { kind: 'Empty' } : { kind: 'Digest', hash: paddedRoot(part, width) });
    }
    return path;
  };
  const paddedRoot = (leaves: Uint8Array[], width: number): Uint8Array =>
    width === leaves.length ? merkleRoot(leaves) : rootOfOdd(leaves, width);
  // Five leaves: the only partial subtree is the fifth alone, joined with an empty node on each level.
  const rootOfOdd = (leaves: Uint8Array[], width: number): Uint8Array => {
    const whole = merkleRoot(leaves);
    return width <= 1 ? whole : hashUp(whole, Math.log2(width) - Math.ceil(Math.log2(leaves.length)));
  };
  const hashUp = (hash: Uint8Array, levels: number): Uint8Array => {
    let up = hash;
    for (let i = 0; i < levels; i++) up = inner(up, new Uint8Array(32));
    return up;
  };
  const inner = (left: Uint8Array, right: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(65);
    bytes[0] = 1;
    bytes.set(left, 1);
    bytes.set(right, 33);
    return blake(bytes);
  };

  it('is proven for every transaction of a recorded checkpoint', () => {
    expect(contents.transactions.length).toBe(5);
    contents.transactions.forEach((leaf, index) => {
      expect(verifyInclusion(checkpoint, { leaf, leafIndex: BigInt(index), path: pathOf(index) })).toBe(leaf);
    });
  });

  it('fails at another place, with a changed leaf, and with a path cut or grown', () => {
    const [leaf, other] = contents.transactions;
    const path = pathOf(0);
    for (const proof of [
      { leaf: leaf!, leafIndex: 1n, path },
      { leaf: other!, leafIndex: 0n, path },
      { leaf: leaf!, leafIndex: 8n, path },
      { leaf: leaf!, leafIndex: 0n, path: path.slice(1) },
      { leaf: leaf!, leafIndex: 0n, path: [...path, { kind: 'Empty' } as Node] },
    ]) {
      expect(() => verifyInclusion(checkpoint, proof)).toThrow(failure('notContained'));
    }
  });
});

describe('genesis', () => {
  const { bcs } = nodeDigests.objects.find(
    (entry: { object_type: string; case: string }) =>
      entry.object_type === 'SystemState' && entry.case === 'checkpoint 0',
  );
  const state = SomaObject.decode(fromHex(bcs));
  const transaction: TransactionData = {
    kind: { kind: 'Genesis', objects: [state] },
    sender: `0x${'0'.repeat(64)}` as never,
    gasPayment: [],
  };
  const bytes = TransactionData.encode(transaction);
  const summaryFor = (of: Uint8Array): CheckpointSummary => ({
    ...recordedAt(0).summary,
    contentDigest: parseDigest(
      merkleRoot([
        Uint8Array.of(32, ...digestBytes(transactionDigest(of)), 32, ...digestBytes(effectsDigest(effects))),
      ]),
    ),
  });
  const given = (of: Uint8Array) => {
    const summary = CheckpointSummary.encode(summaryFor(of));
    return { chainId: checkpointDigest(summary), summary, transaction: of, effectsDigest: effectsDigest(effects) };
  };

  it('gives the first committee from nothing but the chain identifier', () => {
    const trusted = trustGenesis(given(bytes));
    expect(trusted.committee).toEqual(committeeAt(0n));
    expect(trusted.checkpoint?.digest).toBe(given(bytes).chainId);
    expect(trustGenesis({ ...given(bytes), transaction }).committee).toEqual(committeeAt(0n));
  });

  it('fails with another chain, another transaction, or one without a SystemState', () => {
    expect(() => trustGenesis({ ...given(bytes), chainId: nodeDigests.chain.chain_id })).toThrow(failure('digest'));
    expect(() =>
      trustGenesis({ ...given(bytes), transaction: { ...transaction, kind: { kind: 'Genesis', objects: [] } } }),
    ).toThrow(failure('digest'));
    const empty = TransactionData.encode({ ...transaction, kind: { kind: 'Genesis', objects: [] } });
    expect(() => trustGenesis(given(empty))).toThrow(failure('malformed'));
    expect(() => trustGenesis({ ...given(bytes), chainId: nodeDigests.chain.short })).toThrow(
      expect.objectContaining({ code: 'INVALID_DIGEST' }),
    );
  });

  it('of the recorded chain is the recorded transaction', async () => {
    const [pair] = contentsOf(0).transactions;
    expect(pair?.transaction).toBe(nodeDigests.transactions[0].digest);
    expect(await sha256(Uint8Array.of(32, ...digestBytes(pair!.transaction), 32, ...digestBytes(pair!.effects)))).toBe(
      nodeDigests.checkpoints[0].contents.items_sha256,
    );
  });
});
