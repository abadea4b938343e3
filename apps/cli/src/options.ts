import { isError, parseSoma } from '@somakit/core';
import { type Command, InvalidArgumentError } from 'commander';

/** Readers of option values, and options that several commands share. */
export const count = (text: string): number => {
  const value = Number(text.replaceAll('_', ''));
  if (!/^[\d_]+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be 0, 1, 2, ...');
  return value;
};

export const positive = (text: string): number => {
  const value = count(text);
  if (value === 0) throw new InvalidArgumentError('It must be 1 or more.');
  return value;
};

export const list = (text: string, before: readonly string[]): readonly string[] => [...before, text];

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A span in seconds: `86400`, `12h`, `30d`. A bare number counts units of `unit`. */
const span =
  (unit: string) =>
  (text: string): number => {
    const [, number, name = unit] = /^(\d+(?:\.\d+)?)([smhdw])?$/.exec(text) ?? [];
    if (number === undefined) throw new InvalidArgumentError('It must be a span such as 12h or 30d.');
    return Number(number) * SECONDS[name]!;
  };

export const seconds = span('s');
export const days = (text: string): number => span('d')(text) / 86_400;

/** SOMA as decimal text, in shannons. */
export const soma = (text: string): bigint => {
  try {
    return parseSoma(text);
  } catch (error) {
    if (!isError(error)) throw error;
    throw new InvalidArgumentError('It must be SOMA such as 1.5, with at most 9 decimals.');
  }
};

/** More than nothing. */
export const someSoma = (text: string): bigint => {
  const amount = soma(text);
  if (amount === 0n) throw new InvalidArgumentError('It must be more than 0.');
  return amount;
};

/** One of some words. */
export const choice =
  (words: readonly string[]) =>
  (text: string): string => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`It must be ${words.join(' or ')}.`);
  };

export const yesOption = (command: Command): Command => command.option('-y, --yes', 'do not ask');
export const dryRunOption = (command: Command): Command =>
  command.option('--dry-run', 'show what would happen and do nothing');
