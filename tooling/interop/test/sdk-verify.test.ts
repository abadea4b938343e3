import { isMessage } from '@bufbuild/protobuf';
import type { Committee } from '@somakit/bcs';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { createNodeTransport, type RpcTransport } from '@somakit/rpc/node';
import { rpcStatus } from '@somakit/rpc/server';
import { createSomaClient, isError, Keypair, parseSoma, type SomaClient, type TrustedStart } from '@somakit/sdk';
import { verifyFrom } from '@somakit/sdk/verify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let network: Localnet;
const ends: (() => void)[] = [];

// biome-ignore lint/suspicious/noExplicitAny: a liar changes messages of any kind.
type Lie = (message: any, request: any) => void;
const lies = new Map<string, Lie>();

/** A node between: answers are those of the network, changed by the lies that are told just now. */
const liar = (): RpcTransport => {
  const inner = createNodeTransport({ url: network.rpcUrl });
  ends.push(() => inner.close());
  const unary: RpcTransport['unary'] = async (method, signal, timeoutMs, header, input, values) => {
    const answer = await inner.unary(method, signal, timeoutMs, header, input, values);
    lies.get(method.name)?.(answer.message, input);
    expect(isMessage(answer.message)).toBe(true);
    return answer;
  };
  return Object.create(inner, { unary: { value: unary } });
};

const clientOf = (trustedStart: TrustedStart, signer?: Keypair): SomaClient => {
  const client = createSomaClient({ transport: liar(), signer, trust: 'verify', trustedStart, retry: false });
  ends.push(() => client.close());
  return client;
};

/** Where most tests begin; later than the genesis, which saves following every epoch. */
let here: TrustedStart;

const fromGenesis = (signer?: Keypair): SomaClient => clientOf({ chainId: network.chainId }, signer);

/** A verifying client of a new account with 2 SOMA in one coin. */
const funded = async (): Promise<SomaClient> => {
  const signer = Keypair.generate();
  await network.fund(signer.address, parseSoma('2'));
  return clientOf(here, signer);
};

const recipient = Keypair.generate().address;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const refused = async (promise: Promise<unknown>) => {
  const error = await failure(promise);
  if (!isError(error, 'VERIFICATION_FAILED')) return error;
  const { subject, reason } = error.context;
  return `${subject}: ${reason}`;
};

beforeAll(async () => {
  network = await startLocalnet({ ports: 'free', smallModel: true, validators: 4, accounts: 1 });
  here = { chainId: network.chainId };
});
afterEach(() => lies.clear());
afterAll(async () => {
  for (const end of ends) end();
  await network.stop();
});

describe("trust: 'verify'", () => {
  it.each([
    ['nothing', undefined],
    ['two starts', { chainId: 'x', checkpoint: 'y' }],
    ['another thing', { committees: [] }],
  ])('needs one trusted start, not %s', (_, trustedStart) => {
    const make = () => createSomaClient({ network: 'localnet', trust: 'verify', trustedStart: trustedStart as never });
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('proves writes, transactions, checkpoints and objects of an honest node, from the chain identifier', async () => {
    const client = await funded();
    const result = await client.transferCoin({ recipient, amount: parseSoma('0.5') });
    expect(result.net).toBe(-parseSoma('0.5') - result.fee.totalFee);
    const seen = await client.waitForTransaction({ digest: result.digest });
    expect(seen).toMatchObject({ checkpoint: result.checkpoint, effects: result.effects });
    expect(seen.balanceChanges).toEqual(expect.arrayContaining([...result.balanceChanges]));
    const { data } = await client.getCheckpointSummary({ sequenceNumber: result.checkpoint ?? 0n });
    expect(seen.timestamp).toBe(data.timestampMs);
    const [coin] = await client.listOwnedObjects({ owner: recipient });
    const object = await client.getObject({ objectId: coin?.objectId ?? '' });
    expect(object.contents).toEqual({ kind: 'Coin', balance: parseSoma('0.5') });
    await client.getObjectWithVersion({ objectId: object.objectId, version: object.version });
    expect((await client.getLatestCheckpoint()).data.sequenceNumber).toBeGreaterThanOrEqual(data.sequenceNumber);
    expect((await client.getCheckpointSummary({ sequenceNumber: 0n })).data.epoch).toBe(0n);
  });

  it('proves a failure before it tells of it', async () => {
    const client = await funded();
    const stake = client.addStake({ validator: recipient, amount: parseSoma('1'), preflight: false });
    await expect(stake).rejects.toMatchObject({
      code: 'TRANSACTION_FAILED',
      context: { failure: { kind: 'ValidatorNotFound' } },
    });
  });

  it('follows the committees over the ends of epochs, from whichever start', async () => {
    const before = fromGenesis();
    await before.getLatestCheckpoint();
    await network.advanceEpoch({ count: 3 });
    const signer = Keypair.generate();
    await network.fund(signer.address, parseSoma('2'));
    const plain = createSomaClient({ rpcUrl: network.rpcUrl });
    ends.push(() => plain.close());
    const { firstCheckpoint } = await plain.getEpoch();
    const last = await plain.rpc.getCheckpoint({
      sequenceNumber: (firstCheckpoint ?? 0n) - 1n,
      readMask: ['summary', 'digest'],
    });
    const committee = last.summary.endOfEpochData?.nextEpochValidatorCommittee as Committee;
    here = { committee };
    for (const start of [{ chainId: network.chainId }, { checkpoint: last.digest }, { committee }]) {
      const client = clientOf(start, signer);
      const { checkpoint } = await client.transferCoin({ recipient, amount: 1n });
      expect(checkpoint).toBeTypeOf('bigint');
    }
    const ready = createSomaClient({ transport: liar(), trust: verifyFrom({ committee }) });
    ends.push(() => ready.close());
    expect((await ready.getLatestCheckpoint()).data.epoch).toBe(network.epoch());
    expect((await before.getLatestCheckpoint()).data.epoch).toBe(network.epoch());
    const late = clientOf({ committee });
    expect(await refused(late.getCheckpointSummary({ sequenceNumber: 1n }))).toBe('committee: epoch');
  });

  it('takes no checkpoint in the middle of an epoch for a start', async () => {
    const plain = createSomaClient({ rpcUrl: network.rpcUrl });
    ends.push(() => plain.close());
    const { digest } = await plain.rpc.getCheckpoint({ readMask: ['summary', 'digest'], sequenceNumber: 1n });
    expect(await refused(clientOf({ checkpoint: digest }).getLatestCheckpoint())).toBe('committee: malformed');
  });
});

describe('a lying node', () => {
  const send = async () => (await funded()).transferCoin({ recipient, amount: 1_000n });

  it('cannot change what a write did', async () => {
    lies.set('ExecuteTransaction', ({ transaction }) => {
      transaction.effects.fee.baseFee += 1n;
    });
    expect(await refused(send())).toBe('effects: notContained');
  });

  it('cannot call a write failed that was executed well', async () => {
    lies.set('ExecuteTransaction', ({ transaction }) => {
      const error = { kind: 1, description: 'InsufficientGas', errorDetails: { case: undefined } };
      Object.assign(transaction.effects.status, { success: false, error });
    });
    expect(await refused(send())).toBe('effects: notContained');
  });

  it('cannot give the effects of another transaction', async () => {
    const client = await funded();
    const first = await client.transferCoin({ recipient, amount: 1n });
    const second = await client.transferCoin({ recipient, amount: 2n });
    lies.set('GetTransaction', (message) => {
      message.transaction.effects.transactionDigest = first.digest;
    });
    expect(await refused(client.getTransaction({ digest: second.digest }))).toBe('effects: digest');
  });

  it('says, when a write cannot be proven, that it was sent', async () => {
    lies.set('GetCheckpoint', ({ checkpoint }) => {
      if (checkpoint.signature !== undefined) checkpoint.signature.signature[0] ^= 1;
    });
    const error = await failure(send());
    expect(isError(error, 'VERIFICATION_FAILED') && error.hint).toContain('was sent');
  });

  it.each<[string, string, Lie]>([
    [
      'the signature',
      'checkpoint: signature',
      ({ checkpoint }) => {
        checkpoint.signature.signature[5] ^= 1;
      },
    ],
    [
      'the time',
      'checkpoint: signature',
      ({ checkpoint }) => {
        checkpoint.summary.timestamp.seconds += 1n;
      },
    ],
    [
      'the signers',
      'checkpoint: quorum',
      ({ checkpoint }) => {
        checkpoint.signature.bitmap = [0];
        checkpoint.signature.signers = [0];
      },
    ],
    [
      'the list of transactions',
      'contents: digest',
      ({ checkpoint }) => {
        checkpoint.contents?.transactions.splice(0, 1);
      },
    ],
    [
      'the number',
      'checkpoint: sequence',
      ({ checkpoint }) => {
        checkpoint.summary.sequenceNumber += 1n;
      },
    ],
  ])('cannot change %s of a checkpoint', async (_, reason, lie) => {
    const client = await funded();
    const { digest } = await client.transferCoin({ recipient, amount: 1n });
    // Another client: the first one has proven that checkpoint already.
    const other = clientOf(here);
    await other.getLatestCheckpoint();
    lies.set('GetCheckpoint', lie);
    expect(await refused(other.getTransaction({ digest }))).toBe(reason);
  });

  it('cannot leave out a checkpoint that it has named', async () => {
    const client = await funded();
    await client.getLatestCheckpoint();
    lies.set('GetCheckpoint', () => {
      throw rpcStatus('NOT_FOUND', 'Checkpoint not found');
    });
    const promise = client.transferCoin({ recipient, amount: 1n });
    expect(await refused(promise)).toBe('checkpoint: notContained');
  });

  it('cannot put a transaction into another checkpoint', async () => {
    const client = await funded();
    const { digest } = await client.transferCoin({ recipient, amount: 1n });
    lies.set('GetTransaction', ({ transaction }) => {
      transaction.checkpoint -= 1n;
    });
    expect(await refused(client.getTransaction({ digest }))).toBe('effects: notContained');
  });

  it('cannot change a coin, nor the balance that a write left', async () => {
    const client = await funded();
    const [coin] = await client.listOwnedObjects({ owner: client.signer?.address ?? '' });
    const richer: Lie = ({ object }) => {
      object.contents = Uint8Array.from(object.contents as Uint8Array, (byte, index) => (index === 6 ? 1 : byte));
    };
    lies.set('GetObject', (message, request) => {
      if (request.objectId === coin?.objectId) richer(message, request);
    });
    expect(await refused(client.getObject({ objectId: coin?.objectId ?? '' }))).toBe('object: digest');
    lies.clear();
    lies.set('BatchGetObjects', ({ objects }) => {
      for (const { result } of objects) richer({ object: result.value }, undefined);
    });
    expect(await refused(client.transferCoin({ recipient, amount: 1n }))).toBe('object: digest');
  });

  it('cannot give another object, or another version', async () => {
    const client = await funded();
    await client.transferCoin({ recipient, amount: 1n });
    const [coin] = await client.listOwnedObjects({ owner: client.signer?.address ?? '' });
    const [other] = await client.listOwnedObjects({ owner: recipient });
    lies.set('GetObject', (message) => {
      message.object.objectId = other?.objectId;
    });
    expect(await refused(client.getObject({ objectId: coin?.objectId ?? '' }))).toBe('object: notContained');
    lies.set('GetObject', (message) => {
      message.object.version += 1n;
    });
    expect(await refused(client.getObject({ objectId: coin?.objectId ?? '' }))).toBe('object: digest');
  });

  it('cannot hand over to a committee of its own', async () => {
    if (network.epoch() === 0n) await network.advanceEpoch();
    lies.set('GetCheckpoint', ({ checkpoint }) => {
      const next = checkpoint.summary?.endOfEpochData?.nextEpochValidatorCommittee;
      if (next !== undefined) checkpoint.summary.endOfEpochData.nextEpochProtocolVersion += 1n;
    });
    expect(await refused(fromGenesis().getLatestCheckpoint())).toBe('checkpoint: signature');
  });

  it('cannot begin with another chain', async () => {
    lies.set('GetCheckpoint', ({ checkpoint }) => {
      if (checkpoint.summary?.sequenceNumber === 0n) checkpoint.summary.timestamp.seconds += 1n;
    });
    expect(await refused(fromGenesis().getLatestCheckpoint())).toBe('genesis: digest');
    const other = clientOf({ chainId: recipient.slice(2, 10) });
    await expect(other.getLatestCheckpoint()).rejects.toMatchObject({ code: 'INVALID_DIGEST' });
  });
});
