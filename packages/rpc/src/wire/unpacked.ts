import { Code, ConnectError } from '@connectrpc/connect';
import { tooLarge } from './frames.js';

/** What a body that cannot be unpacked is told as. */
export const broken = (name: string, cause: unknown): ConnectError =>
  new ConnectError(`the message is not valid ${name}`, Code.Internal, undefined, undefined, cause);

/** Joins parts up to a limit. */
export const collector = (limit: number) => {
  const parts: Uint8Array[] = [];
  let total = 0;
  return {
    add(part: Uint8Array): void {
      total += part.length;
      if (total > limit) throw tooLarge(total, limit);
      parts.push(part);
    },
    done(): Uint8Array {
      if (parts.length === 1) return parts[0]!;
      const whole = new Uint8Array(total);
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    },
  };
};
