import { U64_MAX } from '@somakit/core';

/** One whole in basis points. */
export const BPS_DENOMINATOR = 10_000n;

/** The low 64 bits: what the reference's unsigned arithmetic keeps on overflow and below zero. */
export const wrapU64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** `value`, held between 0 and 2^64 - 1. */
export const saturateU64 = (value: bigint): bigint => (value < 0n ? 0n : value > U64_MAX ? U64_MAX : value);

/** The smaller of two. */
export const minimum = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** The larger of two. */
export const maximum = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/**
 * `floor(amount * bps / 10000)`, the product in 128 bits.
 *
 * Source: authority/src/execution `bps_mul`.
 */
export const bpsMul = (amount: bigint, bps: bigint): bigint => wrapU64((amount * bps) / BPS_DENOMINATOR);
