import { create, toBinary } from '@bufbuild/protobuf';
import { TransactionData, type TransactionKind } from '@somakit/bcs';
import { isError, type ObjectId, toBase64 } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import type { LedgerObject } from '@somakit/ledger';
import { signatureToProto, transactionToProto } from '@somakit/rpc/convert';
import { ExecuteTransactionRequestSchema } from '@somakit/rpc/proto';
import { afterEach, describe, expect, it } from 'vitest';
import { type Localnet, type LocalnetOptions, startLocalnet } from '../src/index.js';
import { openRaw } from './support/raw-call.js';

const LOCKED =
  /Non-retriable errors: \[Object \(0x[0-9a-f]{64}, Version\(\d+\), o#\w+\) already locked by a different transaction: TransactionDigest\(\w+\) \{ k#[0-9a-f]{8}\.\. \} with 10000 stake\]\.$/;
const EXECUTE = '/soma.rpc.TransactionExecutionService/ExecuteTransaction';
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

const start = async (options: LocalnetOptions = {}): Promise<Localnet> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true, ...options });
  running.push(network);
  return network;
};

const refOf = ({ objectId, version, digest }: LedgerObject) => ({ objectId, version, digest });
const coinsOf = (network: Localnet, owner: Keypair): LedgerObject[] => [
  ...network.ledger.listObjects({ owner: owner.address, type: 'Coin' }),
];
const transfer = (coin: LedgerObject, amount: bigint, recipient: Keypair): TransactionKind => ({
  kind: 'TransferCoin',
  coin: refOf(coin),
  amount,
  recipient: recipient.address,
});

const signed = (signer: Keypair, kind: TransactionKind, gas: LedgerObject) => {
  const bytes = TransactionData.encode({ kind, sender: signer.address, gasPayment: [refOf(gas)] });
  return { bytes, signatures: [signer.signTransaction(bytes)] };
};
const requestOf = ({ bytes, signatures }: ReturnType<typeof signed>): string =>
  toBase64(
    toBinary(
      ExecuteTransactionRequestSchema,
      create(ExecuteTransactionRequestSchema, {
        transaction: transactionToProto(TransactionData.decode(bytes)),
        signatures: signatures.map(signatureToProto),
        readMask: { paths: ['effects'] },
      }),
    ),
  );

describe('submissions', () => {
  it('of one coin at the same time: exactly one wins, the others learn of the lock', async () => {
    const network = await start();
    const [alice] = network.accounts;
    const [coin] = coinsOf(network, alice!);
    const others = Array.from({ length: 6 }, () => Keypair.generate());
    const requests = others.map((each, i) =>
      requestOf(signed(alice!, transfer(coin!, 1000n + BigInt(i), each), coin!)),
    );
    const raw = openRaw(network.rpcUrl);
    const answers = await Promise.all(requests.map((request) => raw.call(EXECUTE, request)));
    raw.close();
    const lost = answers.filter((answer) => 'code' in answer);
    expect(lost).toHaveLength(5);
    for (const answer of lost) {
      expect(answer).toMatchObject({ code: 'FAILED_PRECONDITION' });
      expect('message' in answer && answer.message).toMatch(LOCKED);
    }
  });

  it('that fail at zero gas hold their coin against other transactions', async () => {
    const network = await start();
    const [alice] = network.accounts;
    const poor = Keypair.generate();
    await network.fund(poor.address, 0n);
    const [empty] = coinsOf(network, poor);
    await network.execute(signed(poor, transfer(empty!, 1n, alice!), empty!));
    const raw = openRaw(network.rpcUrl);
    const answer = await raw.call(EXECUTE, requestOf(signed(poor, transfer(empty!, 2n, alice!), empty!)));
    raw.close();
    expect(answer).toMatchObject({ code: 'FAILED_PRECONDITION' });
    expect('message' in answer && answer.message).toMatch(LOCKED);
  });

  it('of the same transaction at the same time all give the same effects', async () => {
    const network = await start();
    const [alice, bob] = network.accounts;
    const [coin] = coinsOf(network, alice!);
    const request = requestOf(signed(alice!, transfer(coin!, 5n, bob!), coin!));
    const raw = openRaw(network.rpcUrl);
    const answers = await Promise.all(Array.from({ length: 4 }, () => raw.call(EXECUTE, request)));
    raw.close();
    expect(new Set(answers.map((answer) => ('reply' in answer ? answer.reply : answer.message))).size).toBe(1);
    expect(answers[0]).toHaveProperty('reply');
  });

  it.each([
    [
      'an object that does not exist',
      { objectId: `0x${'ab'.repeat(32)}` as ObjectId },
      'NOT_FOUND',
      /^Could not find the referenced object 0xabab.* at version None$/,
    ],
    ['a version of the future', { version: 9n }, 'NOT_FOUND', /at version Some\(Version\(9\)\)$/],
    ['a wrong digest', { digest: '1'.repeat(32) }, 'INVALID_ARGUMENT', /^Invalid Object digest for object 0x/],
  ])('of %s are refused at once, with the inner reason', async (_, change, code, message) => {
    const network = await start();
    const [alice, bob] = network.accounts;
    const [coin, gas] = coinsOf(network, alice!);
    const altered = { ...coin!, ...change } as LedgerObject;
    const raw = openRaw(network.rpcUrl);
    const answer = await raw.call(EXECUTE, requestOf(signed(alice!, transfer(altered, 5n, bob!), gas!)));
    raw.close();
    expect(answer).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('of a coin that is spent learn its version', async () => {
    const network = await start();
    const [alice, bob] = network.accounts;
    const [coin] = coinsOf(network, alice!);
    await network.execute(signed(alice!, transfer(coin!, 1n, bob!), coin!));
    const raw = openRaw(network.rpcUrl);
    const answer = await raw.call(EXECUTE, requestOf(signed(alice!, transfer(coin!, 2n, bob!), coin!)));
    raw.close();
    expect(answer).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect('message' in answer && answer.message).toMatch(
      /^Object \(0x[0-9a-f]{64}, Version\(1\), o#\w+\) is not available for consumption, its current version: Version\(2\)$/,
    );
  });

  it('are in a checkpoint, and readable everywhere, when they are answered', async () => {
    const network = await start();
    const [alice] = network.accounts;
    const newcomer = Keypair.generate();
    const [coin] = coinsOf(network, alice!);
    const { digest } = await network.execute(signed(alice!, transfer(coin!, 5n, newcomer), coin!));
    const { sequenceNumber } = network.head();
    const { value } = await network.checkpoints({ from: sequenceNumber }).next();
    expect(value?.record.transactions.map(({ transaction }: { transaction: string }) => transaction)).toContain(digest);
    expect(coinsOf(network, newcomer)).toHaveLength(1);
  });
});

describe('impersonation', () => {
  it('is off by default', async () => {
    const network = await start();
    expect(() => network.impersonate('0xa11ce')).toThrow(/a network that allows it/);
  });

  it('is refused on a host that others reach', async () => {
    const started = startLocalnet({ ports: 'free', host: '0.0.0.0', impersonation: true });
    await expect(started).rejects.toSatisfy((error) => isError(error, 'INVALID_ARGUMENT'));
  });

  it('lets transactions of the sender pass without a signature, and of nobody else', async () => {
    const network = await start({ impersonation: true });
    const [alice, bob] = network.accounts;
    network.impersonate(alice!.address);
    const unsigned = (sender: Keypair) => {
      const [coin] = coinsOf(network, sender);
      return { ...signed(sender, transfer(coin!, 5n, Keypair.generate()), coin!), signatures: [] };
    };
    const { effects } = await network.execute(unsigned(alice!));
    expect(effects.status.kind).toBe('Success');
    await expect(network.execute(unsigned(bob!))).rejects.toThrow(/Expect 1 signer signatures but got 0/);
    network.stopImpersonating(alice!.address);
    await expect(network.execute(unsigned(alice!))).rejects.toThrow(/Expect 1 signer signatures/);
  });
});
