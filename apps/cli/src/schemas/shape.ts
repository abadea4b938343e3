import { z } from 'zod';

/** The shapes of one file, by the `schema` that they begin with: `name/version`. */
export type Shapes = Readonly<Record<`${string}/${number}`, z.ZodObject>>;

/** u64 and wider: decimal text, which loses nothing in any language. */
export const u64 = z
  .string()
  .regex(/^(0|[1-9]\d*)$/)
  .meta({ id: 'u64', description: 'An unsigned integer as decimal text.' });

/** A change of a balance: like u64, but may be below zero. */
export const i128 = z
  .string()
  .regex(/^(0|-?[1-9]\d*)$/)
  .meta({ id: 'i128', description: 'An integer as decimal text.' });

/** An address or an object id. */
export const id = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .meta({ id: 'id', description: 'An address or an object id: 0x and 64 lower-case hex digits.' });

/** A digest, checksum or key: 32 bytes. */
export const digest = z
  .string()
  .regex(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/)
  .meta({ id: 'digest', description: '32 bytes in Base58.' });

/** Milliseconds, counts and sizes that fit a number. */
export const count = z.int().min(0);

/** A number from a service of somebody else: text when it does not fit a double. */
export const number = z.union([z.number(), i128]);
