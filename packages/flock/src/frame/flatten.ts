import type { JsonValue } from '../types.js';

/** A cell: null where the row has no value. Lists and objects stay as they are. */
export type Cell = JsonValue;

type Plain = Readonly<Record<string, Cell>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The columns of one record, as `pandas.json_normalize(record, max_level=1, sep='_')` has them: the members of an
 * object become `name_member` columns after all others, an empty object becomes none, what lies deeper stays one cell. A
 * flattened value takes the place of a plain one of the same name.
 */
export const flattenRecord = (record: Plain): Map<string, Cell> => {
  const cells = new Map<string, Cell>();
  for (const [name, value] of Object.entries(record)) if (!isPlain(value)) cells.set(name, value ?? null);
  for (const [name, value] of Object.entries(record)) {
    if (!isPlain(value)) continue;
    for (const [member, inner] of Object.entries(value)) cells.set(`${name}_${member}`, inner ?? null);
  }
  return cells;
};

/** The rows of any JSON: one for an object, one for each element of a list. Elements that are no objects get the column `value`. */
export const recordsOf = (value: unknown): readonly Plain[] =>
  Array.isArray(value)
    ? value.map((each) => (isPlain(each) ? each : { value: each }))
    : [isPlain(value) ? value : { value: (value ?? null) as Cell }];
