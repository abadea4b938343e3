import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createNodeTransport, type TlsOptions } from '../../src/node/index.js';
import { LedgerService } from '../../src/proto/index.js';
import { certificate, privateKey } from '../support/certificate.js';

const server = createSecureServer({ cert: certificate, key: privateKey });
const folder = mkdtempSync(join(tmpdir(), 'somakit-tls-'));
let port: number;
beforeAll(async () => {
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 3, 0x12, 1, 0x78]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const chain = async (tls: TlsOptions, host = '127.0.0.1') => {
  const transport = createNodeTransport({ url: `https://${host}:${port}`, tls });
  try {
    return (await transport.unary(LedgerService.method.getServiceInfo, undefined, 5000, undefined, {})).message.chain;
  } finally {
    transport.close();
  }
};

describe('TLS', () => {
  it('trusts the roots that it is given', async () => {
    expect(await chain({ roots: certificate })).toBe('x');
  });

  it('trusts nobody else', async () => {
    await expect(chain({})).rejects.toMatchObject({ code: 14, rawMessage: expect.stringContaining('self-signed') });
  });

  it('trusts the roots of the system', async () => {
    writeFileSync(join(folder, 'roots.pem'), certificate);
    vi.stubEnv('SSL_CERT_FILE', join(folder, 'roots.pem'));
    expect(await chain({ roots: 'system' })).toBe('x');
    vi.unstubAllEnvs();
  });

  it('insists on the name', async () => {
    await expect(chain({ roots: certificate, serverName: 'other.example' })).rejects.toMatchObject({ code: 14 });
  });
});
