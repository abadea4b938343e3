import type { CallConnection } from '../service/types.js';

/** What nghttp2 allows one connection: so many resets at once, and so many more each second. */
const BURST = 1000;
const PER_SECOND = 33;
/** From here on a client is asked to move to another connection, or slowed down. Node's clock counts whole seconds. */
const FEW = 100;
/** A client that is slowed down is asked to move only when it resets what it was not slowed down for. */
const LAST = 40;

/** Whether this Node lets a server set that limit (`streamResetBurst` and `streamResetRate`). */
const isAdjustable = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 11);
};

/** For the HTTP/2 server. Older versions of Node do not look at them. */
export const RESET_OPTIONS = { streamResetBurst: 1e9, streamResetRate: 1e9 };

/** Keeps the count of one connection as nghttp2 does. */
export interface ResetCount extends CallConnection {
  /** The peer has reset a stream. True when it should move before the next ones end the connection. */
  spend(): boolean;
  /** A stream has ended by itself. A reset that crosses its end is counted, and never seen here. */
  crossed(): void;
  /**
   * How many ms a stream that the peer will reset should wait before it begins, so that it may be reset. For peers that
   * lose calls when they are asked to move.
   */
  pause(): number;
}

/**
 * Whether a client loses what it has queued when it is asked to move to another connection: hyper's does, and so the
 * official one. The others send it over the new one.
 */
export const losesCalls = (userAgent: string | undefined): boolean => userAgent?.startsWith('tonic/') === true;

/** Resets that may cross the end of one stream. The official client sent none for 1,500 ends. */
const CROSSING = 0.1;

const UNLIMITED: ResetCount = {
  resetsLeft: () => Number.POSITIVE_INFINITY,
  spend: () => false,
  crossed: () => {},
  pause: () => 0,
};

export const countResets = (
  now: () => number = () => performance.now(),
  version: string = process.versions.node,
): ResetCount => {
  if (isAdjustable(version)) return { ...UNLIMITED };
  let left = BURST;
  let at = now();
  let free = 0;
  let limit = FEW;
  const refill = (): number => {
    const time = now();
    left = Math.min(BURST, left + ((time - at) / 1000) * PER_SECOND);
    at = time;
    return left;
  };
  return {
    resetsLeft: () => Math.floor(refill()),
    spend() {
      left = refill() - 1;
      return left < limit;
    },
    crossed() {
      left = refill() - CROSSING;
    },
    pause() {
      const time = now();
      limit = LAST;
      if (refill() >= FEW) return 0;
      free = Math.max(free, time) + 1000 / PER_SECOND;
      return free - time;
    },
  };
};
