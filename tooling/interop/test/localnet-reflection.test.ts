import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { TransactionData } from '@somakit/bcs';
import { toBase64 } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Peer, startPeer } from '../src/peer.js';

const python = findPart('python');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.log('skipped: everything that needs curl (Debian: apt-get install curl)');
const KEY = '1'.repeat(32);
const SERVICES = {
  'grpc.health.v1.Health': ['Check', 'Watch'],
  'soma.rpc.LedgerService': [
    'BatchGetObjects',
    'BatchGetTransactions',
    'GetCheckpoint',
    'GetEpoch',
    'GetObject',
    'GetServiceInfo',
    'GetTransaction',
  ],
  'soma.rpc.StateService': [
    'GetBalance',
    'GetChallenge',
    'GetTarget',
    'ListChallenges',
    'ListOwnedObjects',
    'ListTargets',
  ],
  'soma.rpc.SubscriptionService': ['SubscribeCheckpoints'],
  'soma.rpc.TransactionExecutionService': ['ExecuteTransaction', 'SimulateTransaction'],
};

interface Answer {
  readonly code: string;
  readonly message?: string;
  // Messages in protobuf's JSON form.
  // biome-ignore lint/suspicious/noExplicitAny: what a server says of itself
  readonly replies: readonly any[];
}

const owner = Keypair.fromSecretKey(new Uint8Array(32).fill(7));
let network: Localnet;
beforeAll(async () => {
  network = await startLocalnet({
    ports: 'free',
    smallModel: true,
    accounts: [{ address: owner.address, coins: [5_000_000n, 7_000_000n] }],
    models: [
      {
        owner: owner.address,
        manifest: { url: 'http://127.0.0.1:9/w', checksum: KEY as never, size: 1n },
        decryptionKey: KEY as never,
      },
    ],
  });
});
afterAll(() => network?.stop());

/** A transfer as its message in JSON, and signed as the chain wants it. */
const transferOf = (amount: bigint) => {
  const [coin] = [...network.ledger.listObjects({ owner: owner.address, type: 'Coin' })];
  const { objectId, version, digest } = coin!;
  const ref = { objectId, version, digest };
  const recipient = Keypair.generate().address;
  const bytes = TransactionData.encode({
    kind: { kind: 'TransferCoin', coin: ref, amount, recipient },
    sender: owner.address,
    gasPayment: [ref],
  });
  const signature = owner.signTransaction(bytes);
  const json = { object_id: objectId, version: String(version), digest };
  return {
    recipient,
    transaction: {
      kind: { transfer_coin: { coin: json, amount: String(amount), recipient } },
      sender: owner.address,
      gas_payment: [json],
    },
    signatures: [
      {
        scheme: 'ED25519',
        simple: {
          scheme: 'ED25519',
          signature: toBase64(signature.subarray(1, 65)),
          public_key: toBase64(signature.subarray(65)),
        },
      },
    ],
  };
};

describe.skipIf(python === undefined)('grpcio that knows nothing but reflection', () => {
  let peer: Peer;
  let target: string;
  beforeAll(() => {
    peer = startPeer(python ?? '', 'reflection_peer');
    target = `127.0.0.1:${network.ports.rpc}`;
  });
  afterAll(() => peer?.stop());
  const called = new Set<string>();
  const call = async (path: string, request: unknown = {}, options: unknown = {}): Promise<Answer> => {
    called.add(path);
    return peer.call<Answer>('call', target, path, request, options);
  };
  const ok = async (path: string, request: unknown = {}, options: unknown = {}) => {
    const answer = await call(path, request, options);
    expect([answer.code, answer.message]).toEqual(['OK', undefined]);
    return answer.replies[0];
  };

  it('lists every service and method', async () => {
    const services = await peer.call<Record<string, string[]>>('services', target);
    expect(services).toEqual({ ...SERVICES, 'grpc.reflection.v1.ServerReflection': ['ServerReflectionInfo'] });
  });

  it('calls the ledger service', async () => {
    const L = 'soma.rpc.LedgerService';
    expect(await ok(`${L}/GetServiceInfo`)).toMatchObject({ chain: 'localnet', chain_id: network.chainId });
    expect((await ok(`${L}/GetObject`, { object_id: '0x5' })).object.version).toBe('1');
    const batch = await ok(`${L}/BatchGetObjects`, { requests: [{ object_id: '0x5' }, { object_id: '0x77' }] });
    expect(batch.objects.map(Object.keys)).toEqual([['object'], ['error']]);
    const { checkpoint } = await ok(`${L}/GetCheckpoint`, { sequence_number: '0', read_mask: 'transactions.digest' });
    const [{ digest }] = checkpoint.transactions;
    const read = await ok(`${L}/GetTransaction`, { digest, read_mask: '*' });
    expect(read.transaction).toMatchObject({ digest, checkpoint: '0', effects: { status: { success: true } } });
    const many = await ok(`${L}/BatchGetTransactions`, { digests: [digest, KEY] });
    expect(many.transactions.map(Object.keys)).toEqual([['transaction'], ['error']]);
    expect((await ok(`${L}/GetEpoch`, { read_mask: 'epoch,committee' })).epoch.committee.members).toHaveLength(1);
  });

  it('calls the state service', async () => {
    const S = 'soma.rpc.StateService';
    expect(await ok(`${S}/GetBalance`, { owner: owner.address })).toEqual({ balance: '12000000' });
    expect((await ok(`${S}/ListOwnedObjects`, { owner: owner.address, object_type: 'Coin' })).objects).toHaveLength(2);
    const { targets } = await ok(`${S}/ListTargets`, { status_filter: 'open', page_size: 2 });
    expect(targets).toHaveLength(2);
    const { target: found } = await ok(`${S}/GetTarget`, { target_id: targets[0].id, read_mask: 'id,status' });
    expect(found).toEqual({ id: targets[0].id, status: 'open' });
    for (const method of ['GetChallenge', 'ListChallenges']) {
      expect(await call(`${S}/${method}`)).toEqual({
        code: 'UNIMPLEMENTED',
        message: 'Challenge system has been removed',
      });
    }
  });

  it('simulates, executes and follows', async () => {
    const T = 'soma.rpc.TransactionExecutionService';
    const { transaction, signatures, recipient } = transferOf(1_000n);
    const simulated = await ok(`${T}/SimulateTransaction`, { transaction });
    const executed = await ok(`${T}/ExecuteTransaction`, { transaction, signatures, read_mask: '*' });
    expect(executed.transaction.effects).toEqual(simulated.transaction.effects);
    expect(await ok('soma.rpc.StateService/GetBalance', { owner: recipient })).toEqual({ balance: '1000' });
    const { checkpoint } = await ok(
      'soma.rpc.SubscriptionService/SubscribeCheckpoints',
      { read_mask: 'transactions.digest' },
      { metadata: { 'x-somakit-from-checkpoint': String(network.head().sequenceNumber) } },
    );
    expect(checkpoint.transactions.at(-1)).toEqual({ digest: executed.transaction.digest });
    const refused = await call(`${T}/ExecuteTransaction`, { ...transferOf(2n), recipient: undefined, signatures: [] });
    expect(refused).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(/Expect 1 signer signatures but got 0/),
    });
  });

  it('asks for health', async () => {
    const H = 'grpc.health.v1.Health';
    expect(await ok(`${H}/Check`, { service: 'soma.rpc.StateService' })).toEqual({ status: 'SERVING' });
    expect(await ok(`${H}/Watch`)).toEqual({ status: 'SERVING' });
    expect(await call(`${H}/Check`, { service: 'grpc.health.v1.Health' })).toMatchObject({
      code: 'NOT_FOUND',
      message: 'service not registered',
    });
  });

  it('has called every method', () => {
    const all = Object.entries(SERVICES).flatMap(([service, methods]) => methods.map((each) => `${service}/${each}`));
    expect([...called].sort()).toEqual(all.sort());
    expect(all.filter((each) => each.startsWith('soma.rpc'))).toHaveLength(16);
  });
});

describe.runIf(hasCurl || process.env.SOMAKIT_REQUIRE_ALL === '1')('curl', () => {
  const curl = async (path: string, body: unknown) => {
    const { stdout } = await promisify(execFile)('curl', [
      '--silent',
      '--max-time',
      '20',
      '--header',
      'content-type: application/json',
      '--data',
      JSON.stringify(body),
      '--write-out',
      '\n%{http_code} %{content_type}',
      `${network.rpcUrl}/${path}`,
    ]);
    const lines = stdout.trim().split('\n');
    return { status: lines.at(-1), body: JSON.parse(lines.slice(0, -1).join('\n')) };
  };

  it('reads in JSON', async () => {
    const { status, body } = await curl('soma.rpc.LedgerService/GetObject', {
      objectId: '0x5',
      readMask: 'objectId,objectType',
    });
    expect(status).toBe('200 application/json');
    expect(body).toEqual({ object: { objectId: '5'.padStart(64, '0'), objectType: 'SystemState' } });
  });

  it('hears in JSON why a write is refused', async () => {
    const { transaction } = transferOf(5n);
    const { status, body } = await curl('soma.rpc.TransactionExecutionService/ExecuteTransaction', {
      transaction,
      signatures: [],
    });
    expect(status).toBe('400 application/json');
    expect(body).toMatchObject({
      code: 'invalid_argument',
      message: 'Invalid user signature: Expect 1 signer signatures but got 0',
    });
  });
});
