import { existsSync, readFileSync } from 'node:fs';
import type { SecureClientSessionOptions } from 'node:http2';

/** How an `https:` endpoint is trusted and how we present ourselves. */
export interface TlsOptions {
  /**
   * Whom to trust: the roots that come with Node (the default), those of the operating system, or certificates in PEM.
   */
  readonly roots?: 'bundled' | 'system' | string | readonly string[] | undefined;
  /** A client certificate and its key in PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name to expect in the server's certificate, when it is not the host of the URL. */
  readonly serverName?: string | undefined;
}

const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const systemRoots = (): string | undefined => {
  const path = [process.env.SSL_CERT_FILE ?? '', ...SYSTEM_BUNDLES].find((each) => each !== '' && existsSync(each));
  // Where there is none, Node's own roots are the best that is left.
  return path === undefined ? undefined : readFileSync(path, 'utf8');
};

/** Node's form of our TLS options. */
export const secureOptions = ({ roots = 'bundled', cert, key, serverName }: TlsOptions): SecureClientSessionOptions => {
  const ca = roots === 'bundled' ? undefined : roots === 'system' ? systemRoots() : roots;
  return {
    ALPNProtocols: ['h2'],
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : [...ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
};
