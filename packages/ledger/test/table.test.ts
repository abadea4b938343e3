import { parseObjectId } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectTable } from '../src/execution/table.js';

describe('a table of objects', () => {
  it('holds what a Map would hold, in its order, however many there are', () => {
    const step = fc.record({ id: fc.nat({ max: 15 }), remove: fc.boolean(), value: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new ObjectTable<{
          readonly objectId: ReturnType<typeof parseObjectId>;
          readonly value: number;
        }>();
        const map = new Map<string, number>();
        for (const { id, remove, value } of steps) {
          const objectId = parseObjectId(`0x${id}`);
          if (remove) {
            table.delete(objectId);
            map.delete(objectId);
          } else {
            table.put({ objectId, value });
            map.set(objectId, value);
          }
          expect(table.size).toBe(map.size);
          expect(table.get(objectId)?.value).toBe(map.get(objectId));
          expect(table.has(objectId)).toBe(map.has(objectId));
        }
        const list = Array.from({ length: table.size }, (_, i) => table.at(i));
        expect(list.map(({ objectId, value }) => [objectId, value])).toEqual([...map]);
      }),
      { numRuns: 500 },
    );
  });
});
