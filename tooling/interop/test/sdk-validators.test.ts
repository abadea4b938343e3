import { blsPublicKey, createProofOfPossession, generateBlsSecretKey } from '@somakit/crypto/bls';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { createSomaClient, Keypair, parseSoma, type SomaClient } from '@somakit/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// One validator from its application to its leave; each test goes on where the one before it ended.

let network: Localnet;
let old: SomaClient;
let fresh: SomaClient;
const clients: SomaClient[] = [];
const keypair = Keypair.generate();
const secret = generateBlsSecretKey();

const clientOf = (signer: Keypair | undefined): SomaClient => {
  const client = createSomaClient({ rpcUrl: network.rpcUrl, signer });
  clients.push(client);
  return client;
};

const keys = (address: string, blsSecret: Uint8Array) => ({
  pubkeyBytes: blsPublicKey(blsSecret),
  networkPubkeyBytes: Keypair.generate().publicKey,
  workerPubkeyBytes: Keypair.generate().publicKey,
  proofOfPossession: createProofOfPossession(blsSecret, address),
});
const addresses = {
  netAddress: '/ip4/127.0.0.1/tcp/8080/http',
  p2pAddress: '/ip4/127.0.0.1/tcp/8081/http',
  primaryAddress: '/ip4/127.0.0.1/udp/8082',
  proxyAddress: '/ip4/127.0.0.1/tcp/8083/http',
};
const view = async (client: SomaClient) =>
  (await client.getValidators()).find(({ address }) => address === keypair.address);

beforeAll(async () => {
  network = await startLocalnet({ ports: 'free', smallModel: true, validators: 4, accounts: 1 });
  old = clientOf(network.validators[0]?.keypair);
  fresh = clientOf(keypair);
  await network.fund(keypair.address, parseSoma('30000'));
});
afterAll(async () => {
  for (const client of clients) client.close();
  await network.stop();
});

describe('a validator', () => {
  it('cannot begin with a proof of another key, and not twice', async () => {
    const wrong = { ...keys(keypair.address, secret), proofOfPossession: keys('0xb0b', secret).proofOfPossession };
    await expect(fresh.addValidator({ ...wrong, ...addresses, dryRun: true })).rejects.toMatchObject({
      code: 'TRANSACTION_FAILED',
    });
    const again = old.addValidator({ ...keys(keypair.address, secret), ...addresses });
    await expect(again).rejects.toMatchObject({ code: 'PREFLIGHT_FAILED', context: { operation: 'addValidator' } });
  });

  it('joins with the epoch after it applied and was staked with', async () => {
    await fresh.addValidator({ ...keys(keypair.address, secret), ...addresses });
    await fresh.addStake({ validator: keypair.address, amount: parseSoma('20000') });
    expect(await view(fresh)).toBeUndefined();
    await network.advanceEpoch();
    expect(await view(fresh)).toMatchObject({ stake: parseSoma('20000'), netAddress: addresses.netAddress });
  });

  it('changes its commission and its address with the next epoch', async () => {
    await fresh.setValidatorCommissionRate({ newRate: 750 });
    await fresh.updateValidatorMetadata({ nextEpochNetworkAddress: '/ip4/10.0.0.1/tcp/8080/http' });
    expect(await view(fresh)).toMatchObject({ commissionRate: 10, nextEpochCommissionRate: 750 });
    await network.advanceEpoch();
    expect(await view(fresh)).toMatchObject({ commissionRate: 750, netAddress: '/ip4/10.0.0.1/tcp/8080/http' });
    const stranger = clientOf(Keypair.generate());
    await network.fund(stranger.signer?.address ?? '', parseSoma('1'));
    const rate = stranger.setValidatorCommissionRate({ newRate: 1 });
    await expect(rate).rejects.toMatchObject({ context: { failure: { kind: 'NotAValidator' } } });
    await expect(stranger.updateValidatorMetadata({ nextEpochP2pAddress: addresses.p2pAddress })).rejects.toMatchObject(
      {
        code: 'PREFLIGHT_FAILED',
      },
    );
  });

  it('changes its protocol key with a proof of the new one', async () => {
    const next = generateBlsSecretKey();
    const { pubkeyBytes, proofOfPossession } = keys(keypair.address, next);
    await fresh.updateValidatorMetadata({
      nextEpochProtocolPubkey: pubkeyBytes,
      nextEpochProofOfPossession: proofOfPossession,
    });
    await network.advanceEpoch();
    const state = await fresh.getLatestSystemState();
    const mine = state.validators.find(({ metadata }) => metadata.somaAddress === keypair.address);
    expect(mine?.metadata.protocolPubkey).toEqual(pubkeyBytes);
  });

  it('is reported by others, who can take it back, and cannot report itself', async () => {
    const reportee = keypair.address;
    await expect(fresh.reportValidator({ reportee })).rejects.toMatchObject({
      context: { failure: { kind: 'CannotReportOneself' } },
    });
    await expect(old.undoReportValidator({ reportee })).rejects.toMatchObject({
      context: { failure: { kind: 'ReportRecordNotFound' } },
    });
    await old.reportValidator({ reportee });
    const reports = async () => (await old.getLatestSystemState()).validatorReportRecords.get(reportee) ?? [];
    expect(await reports()).toEqual([old.signer?.address]);
    await old.undoReportValidator({ reportee });
    expect(await reports()).toEqual([]);
  });

  it('leaves with the next epoch, once, and gets its stake back', async () => {
    const pubkeyBytes = blsPublicKey(secret);
    await fresh.removeValidator({ pubkeyBytes });
    await expect(fresh.removeValidator({ pubkeyBytes })).rejects.toMatchObject({
      context: { failure: { kind: 'ValidatorAlreadyRemoved' } },
    });
    await network.advanceEpoch();
    expect(await view(fresh)).toBeUndefined();
    // Its commission is a position of its own.
    const positions = await fresh.getStakes({ owner: keypair.address });
    const position = positions.find(({ principal }) => principal === parseSoma('20000'));
    expect(position).toMatchObject({ stakedWith: { kind: 'validator', address: keypair.address } });
    const { net, fee } = await fresh.withdrawStake({ stakedSomaId: position?.stakedSomaId ?? '' });
    expect(net).toBe((position?.value ?? 0n) - fee.totalFee);
    expect(position?.value).toBeGreaterThanOrEqual(parseSoma('20000'));
  });
});
