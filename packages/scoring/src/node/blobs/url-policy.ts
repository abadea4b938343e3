import { lookup as dnsLookup } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { SomaKitError } from '@somakit/core';
import type { Fetch } from '@somakit/core/http';
import '../errors.js';

/** Which URLs may be fetched. */
export interface UrlPolicy {
  /** Loopback, private and other addresses that are not public. Default false. */
  readonly allowPrivate?: boolean | undefined;
  /** Plain http. Default true: checksums protect the content. */
  readonly allowHttp?: boolean | undefined;
}

const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** Everything outside of 2000::/3, and what lies inside of it but leads elsewhere. */
const NOT_PUBLIC_V6: readonly (readonly [string, number])[] = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const listOf = (nets: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const [net, prefix] of nets) list.addSubnet(net, prefix, family);
  return list;
};

// Two lists: in one, every IPv4 address would also be looked up as ::ffff:a.b.c.d.
const blockedV4 = /* @__PURE__ */ listOf(NOT_PUBLIC_V4, 'ipv4');
const blockedV6 = /* @__PURE__ */ listOf(NOT_PUBLIC_V6, 'ipv6');

/** Whether an IP address is a public one. IPv4 addresses inside of IPv6 count as not public. */
export const isPublicAddress = (address: string): boolean => {
  const family = isIP(address);
  if (family === 0) return false;
  return family === 4 ? !blockedV4.check(address, 'ipv4') : !blockedV6.check(address, 'ipv6');
};

const shown = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;

const refused = (url: URL, reason: string) =>
  new SomaKitError('URL_REFUSED', `${shown(url)} may not be fetched: ${reason}.`, {
    context: { url: shown(url), reason },
    hint: 'Private addresses are allowed by urlPolicy: { allowPrivate: true }, which a localnet needs.',
  });

/**
 * Checks all that can be seen without a look-up.
 *
 * @throws URL_REFUSED
 */
export const checkUrlPolicy = (text: string, { allowPrivate = false, allowHttp = true }: UrlPolicy): URL => {
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowHttp)) {
    throw refused(url, `only https${allowHttp ? ' and http are' : ' is'} allowed`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw refused(url, 'the address is not public');
  return url;
};

/**
 * A `fetch` for GET that looks at every address it connects to, after the look-up, so that neither a name nor a redirect leads
 * to an address that is not public. Follows no redirects itself: each hop comes through here anew.
 */
export const guardedFetch =
  (policy: UrlPolicy): Fetch =>
  async (input, init) => {
    const url = checkUrlPolicy(input, policy);
    const guardedLookup: LookupFunction = (hostname, options, callback) => {
      dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0);
        const usable =
          policy.allowPrivate === true ? addresses : addresses.filter(({ address }) => isPublicAddress(address));
        const [first] = usable;
        if (first === undefined) return callback(refused(url, 'its name leads to no public address'), '', 0);
        if (options.all === true) (callback as unknown as (error: null, all: typeof usable) => void)(null, usable);
        else callback(null, first.address, first.family);
      });
    };
    const headers = Object.fromEntries(new Headers(init.headers));
    headers['accept-encoding'] ??= 'identity';
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(
        url,
        {
          method: init.method ?? 'GET',
          headers,
          lookup: guardedLookup,
          ...(init.signal ? { signal: init.signal } : {}),
        },
        resolve,
      );
      request.on('error', reject);
      request.end();
    });
    const status = response.statusCode ?? 0;
    const bodiless = status === 204 || status === 205 || status === 304 || init.method === 'HEAD';
    if (bodiless) response.resume();
    const fields: [string, string][] = [];
    for (let i = 0; i < response.rawHeaders.length; i += 2) {
      fields.push([response.rawHeaders[i]!, response.rawHeaders[i + 1]!]);
    }
    return new Response(bodiless ? null : (Readable.toWeb(response) as unknown as ReadableStream<Uint8Array>), {
      status,
      statusText: response.statusMessage ?? '',
      headers: new Headers(fields),
    });
  };
