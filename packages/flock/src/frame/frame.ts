import { invalidArgument } from '@somakit/core';
import { type Dtype, dtypeOf } from './dtypes.js';
import { type Cell, flattenRecord, recordsOf } from './flatten.js';
import { printCsv, printMarkdown, printPretty } from './print.js';

/** A table: named columns of equal length, without dependencies. It never changes; methods give new tables. */
export interface Frame {
  readonly columns: readonly string[];
  readonly dtypes: Readonly<Record<string, Dtype>>;
  /** The number of each row in the answer that the table was made of. */
  readonly index: readonly number[];
  /** How many rows. */
  readonly length: number;
  /** The cells of one column. @throws INVALID_ARGUMENT when there is none of that name. */
  column(name: string): readonly Cell[];
  /** The cells row by row, in the order of `columns`. */
  cells(): readonly (readonly Cell[])[];
  /** The rows as records. A missing value is null. */
  toRows(): Record<string, Cell>[];
  /** The columns as lists by name: what most table libraries read. */
  toColumns(): Record<string, readonly Cell[]>;
  /** Only these columns, in this order. @throws INVALID_ARGUMENT */
  select(columns: readonly string[]): Frame;
  /** Rows in the order of one column, nulls last, equal ones in their old order. @throws INVALID_ARGUMENT */
  sort(column: string, options?: { readonly descending?: boolean | undefined }): Frame;
  /** The first row of each value of one column. @throws INVALID_ARGUMENT */
  unique(column: string): Frame;
  /** The first `count` rows. */
  head(count: number): Frame;
  /** Comma separated values with a header line; null is empty, lists and objects are JSON. */
  toCsv(): string;
  /** A table of GitHub's Markdown. */
  toMarkdown(): string;
  /** Aligned for a terminal; control characters are made visible. Long cells are cut at `maxCellWidth` (default 60). */
  toPretty(options?: { readonly maxCellWidth?: number | undefined }): string;
  /** The rows, for `JSON.stringify`. */
  toJSON(): Record<string, Cell>[];
  toString(): string;
}

const compare = (a: Cell, b: Cell): number => {
  const numeric = (cell: Cell) => typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean';
  if (numeric(a) && numeric(b)) return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
  if (numeric(a) !== numeric(b)) return numeric(a) ? -1 : 1;
  const left = String(a);
  const right = String(b);
  return left < right ? -1 : left > right ? 1 : 0;
};

const makeFrame = (
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  index: readonly number[],
  // Of the whole answer: a column keeps its type when rows are taken away.
  typesOf: () => Readonly<Record<string, Dtype>>,
): Frame => {
  const positionOf = (name: string): number => {
    const at = columns.indexOf(name);
    if (at < 0) throw invalidArgument('column', `one of ${columns.join(', ') || '(none)'}`, name);
    return at;
  };
  const cellsOf = (at: number) => rows.map((row) => row[at]!);
  const pick = (order: readonly number[]) =>
    makeFrame(
      columns,
      order.map((at) => rows[at]!),
      order.map((at) => index[at]!),
      typesOf,
    );
  const right = () => columns.map((name) => /64$/.test(typesOf()[name]!));
  const toRows = () => rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]!])));
  const toPretty: Frame['toPretty'] = ({ maxCellWidth = 60 } = {}) => printPretty(columns, rows, right(), maxCellWidth);

  return {
    columns,
    get dtypes() {
      return typesOf();
    },
    index,
    length: rows.length,
    column: (name) => cellsOf(positionOf(name)),
    cells: () => rows,
    toRows,
    toColumns: () => Object.fromEntries(columns.map((name, at) => [name, cellsOf(at)])),
    select: (names) => {
      const positions = names.map(positionOf);
      return makeFrame(
        names,
        rows.map((row) => positions.map((at) => row[at]!)),
        index,
        () => Object.fromEntries(names.map((name) => [name, typesOf()[name]!])),
      );
    },
    sort: (column, { descending = false } = {}) => {
      const keys = cellsOf(positionOf(column));
      const order = rows.map((_, at) => at);
      order.sort((a, b) => {
        const left = keys[a]!;
        const other = keys[b]!;
        if (left === null || other === null) return Number(left === null) - Number(other === null);
        return descending ? compare(other, left) : compare(left, other);
      });
      return pick(order);
    },
    unique: (column) => {
      const keys = cellsOf(positionOf(column));
      const seen = new Set<Cell>();
      return pick(
        rows.flatMap((_, at) => {
          if (seen.has(keys[at]!)) return [];
          seen.add(keys[at]!);
          return [at];
        }),
      );
    },
    head: (count) => pick(rows.slice(0, Math.max(0, count)).map((_, at) => at)),
    toCsv: () => printCsv(columns, rows),
    toMarkdown: () => printMarkdown(columns, rows, right()),
    toPretty,
    toJSON: toRows,
    toString: () => toPretty(),
  };
};

/** A table of plain records, without flattening. `columns` chooses them; default: all, in the order of first appearance. */
export const frameOfRecords = (
  records: readonly Readonly<Record<string, Cell | undefined>>[],
  columns?: readonly string[],
): Frame =>
  frameOfMaps(
    records.map((record) => new Map(Object.entries(record).map(([k, v]) => [k, v ?? null]))),
    columns,
  );

const frameOfMaps = (records: readonly ReadonlyMap<string, Cell>[], columns?: readonly string[]): Frame => {
  const names = columns ?? [...new Set(records.flatMap((record) => [...record.keys()]))];
  const rows = records.map((record) => names.map((name) => record.get(name) ?? null));
  let types: Record<string, Dtype> | undefined;
  const typesOf = () => {
    types ??= Object.fromEntries(
      names.map((name, at) => [
        name,
        dtypeOf(
          rows.map((row) => row[at]!),
          records.some((record) => !record.has(name)),
        ),
      ]),
    );
    return types;
  };
  return makeFrame(
    names,
    rows,
    records.map((_, at) => at),
    typesOf,
  );
};

/**
 * A table of any JSON answer, as flocky's DataFrame has it: one row for an object or for each element of a list, the
 * members of an object become `name_member` columns (`data_max_params`), deeper objects and lists stay one cell, and a
 * missing value is null.
 *
 * @example
 * import { frameOf } from '@somakit/flock';
 * frameOf([{ id: 7, data: { max_params: 15e9 } }]).columns; // ['id', 'data_max_params']
 */
export const frameOf = (value: unknown): Frame => frameOfMaps(recordsOf(value).map(flattenRecord));

const SUBMISSION_COLUMNS = ['link', 'submission_phase_score', 'final_validation_score', 'submitted_at'] as const;

/**
 * The best submission of each link, best score first, as flocky's `get_subs(as_df=True)`. The service does not say which
 * direction is better: losses want `lowerIsBetter`.
 */
export const bestPerLink = (
  submissions: readonly object[],
  { lowerIsBetter = false }: { readonly lowerIsBetter?: boolean | undefined } = {},
): Frame =>
  frameOfRecords(submissions as readonly Record<string, Cell>[], SUBMISSION_COLUMNS)
    .sort('submission_phase_score', { descending: !lowerIsBetter })
    .unique('link');
