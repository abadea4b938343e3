import { stringifyJson } from '@somakit/core';
import type { Cell } from './flatten.js';
import type { Frame } from './frame.js';

/** What is used of the module `apache-arrow`, 18 or newer. It is handed in, so that nobody else has to install it. */
export interface ArrowModule {
  readonly Utf8: new () => object;
  readonly Float64: new () => object;
  readonly Bool: new () => object;
  vectorFromArray(values: never, type: never): unknown;
  tableFromArrays(columns: never): unknown;
}

const textOf = (cell: Cell): string | null =>
  cell === null || typeof cell === 'string' ? cell : stringifyJson(cell, { bigint: 'number' });

/**
 * The frame as a table of Apache Arrow: texts become Utf8, numbers Float64, booleans Bool, all else JSON text in Utf8.
 * Nulls stay nulls. The types are set, because Arrow's own guesses lose columns and nulls. Name the result's type: `toArrow<Table>(...)`.
 *
 * @example
 * import { type ArrowModule, createFlockClient, toArrow } from '@somakit/flock';
 * const tableOf = async <Table>(arrow: ArrowModule) => // import * as arrow from 'apache-arrow'
 *   toArrow<Table>(await createFlockClient().finalizedTasks({ as: 'frame' }), arrow);
 */
export const toArrow = <T = unknown>(frame: Frame, arrow: ArrowModule): T => {
  const columns = frame.columns.map((name) => {
    const cells = frame.column(name);
    const filled = cells.filter((cell) => cell !== null);
    const all = (type: string) => filled.length > 0 && filled.every((cell) => typeof cell === type);
    const [type, values] = all('number')
      ? [new arrow.Float64(), cells]
      : all('boolean')
        ? [new arrow.Bool(), cells]
        : [new arrow.Utf8(), cells.map(textOf)];
    return [name, arrow.vectorFromArray(values as never, type as never)];
  });
  return arrow.tableFromArrays(Object.fromEntries(columns) as never) as T;
};
