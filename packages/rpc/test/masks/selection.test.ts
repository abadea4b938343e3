import { isError } from '@somakit/core';
import { describe, expect, it } from 'vitest';
import { FULL_CHECKPOINT_MASK, prepareMask, prepareTransactionMask } from '../../src/client/masks.js';
import { maskOf, selectionOf } from '../../src/masks/selection.js';

describe('masks on the wire', () => {
  it('are snake case, in the order given', () => {
    expect(maskOf(['objectId', 'previousTransaction', 'effects.lamportVersion']).paths).toEqual([
      'object_id',
      'previous_transaction',
      'effects.lamport_version',
    ]);
  });

  it('understand the spelling of the wire too', () => {
    const { wire, selection } = prepareMask(['object_id', 'first_checkpoint']);
    expect(wire.paths).toEqual(['object_id', 'first_checkpoint']);
    expect([...(selection as Map<string, unknown>).keys()]).toEqual(['objectId', 'firstCheckpoint']);
  });

  it("ask for an object's type beside its contents, and for none beside a checkpoint's", () => {
    expect(prepareMask(['contents']).wire.paths).toEqual(['contents', 'object_type']);
    expect(prepareMask(['contents', 'objects.objects.contents'], 'checkpoint').wire.paths).toEqual([
      'contents',
      'objects.objects.contents',
      'objects.objects.object_type',
    ]);
    expect(prepareMask(FULL_CHECKPOINT_MASK, 'checkpoint').wire.paths).not.toContain('object_type');
  });

  it('refuse what is no list of paths', () => {
    for (const bad of [[''], [5], 'digest', undefined]) {
      try {
        maskOf(bad as never);
        expect.unreachable();
      } catch (error) {
        expect(isError(error, 'INVALID_ARGUMENT')).toBe(true);
      }
    }
  });

  it('ask for the type of an object whose contents are wanted', () => {
    expect(prepareMask(['contents']).wire.paths).toEqual(['contents', 'object_type']);
    expect(prepareMask(['objects.objects.contents']).wire.paths).toEqual([
      'objects.objects.contents',
      'objects.objects.object_type',
    ]);
  });

  it('let a path swallow its sub-paths in any order', () => {
    expect(selectionOf(['effects', 'effects.status'])).toEqual(new Map([['effects', true]]));
    expect(selectionOf(['effects.status', 'effects'])).toEqual(new Map([['effects', true]]));
    expect(selectionOf(['digest', '*'])).toBe(true);
  });
});

describe('masks of transactions', () => {
  it('never ask for the digest inside, which takes the reference down', () => {
    for (const readMask of [['*'], ['transaction'], ['digest', 'transaction', 'effects']]) {
      for (const use of ['read', 'submit', 'simulate'] as const) {
        const { paths } = prepareTransactionMask(readMask, use).wire;
        expect(paths).not.toContain('*');
        expect(paths.some((path) => /(^|\.)transaction$|transaction\.digest$/.test(path))).toBe(false);
      }
    }
  });

  it('ask a submission for no digest at all', () => {
    expect(prepareTransactionMask(['digest', 'effects'], 'submit').wire.paths).toEqual(['effects']);
    expect(prepareTransactionMask(['digest', 'effects'], 'read').wire.paths).toEqual(['digest', 'effects']);
  });

  it('begin at the response for a simulation', () => {
    expect(prepareTransactionMask(['effects', 'balanceChanges'], 'simulate').wire.paths).toEqual([
      'transaction.effects',
      'transaction.balance_changes',
    ]);
  });
});
