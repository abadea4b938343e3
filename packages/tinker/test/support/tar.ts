export interface RawEntry {
  readonly name: string;
  readonly type?: string;
  readonly data?: string | Uint8Array;
  readonly link?: string;
  /** What the header says, if not the truth. */
  readonly size?: number | string;
  readonly prefix?: string;
  readonly badChecksum?: boolean;
}

const BLOCK = 512;

/** A tar archive by hand, so that it can say anything. */
export const tarOf = (entries: readonly RawEntry[], { end = true }: { end?: boolean } = {}): Buffer => {
  const blocks: Buffer[] = [];
  for (const { name, type = '0', data = '', link = '', size, prefix = '', badChecksum = false } of entries) {
    const body = Buffer.from(data as string);
    const header = Buffer.alloc(BLOCK);
    header.write(name, 0, 100, 'utf8');
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    const length = typeof size === 'string' ? size : `${(size ?? body.length).toString(8).padStart(11, '0')}\0`;
    header.write(length, 124, 12, 'latin1');
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write(type, 156, 1, 'latin1');
    header.write(link, 157, 100, 'utf8');
    header.write('ustar\x0000', 257, 'latin1');
    header.write(prefix, 345, 155, 'utf8');
    const sum = header.reduce((total, byte) => total + byte, badChecksum ? 1 : 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK));
  }
  if (end) blocks.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(blocks);
};

/** A pax header for the entry after it. */
export const pax = (fields: Readonly<Record<string, string>>): RawEntry => {
  const lines = Object.entries(fields).map(([key, value]) => {
    const text = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(text);
    while (Buffer.byteLength(text) + String(length).length !== length) {
      length = Buffer.byteLength(text) + String(length).length;
    }
    return `${length}${text}`;
  });
  return { name: 'pax', type: 'x', data: lines.join('') };
};
