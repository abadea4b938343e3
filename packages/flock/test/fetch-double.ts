import type { Fetch } from '@somakit/core/http';

export interface FetchDouble {
  readonly fetch: Fetch;
  readonly calls: {
    readonly url: string;
    readonly method: string;
    readonly headers: Headers;
    readonly body: unknown;
  }[];
}

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

/** A `fetch` that answers from memory, in Node and in browsers. */
export const fetchDouble = (answer: (url: URL, call: number) => Response | Promise<Response>): FetchDouble => {
  const calls: FetchDouble['calls'] = [];
  return {
    calls,
    fetch: async (url, init) => {
      calls.push({ url, method: init.method ?? 'GET', headers: new Headers(init.headers), body: init.body });
      return answer(new URL(url), calls.length);
    },
  };
};

/** Never answers; ends by the signal, as a real one. */
export const silent = (): Promise<Response> => new Promise(() => {});
