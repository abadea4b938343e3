import * as arrow from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { frameOf, toArrow } from '../src/index.js';

describe('frames as tables of Apache Arrow', () => {
  it('keeps every column, every null and every row, over its own stream too', () => {
    const frame = frameOf([
      { id: 7, title: 'ü', final_link: null, open: true, data: { max_params: 15e9, list: [[], [1]] } },
      { id: 8, title: null, final_link: null, open: null, data: { max_params: null } },
    ]);
    for (const table of [
      toArrow<arrow.Table>(frame, arrow),
      arrow.tableFromIPC(arrow.tableToIPC(toArrow<arrow.Table>(frame, arrow), 'stream')),
    ]) {
      expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
        'id Float64',
        'title Utf8',
        'final_link Utf8',
        'open Bool',
        'data_max_params Float64',
        'data_list Utf8',
      ]);
      expect(table.toArray().map((row) => row.toJSON())).toEqual([
        { id: 7, title: 'ü', final_link: null, open: true, data_max_params: 15e9, data_list: '[[],[1]]' },
        { id: 8, title: null, final_link: null, open: null, data_max_params: null, data_list: null },
      ]);
    }
  });
});
