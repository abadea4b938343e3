/** Protocols of a multiaddr, and how their argument must look; null for those without one. */
const PORT = /^(?:0|[1-9]\d{0,4})$/;
const DOMAIN = /^[^/]+$/;
const IP4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const PROTOCOLS: Readonly<Record<string, RegExp | null>> = {
  ip4: IP4,
  ip6: /^(?=.*:)[0-9a-fA-F:.]{2,45}$/,
  dns: DOMAIN,
  dns4: DOMAIN,
  dns6: DOMAIN,
  dnsaddr: DOMAIN,
  tcp: PORT,
  udp: PORT,
  unix: /^.+$/,
  http: null,
  https: null,
  tls: null,
  quic: null,
  'quic-v1': null,
  ws: null,
  wss: null,
};

/**
 * What is wrong with the text of a multiaddr, in the words of the chain's parser; undefined when nothing is.
 *
 * Source: types/src/multiaddr.rs (the multiaddr crate); the protocols that validators use.
 */
export const multiaddrProblem = (text: string): string | undefined => {
  const parts = text.split('/');
  if (parts.shift() !== '') return 'invalid multiaddr';
  // One slash at the end is taken.
  if (parts.length > 1 && parts.at(-1) === '') parts.pop();
  while (parts.length > 0) {
    const name = parts.shift() as string;
    if (!(name in PROTOCOLS)) return `unknown protocol string: ${name}`;
    const form = PROTOCOLS[name];
    if (form === null || form === undefined) continue;
    const argument = name === 'unix' ? parts.splice(0).join('/') : parts.shift();
    if (argument === undefined) return 'invalid multiaddr';
    if (!form.test(argument)) return name === 'tcp' || name === 'udp' ? 'failed to parse integer' : 'invalid multiaddr';
    if (form === PORT && Number(argument) > 65_535) return 'failed to parse integer';
  }
  return undefined;
};
