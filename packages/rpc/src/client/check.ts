import { invalidArgument } from '@somakit/core';

const U64 = 0xffff_ffff_ffff_ffffn;

/** @throws INVALID_ARGUMENT unless it is a bigint that fits 64 bits. */
export const checkU64 = (value: unknown, argument: string): bigint => {
  if (typeof value === 'bigint' && value >= 0n && value <= U64) return value;
  const hint = typeof value === 'number' ? `Write ${Number.isSafeInteger(value) ? value : 5}n.` : undefined;
  throw invalidArgument(argument, 'a bigint from 0 to 2^64-1', value, hint);
};

export const checkVersion = (version: unknown): bigint | undefined =>
  version === undefined ? undefined : checkU64(version, 'version');

/** A size in bytes, or a count: a number or bigint. @throws INVALID_ARGUMENT */
export const checkSize = (value: unknown, argument: string): bigint => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'bigint' && value >= 0n && value <= U64) return value;
  throw invalidArgument(argument, 'a whole number of bytes', value);
};

/** @throws INVALID_ARGUMENT */
export const checkCount = (value: unknown, argument: string, max: number): number | undefined => {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw invalidArgument(argument, `a whole number from 1 to ${max}`, value);
};
