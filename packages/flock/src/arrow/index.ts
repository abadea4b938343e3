import { stringifyJson } from '@somakit/core';
import { Bool, Float64, type Table, tableFromArrays, Utf8, vectorFromArray } from 'apache-arrow';
import type { Cell, Frame } from '../frame/index.js';

const textOf = (cell: Cell): string | null =>
  cell === null || typeof cell === 'string' ? cell : stringifyJson(cell, { bigint: 'number' });

/**
 * The frame as a table of Apache Arrow (`apache-arrow` is an optional peer, 18 or newer): texts become Utf8, numbers
 * Float64, booleans Bool, all else JSON text in Utf8. Nulls stay nulls; the types are set, because Arrow's guesses lose columns.
 *
 * @example
 * import { createFlockClient } from '@somakit/flock';
 * import { toArrow } from '@somakit/flock/arrow';
 * const table = toArrow(await createFlockClient().finalizedTasks({ as: 'frame' }));
 * console.log(table.numRows, table.getChild('title')?.get(0)); // tableToIPC(table, 'stream') of apache-arrow is what polars reads
 */
export const toArrow = (frame: Frame): Table => {
  const columns = frame.columns.map((name) => {
    const cells = frame.column(name);
    const dtype = frame.dtypes[name];
    if (dtype === 'int64' || dtype === 'float64')
      return [name, vectorFromArray(cells as (number | null)[], new Float64())];
    const booleans =
      cells.some((cell) => cell !== null) && cells.every((cell) => cell === null || typeof cell === 'boolean');
    if (booleans) return [name, vectorFromArray(cells as (boolean | null)[], new Bool())];
    return [name, vectorFromArray(cells.map(textOf), new Utf8())];
  });
  return tableFromArrays(Object.fromEntries(columns)) as unknown as Table;
};
