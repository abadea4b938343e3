const FIRST_BYTES = 512;
const LOW = 0xffff_ffffn;
const encoder = /* @__PURE__ */ new TextEncoder();

/** Bytes of protobuf in the making. Not a function because it lives long and sits on the hot path. */
export class WireWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Begins anew; room of more than `kept` bytes is given back. */
  reset(kept: number): void {
    this.#at = 0;
    if (this.#bytes.length > kept) this.#use(new Uint8Array(FIRST_BYTES));
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  u32(value: number): void {
    this.#room(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  u64(value: bigint): void {
    if (value <= LOW) {
      this.u32(Number(value));
      return;
    }
    this.#room(10);
    let low = Number(value & LOW);
    let high = Number(value >> 32n);
    while (high > 0 || low > 0x7f) {
      this.#bytes[this.#at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#bytes[this.#at++] = low;
  }

  f32(value: number): void {
    this.#room(4);
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  f64(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** With their length. */
  bytes(value: Uint8Array): void {
    this.u32(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** With its length. */
  string(text: string): void {
    const { length } = text;
    if (length < 128) {
      this.#room(1 + length);
      const bytes = this.#bytes;
      const start = this.#at + 1;
      let i = 0;
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if (unit > 0x7f) break;
        bytes[start + i] = unit;
      }
      if (i === length) {
        bytes[this.#at] = length;
        this.#at = start + length;
        return;
      }
    }
    this.bytes(encoder.encode(text));
  }

  /** Begins a part whose length comes before it. */
  open(): number {
    this.#room(1);
    this.#at += 1;
    return this.#at;
  }

  /** Ends the part that `open` began. */
  close(start: number): void {
    const length = this.#at - start;
    if (length < 128) {
      this.#bytes[start - 1] = length;
      return;
    }
    const end = this.#at;
    // The length takes more than the one byte that was left for it.
    let extra = 0;
    for (let rest = length >>> 7; rest > 0; rest >>>= 7) extra += 1;
    this.#room(extra);
    this.#bytes.copyWithin(start + extra, start, end);
    this.#at = start - 1;
    this.u32(length);
    this.#at = end + extra;
  }

  #room(more: number): void {
    const needed = this.#at + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#use(grown);
  }

  #use(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
