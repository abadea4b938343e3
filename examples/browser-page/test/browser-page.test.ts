import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { commitment, createSomaClient, Keypair, parseSoma } from '@somakit/sdk';
import { findPart } from '@somakit/vitest-config/parts';
import { type Browser, chromium, type Page } from 'playwright';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const executablePath = findPart('chromium');
const root = fileURLToPath(new URL('../', import.meta.url));
const configFile = `${root}vite.config.ts`;
const outDir = `${root}test/.generated/${process.pid}`;

describe.runIf(executablePath !== undefined)('the page, bundled and opened in chromium', () => {
  let network: Localnet;
  let server: PreviewServer;
  let browser: Browser;
  let page: Page;
  const wrong: string[] = [];

  beforeAll(async () => {
    const key = commitment(new Uint8Array(32));
    const manifest = { url: 'http://127.0.0.1:9/weights', checksum: key, size: 1n };
    const models = [{ owner: Keypair.generate().address, manifest, decryptionKey: key }];
    network = await startLocalnet({ ports: 'free', smallModel: true, models });
    await build({ configFile, logLevel: 'silent', build: { outDir } });
    server = await preview({ configFile, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } });
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage();
    page.on('pageerror', (error) => wrong.push(error.message));
    const query = new URLSearchParams({ rpc: network.rpcUrl, faucet: network.faucetUrl });
    await page.goto(`${server.resolvedUrls!.local[0]}?${query}`);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server.close();
    await network.stop();
    rmSync(outDir, { recursive: true, force: true });
  });

  const said = async (pattern: RegExp): Promise<string> => {
    const status = page.getByRole('status').filter({ hasText: pattern });
    await status.waitFor({ timeout: 20_000 });
    return (await status.textContent()) ?? '';
  };
  const send = async (recipient: string, amount: string): Promise<void> => {
    await page.getByLabel('Recipient').fill(recipient);
    await page.getByLabel('Amount in SOMA').fill(amount);
    await page.getByRole('button', { name: 'Send' }).click();
  };

  it('says in words what cannot be paid', async () => {
    await send(Keypair.generate().address, '0.5');
    await said(/\w+ \w+.*\./);
    expect(await page.locator('#balance').textContent()).toBe('0');
  });

  it('is paid by the faucet, and sends', async () => {
    await page.getByRole('button', { name: 'Ask the faucet' }).click();
    await said(/The faucet has paid/);
    const recipient = Keypair.generate().address;
    await send(recipient, '0.5');
    await said(/^Sent: [1-9A-HJ-NP-Za-km-z]{40,}$/);
    const client = createSomaClient({ rpcUrl: network.rpcUrl });
    expect(await client.getBalance({ address: recipient })).toBe(parseSoma('0.5'));
    client.close();
    expect(Number(await page.locator('#balance').textContent())).toBeLessThan(1.5);
  });

  it('lists the open targets', async () => {
    await page.getByRole('button', { name: 'Show open targets' }).click();
    await said(/^100 open targets$/);
    expect(await page.getByRole('listitem').count()).toBe(100);
  });

  it('threw nothing on the way', () => {
    expect(wrong).toEqual([]);
  });
});
