import { randomInt } from 'node:crypto';
import { SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A text cannot be a key's alias. */
    INVALID_ALIAS: { readonly expected: string; readonly received: unknown };
  }
}

const ALIAS = /^[A-Za-z][A-Za-z0-9-_.]*$/;
const EXPECTED = 'a letter, followed by letters, digits, hyphens, underscores and points';

/** Whether the official programs take the text as an alias. Source: `soma-keys`, the alias rule. */
export const isAlias = (value: unknown): value is string => typeof value === 'string' && ALIAS.test(value);

/** @throws INVALID_ALIAS */
export const checkAlias = (value: unknown): string => {
  if (isAlias(value)) return value;
  // Somebody may have put a key or a mnemonic in the wrong place: only short texts without blanks are shown.
  const received = typeof value === 'string' && value.length <= 24 && !/\s/.test(value) ? value : typeof value;
  throw new SomaKitError('INVALID_ALIAS', `An alias must be ${EXPECTED}.`, {
    context: { expected: EXPECTED, received },
  });
};

const ADJECTIVES =
  'able airy amber bold brave bright brisk calm candid clear clever cosy crisp deft eager early easy fair fond frank fresh gentle glad grand happy hardy honest humble jolly keen kind lively loyal lucid lucky mellow merry mild modest neat nimble noble plain polite proud quick quiet ready robust rosy serene sharp shy sleek smart smooth snug sober steady sunny swift tidy vivid warm'.split(
    ' ',
  );
const STONES =
  'agate alabaster amazonite amethyst ametrine andesite aquamarine aventurine azurite basalt beryl bloodstone calcite carnelian celestine chalcedony chalk chert citrine coral danburite diamond diorite dolomite emerald feldspar flint fluorite gabbro garnet gneiss granite gypsum hematite howlite iolite jade jasper kunzite kyanite lapis larimar limestone malachite marble moonstone morganite obsidian onyx opal pearl peridot pumice pyrite quartz ruby sapphire slate spinel sunstone topaz tourmaline turquoise zircon'.split(
    ' ',
  );

const name = (pick: (turn: number, size: number) => number, taken: ReadonlySet<string>): string => {
  let alias = '';
  for (let turn = 0; turn < 15; turn++) {
    alias = `${ADJECTIVES[pick(2 * turn, ADJECTIVES.length)]}-${STONES[pick(2 * turn + 1, STONES.length)]}`;
    if (!taken.has(alias)) return alias;
  }
  // Thousands of keys, or the words all used up.
  let number = 2;
  while (taken.has(`${alias}-${number}`)) number++;
  return `${alias}-${number}`;
};

/** A random alias of an adjective and a stone that nobody has yet. */
export const randomAlias = (taken: ReadonlySet<string>): string => name((_, size) => randomInt(size), taken);

/** The alias of a key whose alias file is missing: always the same for the same address. */
export const aliasOfAddress = (address: Uint8Array, taken: ReadonlySet<string>): string =>
  name((turn, size) => (address[turn % address.length] ?? 0) % size, taken);
