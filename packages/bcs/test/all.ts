import type { Codec } from '../src/index.js';
import * as bcs from '../src/index.js';

const isCodec = (value: unknown): value is Codec<unknown> =>
  typeof value === 'object' && value !== null && 'shape' in value && 'decode' in value;

/** Every codec that the package exports, with the name it is exported under. */
export const allCodecs: readonly (readonly [string, Codec<unknown>])[] = Object.entries(bcs).flatMap(([name, value]) =>
  isCodec(value) ? [[name, value] as const] : [],
);
