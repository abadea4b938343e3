import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlab } from '../src/store/slab.js';

describe('a slab', () => {
  it('gives every row back that was not removed, whatever comes and goes', () => {
    const step = fc.oneof(
      fc.record({ add: fc.uint8Array({ maxLength: 64 }) }),
      fc.record({ big: fc.integer({ min: 400_000, max: 1_500_000 }) }),
      fc.record({ remove: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const slab = createSlab();
        const rows: [number, Uint8Array][] = [];
        for (const each of steps) {
          if ('remove' in each) {
            const [gone] = rows.splice(each.remove % Math.max(1, rows.length), 1);
            if (gone !== undefined) slab.remove(gone[0]);
          } else {
            const row = 'add' in each ? each.add : new Uint8Array(each.big).fill(rows.length + 1);
            rows.push([slab.add(row), row]);
          }
        }
        for (const [place, row] of rows) {
          const found = slab.get(place);
          if (found.length !== row.length || found.some((byte, i) => byte !== row[i])) return false;
        }
        return true;
      }),
      { numRuns: 30 },
    );
    expect.assertions(0);
  });
});
