import type { CheckpointSummary, TransactionData, TransactionEffects } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { describe, expectTypeOf, it } from 'vitest';
import type { Rpc } from '../../src/client/create-rpc.js';
import type { CheckpointFields, ExecutedFields, ObjectFields, TargetFields } from '../../src/masks/fields.js';
import type { MaskPath, Selected } from '../../src/masks/types.js';

/** Never runs: what is below is checked by the compiler alone. */
declare const rpc: Rpc;
const compiled = (_check: () => unknown) => {};

describe('read masks', () => {
  it('leave unselected fields out of the result', () => {
    type Result = Selected<ObjectFields, 'objectId' | 'version'>;
    expectTypeOf<keyof Result>().toEqualTypeOf<'objectId' | 'version'>();
    compiled(async () => {
      const object = await rpc.getObject({ objectId: '0x5', readMask: ['version'] });
      expectTypeOf(object.version).toEqualTypeOf<bigint>();
      // @ts-expect-error the owner was not asked for
      return object.owner;
    });
  });

  it('refuse paths that do not exist', () => {
    compiled(() => [
      // @ts-expect-error no such field
      rpc.getObject({ objectId: '0x5', readMask: ['nope'] }),
      // @ts-expect-error nothing below a plain field
      rpc.getObject({ objectId: '0x5', readMask: ['owner.address'] }),
      // @ts-expect-error not a field of effects
      rpc.getTransaction({ digest: '', readMask: ['effects.nope'] }),
      // @ts-expect-error reads of transactions have no objects
      rpc.getTransaction({ digest: '', readMask: ['objects'] }),
      // @ts-expect-error the digest inside is wrong in the reference's replies, so it cannot be asked for
      rpc.getTransaction({ digest: '', readMask: ['transaction.digest'] }),
      // @ts-expect-error a simulation has no checkpoint
      rpc.simulateTransaction({ transaction: new Uint8Array(), readMask: ['checkpoint'] }),
    ]);
    expectTypeOf<'winningModelId'>().toExtend<MaskPath<TargetFields>>();
    expectTypeOf<'transactions.objects.objects.digest'>().toExtend<MaskPath<CheckpointFields>>();
  });

  it('give whole messages the types of the chain', () => {
    type Result = Selected<ExecutedFields, 'digest' | 'effects' | 'transaction'>;
    expectTypeOf<Result['effects']>().toEqualTypeOf<TransactionEffects>();
    expectTypeOf<Result['transaction']>().toEqualTypeOf<TransactionData>();
    expectTypeOf<Result['digest']>().toEqualTypeOf<Digest>();
  });

  it('give parts of messages their fields', () => {
    type Result = Selected<ExecutedFields, 'effects.epoch' | 'transaction.sender' | 'checkpoint'>;
    expectTypeOf<keyof Result['effects']>().toEqualTypeOf<'epoch'>();
    expectTypeOf<keyof Result['transaction']>().toEqualTypeOf<'sender'>();
    expectTypeOf<Result['checkpoint']>().toEqualTypeOf<bigint | undefined>();
  });

  it('let a path swallow its sub-paths', () => {
    type Result = Selected<
      CheckpointFields,
      'summary' | 'summary.epoch' | 'objects.objects.objectId' | 'transactions.digest'
    >;
    expectTypeOf<Result['summary']>().toEqualTypeOf<CheckpointSummary>();
    expectTypeOf<Result['objects'][number]>().toEqualTypeOf<{ readonly objectId: ObjectId }>();
    expectTypeOf<Result['transactions'][number]>().toEqualTypeOf<{ readonly digest: Digest }>();
  });

  it('give everything for a star', () => {
    expectTypeOf<keyof Selected<TargetFields, '*'>>().toEqualTypeOf<keyof TargetFields>();
    compiled(async () => {
      for await (const target of rpc.targets({ readMask: ['id', 'submitter'] })) {
        expectTypeOf(target.id).toEqualTypeOf<ObjectId>();
        // @ts-expect-error not asked for
        target.embedding;
      }
      const [first] = await rpc.batchGetObjects({ objects: ['0x5'], readMask: ['digest'] });
      if (first?.ok) expectTypeOf(first.value).toEqualTypeOf<{ readonly digest: Digest }>();
    });
  });
});
