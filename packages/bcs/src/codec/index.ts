export { type Codec, type CodecParts, define, type Infer, type Json, lazy, named, type Shape } from './codec.js';
export { entries, map, option, set, tuple, vector, vectorOf } from './containers.js';
export { type EnumValue, enumeration, type Variant } from './enum.js';
export type { BcsErrorCode, BcsErrorContext } from './errors.js';
export { f32Bits } from './floats.js';
export { bool, bytes, i128, raw, string, u8, u16, u32, u64, u128, u256 } from './primitives.js';
export type { Reader } from './reader.js';
export { type Fields, type Newtype, newtype, type StructCodec, type StructValue, struct, versioned } from './struct.js';
export type { Writer } from './writer.js';
