import { invalidArgument } from '@somakit/core';

/** What a mask selects of a message: everything, or some fields and what of them. */
export type Selection = true | ReadonlyMap<string, Selection>;

/** A mask as a tree. A path swallows its sub-paths, in any order. */
export const selectionOf = (paths: readonly string[]): Selection => {
  if (paths.includes('*')) return true;
  const root = new Map<string, Selection>();
  for (const path of paths) {
    let node = root;
    const names = path.split('.');
    for (const [index, name] of names.entries()) {
      const found = node.get(name);
      if (found === true) break;
      if (index === names.length - 1) node.set(name, true);
      else if (found === undefined) {
        const next = new Map<string, Selection>();
        node.set(name, next);
        node = next;
      } else node = found as Map<string, Selection>;
    }
  }
  return root;
};

export const below = (selection: Selection, name: string): Selection | undefined =>
  selection === true ? true : selection.get(name);

/** `*` beside the fields of a message: for messages of which the server cannot give all at once. */
export const expand = (paths: readonly string[], all: readonly string[]): readonly string[] =>
  paths.includes('*') ? all : paths;

const snake = (path: string): string => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The mask as the wire has it: snake_case, in the order given. @throws INVALID_ARGUMENT */
export const maskOf = (paths: readonly string[]): { readonly paths: string[] } => {
  if (!Array.isArray(paths) || paths.some((path) => typeof path !== 'string' || path === '')) {
    throw invalidArgument('readMask', 'a list of field paths', paths);
  }
  return { paths: paths.map(snake) };
};

/** Paths as the wire spells them are understood too: lower camel case is what results have. */
export const camelPaths = (paths: readonly string[]): string[] =>
  paths.map((path) => path.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()));
