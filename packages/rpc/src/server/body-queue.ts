/** Messages of a streaming request on their way to the handler. */
export interface BodyQueue {
  readonly bodies: AsyncIterable<Uint8Array>;
  push(body: Uint8Array | Promise<Uint8Array>): void;
  end(): void;
  fail(reason: unknown): void;
}

const HIGH = 16;

/** A queue that holds the peer back while the handler is behind. */
export const bodyQueue = (flow?: { pause(): void; resume(): void }): BodyQueue => {
  const waiting: (Uint8Array | Promise<Uint8Array>)[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  let failure: { reason: unknown } | undefined;
  const rouse = () => {
    wake?.();
    wake = undefined;
  };
  const bodies = async function* () {
    for (;;) {
      const body = waiting.shift();
      if (body !== undefined) {
        if (waiting.length === HIGH - 1) flow?.resume();
        yield await body;
      } else if (failure !== undefined) throw failure.reason;
      else if (ended) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  };
  return {
    bodies: bodies(),
    push(body) {
      // A broken body is told when its turn comes.
      if (body instanceof Promise) body.catch(() => {});
      waiting.push(body);
      if (waiting.length === HIGH) flow?.pause();
      rouse();
    },
    end() {
      ended = true;
      rouse();
    },
    fail(reason) {
      failure ??= { reason };
      rouse();
    },
  };
};
