import { createMemoryTransport } from '@somakit/rpc/memory';
import { describe, expect, it } from 'vitest';
import {
  commitment,
  createBaseClient,
  createSomaClient,
  Keypair,
  modelManifest,
  NETWORKS,
  parseSoma,
  payCoins,
} from '../src/index.js';
import { verifyFrom } from '../src/verify/index.js';

const refused = (make: () => unknown): unknown => {
  try {
    make();
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('createSomaClient', () => {
  it.each([
    ['nothing', {}],
    ['two places', { network: 'testnet', rpcUrl: 'http://127.0.0.1:9000' }],
    ['an unknown network', { network: 'mainnet' as 'testnet' }],
  ] as const)('refuses %s', (_, options) => {
    expect(refused(() => createSomaClient(options))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      context: { argument: 'network' },
    });
  });

  it('opens nothing, and needs no service that is not called', async () => {
    const client = createSomaClient({ network: 'testnet' });
    expect(client.rpc.url).toContain(new URL(NETWORKS.testnet.rpcUrl).host);
    await expect(client.advanceEpoch()).rejects.toMatchObject({
      code: 'SERVICE_NOT_CONFIGURED',
      context: { service: 'admin', option: 'adminUrl' },
    });
    await expect(client.scoringHealth()).rejects.toMatchObject({ code: 'SERVICE_NOT_CONFIGURED' });
    client.close();
  });

  it('takes a URL of the caller before that of the network', () => {
    const client = createSomaClient({ network: 'localnet', faucetUrl: 'http://127.0.0.1:7' });
    expect(client.faucet.url).toContain('127.0.0.1:7');
    expect(client.scoring.url).toContain('127.0.0.1:9124');
    client.close();
  });

  it('refuses a write without a signer, and one of a number of shannons, before it asks anybody', async () => {
    const transport = createMemoryTransport({});
    const recipient = Keypair.generate().address;
    const reader = createSomaClient({ transport });
    await expect(reader.transferCoin({ recipient, amount: 1n })).rejects.toMatchObject({
      code: 'NO_SIGNER',
      context: { operation: 'transferCoin' },
    });
    const writer = createSomaClient({ transport, signer: Keypair.generate() });
    const short = writer.transferCoin({ recipient: '0xnothing', amount: 1n });
    await expect(short).rejects.toMatchObject({ code: 'INVALID_ADDRESS' });
    const unequal = writer.payCoins({ recipients: [recipient], amounts: [1n, 2n] });
    await expect(unequal).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', context: { argument: 'amounts' } });
  });

  it('says which parameters object is missing, by every method that needs one', async () => {
    const client = createSomaClient({ transport: createMemoryTransport({}), signer: Keypair.generate() });
    const methods = client as unknown as Record<string, (...rest: unknown[]) => Promise<unknown>>;
    for (const name of [
      'transferCoin',
      'getBalance',
      'submitData',
      'resume',
      'score',
      'getModelManifests',
      'addValidator',
    ]) {
      for (const rest of [[], [null], ['0xb0b']]) {
        const error = methods[name]?.(...rest);
        await expect(error).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
          context: { argument: 'parameters' },
          message: expect.stringContaining(name),
        });
      }
    }
    expect(refused(() => methods.ownedObjects?.())).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('leaves it to pages to load the code that proves', () => {
    const transport = createMemoryTransport({});
    const trustedStart = { chainId: 'GKot5hBsd81kMupNCXHaqbhv3huEbxAFMLnpcX2hniwn' };
    const error = refused(() => createSomaClient({ transport, trust: 'verify', trustedStart }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('@somakit/sdk/verify') });
    const client = createSomaClient({ transport, trust: verifyFrom(trustedStart) });
    expect(client.trust?.effects).toBeTypeOf('function');
    for (const bad of [{ trustedStart }, { trust: 'check' }, { trust: verifyFrom(trustedStart), trustedStart }]) {
      const made = refused(() => createSomaClient({ transport, ...(bad as object) }));
      expect(made).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(refused(() => verifyFrom({} as never))).toMatchObject({ context: { argument: 'trustedStart' } });
  });

  it('has a client without methods for the free functions', async () => {
    const transport = createMemoryTransport({});
    const client = createBaseClient({ transport, signer: Keypair.generate() });
    expect('transferCoin' in client).toBe(false);
    const unequal = payCoins(client, { recipients: ['0x1'], amounts: [] });
    await expect(unequal).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', context: { argument: 'amounts' } });
    const more = client.extend((base) => ({ pay: () => payCoins(base, { recipients: [], amounts: [] }) }));
    await expect(more.pay()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    for (const make of [createBaseClient, createSomaClient]) {
      expect(refused(() => make(undefined as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('keeps every method when it is extended, and passes the extended client on', () => {
    const client = createSomaClient({ network: 'localnet' });
    const more = client.extend(() => ({ one: () => 1 })).extend((base) => ({ two: () => base.one() + 1 }));
    expect(more.two()).toBe(2);
    expect(more.toShannons('1.5')).toBe(parseSoma('1.5'));
    expect(more.getBalance).toBeTypeOf('function');
    expect(more.rpc).toBe(client.rpc);
  });
});

describe('modelManifest', () => {
  const url = 'https://example.com/weights';

  it('computes what the weights tell, and checks what is given', () => {
    const encryptedWeights = new Uint8Array([1, 2, 3]);
    const checksum = commitment(encryptedWeights);
    expect(modelManifest({ url, encryptedWeights })).toEqual({ url, checksum, size: 3n });
    expect(modelManifest({ url, checksum, size: 3 })).toEqual({ url, checksum, size: 3n });
    expect(refused(() => modelManifest({ url }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(refused(() => modelManifest({ url: 'weights', encryptedWeights }))).toMatchObject({
      context: { argument: 'url' },
    });
    expect(refused(() => modelManifest({ url, checksum: 'no', size: 3 }))).toMatchObject({ code: 'INVALID_DIGEST' });
  });
});
