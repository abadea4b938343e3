import type { Cell } from './flatten.js';

/** The type of a column, by the names that pandas gives: `object` is everything without one type. */
export type Dtype = 'str' | 'int64' | 'float64' | 'bool' | 'object';

/**
 * The type that pandas would choose; `hasMissing`: some row has no such member, which is not the same as null there.
 * JSON does not tell `2.0` from `2` here, so whole floats count as integers.
 */
export const dtypeOf = (cells: readonly Cell[], hasMissing: boolean): Dtype => {
  let texts = 0;
  let numbers = 0;
  let whole = 0;
  let booleans = 0;
  let gaps = 0;
  for (const cell of cells) {
    if (cell === null) gaps++;
    else if (typeof cell === 'string') texts++;
    else if (typeof cell === 'boolean') booleans++;
    else if (typeof cell === 'bigint') return 'object';
    else if (typeof cell === 'number') {
      numbers++;
      if (Number.isInteger(cell)) whole++;
    } else return 'object';
  }
  const filled = cells.length - gaps;
  if (filled === 0) return hasMissing ? 'float64' : 'object';
  if (texts === filled) return 'str';
  if (booleans === filled) return gaps === 0 ? 'bool' : 'object';
  if (numbers === filled) return whole === filled && gaps === 0 ? 'int64' : 'float64';
  return 'object';
};
