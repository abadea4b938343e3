import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { type ObjectRef, type SomaTensor, tensor } from '@somakit/bcs';
import { type Address, type Digest, type ObjectId, toBase58 } from '@somakit/core';
import type { ObjectReference } from '@somakit/rpc/proto';
import { NOT_A_DIGEST, NOT_AN_ADDRESS, readAddress, readDigest } from '../services/parse.js';

/** A message that is no value of the chain. The text is the reference's. Never leaves the requests. */
export class ConversionFailure {
  readonly text: string;
  constructor(field: string, description?: string) {
    const reason = description === undefined ? 'FIELD_MISSING' : `FIELD_INVALID description: ${description}`;
    this.text = `error converting from protobuf: field: ${field} reason: ${reason}`;
  }
}

/** Field names are the wire's own, without the path to them, as the reference reports them. */
export const need = <T>(value: T | undefined, field: string): T => {
  if (value === undefined) throw new ConversionFailure(field);
  return value;
};

export const invalid = (field: string, description: string): ConversionFailure =>
  new ConversionFailure(field, description);

export const address = (value: string | undefined, field: string): Address => {
  const read = readAddress(need(value, field));
  if (read === undefined) throw invalid(field, NOT_AN_ADDRESS);
  return read;
};

export const objectId = (value: string | undefined, field: string): ObjectId =>
  address(value, field) as unknown as ObjectId;

export const digest = (value: string | undefined, field: string): Digest => {
  const read = readDigest(need(value, field));
  if (read === undefined) throw invalid(field, NOT_A_DIGEST);
  return read;
};

const SLICE = 'could not convert slice to array';

/** 32 bytes as a digest, which is how checksums and commitments travel. */
export const digestOfBytes = (value: Uint8Array | undefined, field: string): Digest => {
  const bytes = need(value, field);
  if (bytes.length !== 32) throw invalid(field, SLICE);
  return toBase58(bytes) as Digest;
};

export const sized = (value: Uint8Array | undefined, length: number, field: string): Uint8Array => {
  const bytes = need(value, field);
  if (bytes.length !== length) throw invalid(field, SLICE);
  return bytes;
};

export const reference = (message: ObjectReference | undefined, field: string): ObjectRef => {
  const { objectId: id, version, digest: hash } = need(message, field);
  return { objectId: objectId(id, 'object_id'), version: need(version, 'version'), digest: digest(hash, 'digest') };
};

export const floats = (values: readonly number[]): SomaTensor => tensor(Float32Array.from(values));
export const scalar = (value: number | undefined, field: string): SomaTensor => floats([need(value, field)]);

export const millis = (time: Timestamp | undefined, field: string): bigint => {
  const { seconds, nanos } = need(time, field);
  if (seconds < 0n || nanos < 0) throw invalid(field, 'timestamp before the epoch');
  return seconds * 1000n + BigInt(Math.trunc(nanos / 1_000_000));
};
