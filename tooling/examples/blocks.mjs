/** The line of a position in a text, from 1. */
export const lineOf = (text, index) => text.slice(0, index).split('\n').length;

// A comment in front of a block, which readers of the page do not see, says what it must print, or why it is not run.
const BLOCK = /(?:<!-- (not run|prints): ([^\n]*?) -->\n+)?^```ts\n([\s\S]*?)^```/gm;

/**
 * The ```ts blocks of a README.
 * @param {string} text
 */
export const readmeBlocks = (text) =>
  [...text.matchAll(BLOCK)].map(({ 0: all, 1: mark, 2: value, 3: code, index }) => ({
    code,
    line: lineOf(text, index + all.indexOf('```ts')),
    notRun: mark === 'not run' ? value : undefined,
    prints: mark === 'prints' ? value : undefined,
  }));
