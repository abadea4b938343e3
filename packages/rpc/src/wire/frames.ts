import { Code, ConnectError } from '@connectrpc/connect';

/** Bytes before each message: one of flags, four of length. */
const HEADER = 5;
/** Set on a compressed message. */
export const COMPRESSED = 0x01;
/** Set on the trailers of gRPC-Web. */
export const TRAILERS = 0x80;

/** What a receiver takes unless told otherwise; the reference's limit on both sides. */
export const DEFAULT_MESSAGE_LIMIT = 4 * 1024 * 1024;

/** A message with its prefix, as one piece so that it leaves in one write. */
export const encodeFrame = (body: Uint8Array, flags = 0): Uint8Array<ArrayBuffer> => {
  const frame = new Uint8Array(HEADER + body.length);
  const length = body.length;
  frame[0] = flags;
  frame[1] = length >>> 24;
  frame[2] = length >>> 16;
  frame[3] = length >>> 8;
  frame[4] = length;
  frame.set(body, HEADER);
  return frame;
};

export interface Frame {
  readonly flags: number;
  readonly body: Uint8Array;
}

/** The refusal of a message that is longer than `limit`, in the words of the reference. */
export const tooLarge = (found: number, limit: number): ConnectError =>
  new ConnectError(
    `Error, decoded message length too large: found ${found} bytes, the limit is: ${limit} bytes`,
    Code.OutOfRange,
  );

/**
 * Cuts a body into frames. The length is checked as soon as a prefix is there, before anything is kept for it.
 * Not a function because it lives as long as a stream does and sits on the hot path.
 */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #held = 0;
  readonly #limit: number;
  /** Trailer frames are no messages: they get a limit of their own. */
  static readonly trailerLimit = 64 * 1024;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that belong to a frame that is not complete. */
  get pending(): number {
    return this.#held;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
  }

  /**
   * Checks the length of the frame that has begun, without taking it.
   * @throws ConnectError OUT_OF_RANGE, or INTERNAL for flags that no protocol knows.
   */
  check(): void {
    if (this.#held >= HEADER) this.#header();
  }

  /** The next whole frame. @throws ConnectError OUT_OF_RANGE, or INTERNAL for flags that no protocol knows. */
  next(): Frame | undefined {
    if (this.#held < HEADER) return undefined;
    const { flags, length } = this.#header();
    const end = HEADER + length;
    if (this.#held < end) return undefined;
    let first = this.#chunks[0]!;
    let body: Uint8Array;
    if (first.length < end) {
      first = this.#join();
      body = first.subarray(HEADER, end);
    } else {
      // A copy: chunks are Buffers cut from slabs, and a kept message must neither be one nor hold a slab.
      body = new Uint8Array(length);
      body.set(first.subarray(HEADER, end));
    }
    if (first.length === end) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(end);
    this.#held -= end;
    return { flags, body };
  }

  #header(): { flags: number; length: number } {
    let first = this.#chunks[0]!;
    if (first.length < HEADER) first = this.#join();
    const flags = first[0]!;
    const length = ((first[1]! << 24) | (first[2]! << 16) | (first[3]! << 8) | first[4]!) >>> 0;
    if ((flags & ~(COMPRESSED | TRAILERS)) !== 0) {
      throw new ConnectError(
        `protocol error: received message with invalid flags: ${flags} (valid flags are 0 and 1)`,
        Code.Internal,
      );
    }
    const limit = (flags & TRAILERS) === 0 ? this.#limit : FrameReader.trailerLimit;
    if (length > limit) throw tooLarge(length, limit);
    return { flags, length };
  }

  #join(): Uint8Array {
    const whole = new Uint8Array(this.#held);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks = [whole];
    return whole;
  }
}
