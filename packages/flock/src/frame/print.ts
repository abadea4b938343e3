import { stringifyJson } from '@somakit/core';
import type { Cell } from './flatten.js';

/** A cell as text: nothing for null, JSON for lists and objects. */
const cellText = (cell: Cell): string => {
  if (cell === null) return '';
  if (typeof cell === 'object') return stringifyJson(cell, { bigint: 'number' });
  return String(cell);
};

// What a server sends must not steer the terminal that shows it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const visible = (text: string): string =>
  text.replace(CONTROL, (sign) => {
    if (sign === '\n') return '\\n';
    if (sign === '\r') return '\\r';
    if (sign === '\t') return '\\t';
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });

const shorten = (text: string, width: number): string => {
  const signs = [...text];
  return signs.length <= width ? text : `${signs.slice(0, Math.max(1, width - 1)).join('')}…`;
};

const csvField = (text: string): string => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Rows of comma separated values (RFC 4180), lines ended by `\n`. */
export const printCsv = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [columns, ...rows.map((row) => row.map(cellText))].map((row) => `${row.map(csvField).join(',')}\n`).join('');

const markdownField = (text: string): string =>
  visible(text.replace(/\r\n?|\n/g, ' '))
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;');

/** A table of GitHub's Markdown. */
export const printMarkdown = (
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  right: readonly boolean[],
): string => {
  const line = (fields: readonly string[]) => `| ${fields.join(' | ')} |`;
  return [
    line(columns.map(markdownField)),
    line(columns.map((_, at) => (right[at] ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((cell) => markdownField(cellText(cell))))),
  ].join('\n');
};

/** Aligned columns for a terminal. */
export const printPretty = (
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  right: readonly boolean[],
  maxCellWidth: number,
): string => {
  const texts = [columns, ...rows.map((row) => row.map(cellText))].map((row) =>
    row.map((text) => shorten(visible(text), maxCellWidth)),
  );
  const widths = columns.map((_, at) => texts.reduce((width, row) => Math.max(width, [...row[at]!].length), 0));
  const pad = (text: string, at: number) => {
    const fill = ' '.repeat(widths[at]! - [...text].length);
    return right[at] ? fill + text : text + fill;
  };
  const lines = texts.map((row) => row.map(pad).join('  ').trimEnd());
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return lines.join('\n');
};
