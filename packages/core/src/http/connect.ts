// Node's fetch takes a `dispatcher`, and only an undici Agent can time the connecting alone. The class is reached
// through the global dispatcher (the symbol is part of undici's interface), so that nothing needs to be installed.
const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');

// One pool of connections for each limit, as the platform has one for all.
const agents = new Map<number, object>();

type AgentClass = new (options: Record<string, unknown>) => object;

/**
 * Request options that make Node's own fetch give up connecting after `connectMs`. Nothing in browsers, nor when the
 * program has put an agent of its own (a proxy, a certificate) in the global place: that one is left in charge.
 */
export const connectOptions = (connectMs: number): object => {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return {};
  // Node creates the global dispatcher together with its first fetch class.
  new Response();
  const agent = (globalThis as Record<symbol, unknown>)[GLOBAL_DISPATCHER];
  if (typeof agent !== 'object' || agent === null || agent.constructor.name !== 'Agent') return {};
  const symbol = Object.getOwnPropertySymbols(agent).find(({ description }) => description === 'options');
  const options = symbol === undefined ? undefined : (agent as Record<symbol, unknown>)[symbol];
  const untouched =
    typeof options === 'object' &&
    options !== null &&
    Object.values(options).every((each) => each === undefined || each === Number.POSITIVE_INFINITY);
  if (!untouched) return {};
  const timeout = Number.isFinite(connectMs) ? connectMs : 0;
  let dispatcher = agents.get(timeout);
  if (dispatcher === undefined) {
    // The limits on headers and body are ours to keep.
    dispatcher = new (agent.constructor as AgentClass)({ connect: { timeout }, headersTimeout: 0, bodyTimeout: 0 });
    agents.set(timeout, dispatcher);
  }
  return { dispatcher };
};
