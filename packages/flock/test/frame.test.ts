import captures from '@somakit/vectors/flock-captures.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestPerLink, frameOf, frameOfRecords } from '../src/index.js';

describe('tables', () => {
  // Also in browsers, where the calls over sockets are not made.
  for (const each of captures.flatten_cases) {
    it(`flattens ${each.id} as the DataFrame of the original`, () => {
      const frame = frameOf(each.input);
      expect([frame.columns, frame.cells(), frame.index, frame.dtypes]).toEqual([
        each.result.columns,
        each.result.rows,
        each.result.index,
        each.result.dtypes,
      ]);
    });
  }

  const frame = frameOf([
    { id: 3, name: 'b', data: { x: 1.5, tags: ['a', 'b'] } },
    { id: 1, name: null, data: { x: null } },
    { id: 2, name: 'a,"|<b>\n' },
  ]);

  it('writes comma separated values with quotes where they are needed', () => {
    expect(frame.toCsv()).toBe('id,name,data_x,data_tags\n3,b,1.5,"[""a"",""b""]"\n1,,,\n2,"a,""|<b>\n",,\n');
  });

  it('writes Markdown in which nothing of the content is markup', () => {
    expect(frame.toMarkdown().split('\n')).toEqual([
      '| id | name | data_x | data_tags |',
      '| ---: | --- | ---: | --- |',
      '| 3 | b | 1.5 | ["a","b"] |',
      '| 1 |  |  |  |',
      '| 2 | a,"\\|&lt;b>  |  |  |',
    ]);
  });

  it('prints aligned columns, and no control character of the content', () => {
    expect(
      frameOf([
        { n: 5, t: 'a\u001b[31m' },
        { n: 12, t: 'ü' },
      ]).toPretty(),
    ).toBe(' n  t\n──  ──────────\n 5  a\\u001b[31m\n12  ü'.replace('──────────', '─'.repeat(11)));
    expect(
      frameOf([{ t: 'x'.repeat(100) }])
        .toPretty({ maxCellWidth: 10 })
        .split('\n')[2],
    ).toBe(`${'x'.repeat(9)}…`);
    expect(String(frameOf([]))).toBe('\n');
  });

  it('gives rows, columns and JSON', () => {
    expect(frame.toRows()[1]).toEqual({ id: 1, name: null, data_x: null, data_tags: null });
    expect(frame.toColumns().id).toEqual([3, 1, 2]);
    expect(JSON.parse(JSON.stringify(frame))).toEqual(frame.toRows());
    expect(frame.column('data_x')).toEqual([1.5, null, null]);
    expect(() => frame.column('y')).toThrow(/one of id, name/);
  });

  it('keeps the numbers of rows when it sorts, selects and cuts', () => {
    expect(frame.sort('id').index).toEqual([1, 2, 0]);
    expect(frame.sort('name', { descending: true }).index).toEqual([0, 2, 1]);
    expect(frame.head(1).select(['name']).toRows()).toEqual([{ name: 'b' }]);
  });

  it('has a row for what is no object, and one for a missing value', () => {
    expect(frameOf([1, 'a']).toRows()).toEqual([{ value: 1 }, { value: 'a' }]);
    expect(frameOf(null).toRows()).toEqual([{ value: null }]);
  });

  it('holds names that every object has', () => {
    const rows = frameOf(JSON.parse('[{"__proto__": 1, "constructor": {"toString": 2}}]'));
    expect(rows.columns).toEqual(['__proto__', 'constructor_toString']);
    expect(rows.cells()).toEqual([[1, 2]]);
  });

  it('has the four columns of submissions even when there are none', () => {
    expect(bestPerLink([])).toMatchObject({
      columns: ['link', 'submission_phase_score', 'final_validation_score', 'submitted_at'],
      length: 0,
    });
  });

  it('takes a score of 0 for a score, and puts what has none last', () => {
    const subs = [null, 0, -999, 3].map((submission_phase_score, at) => ({ link: `l${at}`, submission_phase_score }));
    expect(bestPerLink(subs).column('submission_phase_score')).toEqual([3, 0, -999, null]);
    const lowest = bestPerLink(subs, { lowerIsBetter: true });
    expect(lowest.column('submission_phase_score')).toEqual([-999, 0, 3, null]);
  });

  it('keeps the order of equal rows', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 3 })), { maxLength: 60 }), (keys) => {
        const sorted = frameOfRecords(
          keys.map((key) => ({ key })),
          ['key'],
        ).sort('key', { descending: true });
        const at = (row: number) => keys[sorted.index[row]!] ?? Number.NEGATIVE_INFINITY;
        for (let row = 1; row < keys.length; row++) {
          expect(
            at(row - 1) > at(row) || (at(row - 1) === at(row) && sorted.index[row - 1]! < sorted.index[row]!),
          ).toBe(true);
        }
      }),
    );
  });

  it('has every cell of the records that it was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c_d'), fc.jsonValue())), (records) => {
        const made = frameOfRecords(records as never);
        for (const [row, record] of records.entries()) {
          for (const [name, value] of Object.entries(record)) expect(made.column(name)[row]).toEqual(value);
        }
      }),
    );
  });
});
