import { visible } from './text.js';

const NO_LINES = Object.fromEntries(
  [
    'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right',
    'left left-mid mid mid-mid right right-mid',
  ].flatMap((names) => names.split(' ').map((name) => [name, ''])),
);

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => string;
  readonly right?: boolean | undefined;
}

const print = async (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly boolean[],
): Promise<string> => {
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: [...head],
    chars: { ...NO_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: right.map((each) => (each ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map(visible)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

/** Rows in aligned columns. */
export const printTable = <T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  bold: (text: string) => string,
): Promise<string> =>
  print(
    columns.map(({ title }) => bold(title)),
    rows.map((row) => columns.map(({ cell }) => cell(row))),
    columns.map(({ right = false }) => right),
  );

/** Names and values of one thing. */
export const printFields = (
  fields: readonly (readonly [string, string])[],
  bold: (text: string) => string,
): Promise<string> =>
  print(
    [],
    fields.map(([name, value]) => [name, value]),
    [false, false],
  ).then((text) =>
    text
      .split('\n')
      .map((line, i) => {
        const name = fields[i]?.[0];
        return name !== undefined && line.startsWith(name) ? bold(name) + line.slice(name.length) : line;
      })
      .join('\n'),
  );
