import type { Clock } from '../clock.js';
import { abortError, type Deadline, throwIfAborted, timeoutError } from '../deadline.js';
import { SomaKitError } from '../errors.js';
import { type HttpContext, networkError } from './errors.js';

export interface BodyLimits {
  readonly maxBytes: number;
  readonly idleMs: number;
  readonly clock: Clock;
  readonly context: HttpContext;
  readonly deadline: Deadline;
}

/**
 * The parts of an answer's body under limits of size and of time between parts. Ends at once on the deadline; a body
 * that is not read to its end is cancelled, which closes its connection.
 */
export async function* readParts(response: Response, limits: BodyLimits): AsyncGenerator<Uint8Array, void, undefined> {
  const { maxBytes, idleMs, clock, context, deadline } = limits;
  if (response.body === null) return;
  const tooLarge = () =>
    new SomaKitError('HTTP_TOO_LARGE', `${context.method} ${context.url}: the answer has over ${maxBytes} bytes.`, {
      context: { ...context, limit: maxBytes },
    });
  const reader = response.body.getReader();
  let received = 0;
  let ended = false;
  // One timer that is armed anew only when it fires: bodies come in very many parts.
  let active = clock.monotonic();
  let reading = false;
  let cancelTimer = () => {};
  const watch = (delayMs: number) => {
    cancelTimer = clock.schedule(() => {
      const left = idleMs - (clock.monotonic() - active);
      // A reader that takes its time is not a server that stalls; and timers may fire a little early.
      if (!reading) watch(idleMs);
      else if (left > 0.5) watch(left);
      else deadline.end(timeoutError(idleMs, `${context.method} ${context.url}`, 'idle'));
    }, delayMs);
  };
  // Ends a waiting read at once.
  const onAbort = () => void reader.cancel().catch(() => {});
  try {
    throwIfAborted(deadline.signal);
    // The announced length counts before decompression.
    const announced = response.headers.has('content-encoding')
      ? 0
      : Number(response.headers.get('content-length') ?? 0);
    if (announced > maxBytes) throw tooLarge();
    deadline.signal.addEventListener('abort', onAbort, { once: true });
    watch(idleMs);
    for (;;) {
      let part: Awaited<ReturnType<typeof reader.read>>;
      try {
        reading = true;
        active = clock.monotonic();
        part = await reader.read();
      } catch (error) {
        throw deadline.signal.aborted ? abortError(deadline.signal) : networkError(error, context, 'body');
      }
      reading = false;
      throwIfAborted(deadline.signal);
      if (part.done) {
        ended = true;
        return;
      }
      received += part.value.length;
      if (received > maxBytes) throw tooLarge();
      yield part.value;
    }
  } finally {
    cancelTimer();
    deadline.signal.removeEventListener('abort', onAbort);
    // Cancelling alone would leave the connection open for a while when much is still to come.
    if (!ended) {
      deadline.end(undefined);
      reader.cancel().catch(() => {});
    }
  }
}

/** The whole body as one array. */
export const readBytes = async (response: Response, limits: BodyLimits): Promise<Uint8Array> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of readParts(response, limits)) {
    parts.push(part);
    length += part.length;
  }
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

/** The body as a stream under the same limits; `onEnd` is called once, however it ends. */
export const readStream = (response: Response, limits: BodyLimits, onEnd: () => void): ReadableStream<Uint8Array> => {
  const parts = readParts(response, limits);
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await parts.next();
          if (!done) return controller.enqueue(value);
          onEnd();
          controller.close();
        } catch (error) {
          onEnd();
          controller.error(error);
        }
      },
      cancel: async () => {
        onEnd();
        // The generator may be waiting inside of a read, where `return` would wait with it: end that first.
        limits.deadline.end(undefined);
        await parts.return().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
};
