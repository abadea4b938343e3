import { formatSoma } from '@somakit/core';

/** An exact amount with its unit. */
export const somaText = (shannons: bigint): string => `${formatSoma(shannons)} SOMA`;

/** With its sign, for changes. */
export const changeText = (shannons: bigint): string => `${shannons > 0n ? '+' : ''}${somaText(shannons)}`;

/** Basis points as per cent. */
export const percent = (basisPoints: number | bigint): string => `${Number(basisPoints) / 100} %`;

/** The two ends of an address, id or digest. */
export const short = (id: string): string => (id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`);
