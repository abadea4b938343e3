import { fromBinary } from '@bufbuild/protobuf';
import { type CheckpointSummary, SystemState, type TransactionEffects } from '@somakit/bcs';
import { fromHex, isError, toHex } from '@somakit/core';
import { describe, expect, it } from 'vitest';
import type { ExecuteTransactionRequest } from '../../src/proto/index.js';
import { type Capture, type CapturedExchange, captured, methodOf } from '../support/recordings.js';
import { memoryStub, replay, signedOf } from '../support/replay.js';

const isRpc = ({ transport }: CapturedExchange) => transport === 'HTTP/2';
const exchanges = captured.flatMap(({ name, exchanges: list }) =>
  list.filter(isRpc).map((exchange, index) => ({ name: `${name} ${index} ${exchange.path}`, exchange })),
);

describe('the requests of the official client', () => {
  it('are there', () => expect(exchanges.length).toBeGreaterThan(140));

  it.each(exchanges)('$name: ours is the same byte for byte', async ({ exchange }) => {
    const { arrived, ...clients } = memoryStub([exchange]);
    await replay(clients, exchange).catch((error: unknown) => {
      if (!isError(error) || exchange.response.grpcStatus === 0) throw error;
    });
    expect(arrived[0]).toEqual({ path: exchange.path, body: exchange.messages![0] ?? '' });
    expect(arrived).toHaveLength(1);
  });
});

/** The last RPC of a case, asked again by our client. */
const again = async (name: string, which?: string): Promise<{ capture: Capture; value: never }> => {
  const capture = captured.find((each) => each.name === name)!;
  const list = capture.exchanges.filter(isRpc).filter(({ path }) => which === undefined || path.endsWith(which));
  const exchange = list[list.length - 1]!;
  return { capture, value: (await replay(memoryStub([exchange]), exchange)) as never };
};

// biome-ignore lint/suspicious/noExplicitAny: recorded data
type Recorded = any;

/** An enum of the official client's results: a word, or one key. */
const variantOf = (value: Recorded): [kind: string, inner: Recorded] =>
  typeof value === 'string' ? [value, undefined] : (Object.entries(value)[0] as [string, Recorded]);

const ownerOf = (value: Recorded) => {
  const [kind, inner] = variantOf(value);
  return kind === 'AddressOwner'
    ? { kind, address: `0x${inner}` }
    : { kind, initialSharedVersion: BigInt(inner.initial_shared_version) };
};

/** Effects as the official client shows them, as ours. */
const effectsOf = (value: Recorded): Recorded => ({
  status: { kind: value.status },
  executedEpoch: BigInt(value.executed_epoch),
  transactionFee: {
    baseFee: BigInt(value.transaction_fee.base_fee),
    operationFee: BigInt(value.transaction_fee.operation_fee),
    valueFee: BigInt(value.transaction_fee.value_fee),
    totalFee: BigInt(value.transaction_fee.total_fee),
  },
  transactionDigest: value.transaction_digest,
  gasObjectIndex: value.gas_object_index,
  dependencies: value.dependencies,
  version: BigInt(value.version),
  changedObjects: value.changed_objects.map(([objectId, change]: [string, Recorded]) => {
    const [before, input] = variantOf(change.input_state);
    const [after, output] = variantOf(change.output_state);
    return {
      objectId,
      inputState:
        input === undefined
          ? { kind: before }
          : { kind: before, version: BigInt(input[0][0]), digest: input[0][1], owner: ownerOf(input[1]) },
      outputState:
        output === undefined ? { kind: after } : { kind: after, digest: output[0], owner: ownerOf(output[1]) },
      idOperation: { kind: change.id_operation },
    };
  }),
  unchangedSharedObjects: value.unchanged_shared_objects.map(([objectId, state]: [string, Recorded]) => {
    const [kind, inner] = variantOf(state);
    return { objectId, state: { kind, version: BigInt(inner[0]), digest: inner[1] } };
  }),
});

describe('the replies to the official client', () => {
  it('give the same service info', async () => {
    const { capture, value } = await again('get_server_version');
    expect((value as { server: string }).server).toBe(capture.result);
  });

  it.each(captured.filter(({ call }) => call === 'get_balance'))('$name: give the same balance', async ({ name }) => {
    const { capture, value } = await again(name);
    expect(Number(value as bigint) / 1e9).toBe(capture.result);
  });

  it.each(captured.filter(({ call }) => call.startsWith('get_object')))(
    '$name: give the same object',
    async ({ name }) => {
      const { capture, value } = await again(name);
      const object = value as {
        objectId: string;
        version: bigint;
        digest: string;
        contents: { kind: string; balance: bigint };
        owner: unknown;
      };
      const { result } = capture;
      expect(object).toMatchObject({ objectId: result.id, version: BigInt(result.version), digest: result.digest });
      expect(object.owner).toEqual({ kind: 'AddressOwner', address: `0x${result.owner.AddressOwner}` });
      const bytes = fromHex(result.data.contents.hex).slice(32);
      expect(object.contents).toEqual({ kind: 'Coin', balance: new DataView(bytes.buffer).getBigUint64(0, true) });
    },
  );

  it('walk all pages of owned objects', async () => {
    const capture = captured.find(({ name }) => name === 'list_owned_objects.pages')!;
    const { rpc } = memoryStub(capture.exchanges);
    const ids: string[] = [];
    for await (const { objectId } of rpc.ownedObjects({ owner: capture.args[0], objectType: 'Coin' }))
      ids.push(objectId);
    expect(ids).toEqual(capture.result.map(({ id }: { id: string }) => id));
  });

  it.each(captured.filter(({ call, result }) => call === 'list_targets' && result))(
    '$name: give the same targets',
    async ({ name }) => {
      const { capture, value } = await again(name);
      const { items, nextPageToken } = value as { items: Record<string, unknown>[]; nextPageToken?: Uint8Array };
      const wanted = capture.result.targets;
      expect(items).toHaveLength(wanted.length);
      for (const [index, target] of items.entries()) {
        const { id, embedding, modelIds, status, rewardPool, generationEpoch, bondAmount, submitter, dataUrl } = target;
        const original = wanted[index];
        expect(BigInt(id as string)).toBe(BigInt(original.id));
        expect(Array.from(embedding as Float32Array)).toEqual(original.embedding);
        expect((modelIds as string[]).map(BigInt)).toEqual(original.model_ids.map(BigInt));
        if (status !== undefined) expect(status).toBe(original.status);
        if (rewardPool !== undefined) expect(rewardPool).toBe(BigInt(original.reward_pool));
        if (generationEpoch !== undefined) expect(generationEpoch).toBe(BigInt(original.generation_epoch));
        if (bondAmount !== undefined) expect(bondAmount).toBe(BigInt(original.bond_amount));
        if (submitter !== undefined) expect(submitter).toBe(original.submitter);
        if (dataUrl !== undefined) expect(dataUrl).toBe(original.data_url);
      }
      expect(nextPageToken === undefined ? null : toHex(nextPageToken)).toBe(capture.result.next_page_token);
    },
  );

  it('give the same system state', async () => {
    const { capture, value } = await again('get_latest_system_state');
    const { systemState } = value as { systemState: SystemState };
    expect(systemState).toMatchObject({
      epoch: BigInt(capture.result.epoch),
      protocolVersion: BigInt(capture.result.protocol_version),
      emissionPool: { balance: BigInt(capture.result.emission_pool.balance) },
    });
    expect(SystemState.decode(SystemState.encode(systemState))).toEqual(systemState);
    expect(systemState.validators).toHaveLength(capture.result.validators.validators.length);
    expect([...systemState.modelRegistry.models.keys()].sort()).toEqual(
      Object.keys(capture.result.model_registry.models).sort(),
    );
  });

  it.each(captured.filter(({ call }) => /checkpoint/.test(call)))('$name: give the same summary', async ({ name }) => {
    const { capture, value } = await again(name);
    const { summary, signature } = value as { summary: CheckpointSummary; signature: { epoch: bigint } };
    const { data, auth_signature } = capture.result;
    expect(summary).toMatchObject({
      epoch: BigInt(data.epoch),
      sequenceNumber: BigInt(data.sequence_number),
      networkTotalTransactions: BigInt(data.network_total_transactions),
      contentDigest: data.content_digest,
      timestampMs: BigInt(data.timestamp_ms),
    });
    expect(signature.epoch).toBe(BigInt(auth_signature.epoch));
  });

  it.each(captured.filter(({ result }) => result?.V1?.transaction_digest))(
    '$name: give the same effects',
    async ({ name }) => {
      const { capture, value } = await again(name);
      const { effects } = value as { effects: TransactionEffects };
      expect(effects).toEqual(effectsOf(capture.result.V1));
    },
  );

  it('give a failure as the chain names it', async () => {
    const { value } = await again('tx.failure', 'ExecuteTransaction');
    const { effects } = value as { effects: TransactionEffects };
    expect(effects.status).toEqual({
      kind: 'Failure',
      error: { kind: 'InsufficientBond', required: 10n, provided: 3n },
    });
  });

  it.each(captured.filter(({ name }) => name.startsWith('request_faucet')))(
    '$name: give the same coins',
    async ({ name }) => {
      const { capture, value } = await again(name);
      const [coin] = (value as { coinsSent: { amount: bigint; id: string; transferTxDigest: string }[] }).coinsSent;
      const [wanted] = capture.result.coins_sent;
      expect(coin).toMatchObject({ amount: BigInt(wanted.amount), transferTxDigest: wanted.transfer_tx_digest });
      expect(BigInt(coin!.id)).toBe(BigInt(wanted.id));
    },
  );

  it('give the same epoch and health', async () => {
    expect((await again('advance_epoch')).value).toBe(168n);
    expect((await again('scoring_health')).value).toBe(true);
  });

  it.each(captured.filter(({ call }) => call === 'score'))('$name: give the same scores', async ({ name }) => {
    const { capture, value } = await again(name);
    const { winner, lossScore, embedding, distance } = value as Record<string, Float32Array> & { winner: never };
    expect(winner).toBe(capture.result.winner);
    expect(Array.from(lossScore!)).toEqual(capture.result.loss_score);
    expect(Array.from(embedding!)).toEqual(capture.result.embedding);
    expect(Array.from(distance!)).toEqual(capture.result.distance);
  });

  it('give the error with its field', async () => {
    const capture = captured.find(({ name }) => name === 'list_targets.bad')!;
    const exchange = capture.exchanges[0]!;
    const error = await replay(memoryStub([exchange]), exchange).catch((thrown: unknown) => thrown);
    if (!isError(error, 'RPC_INVALID_REQUEST')) throw error;
    expect(error.context.violations).toEqual([
      { field: 'submitter_filter', description: 'invalid submitter_filter: x', reason: 'FIELD_INVALID' },
    ]);
  });
});

describe('a submission as the official client makes it', () => {
  const submissions = captured.filter(
    ({ name, exchanges: list, result }) =>
      name.startsWith('tx.') && result && list.some(({ path }) => path.endsWith('SubscribeCheckpoints')),
  );

  it.each(submissions)('$name: subscribes, executes and waits', async ({ exchanges: list }) => {
    const execute = list.find(({ path }) => path.endsWith('ExecuteTransaction'))!;
    const subscribe = list.find(({ path }) => path.endsWith('SubscribeCheckpoints'))!;
    const request = fromBinary(
      methodOf(execute.path)!.input,
      fromHex(execute.messages![0]!),
    ) as ExecuteTransactionRequest;
    const { arrived, rpc } = memoryStub([subscribe, execute]);
    const result = await rpc.executeTransactionAndWait({
      transaction: signedOf(request),
      readMask: ['effects', 'balanceChanges', 'objects'],
    });
    expect(arrived).toHaveLength(2);
    expect(arrived).toContainEqual({ path: subscribe.path, body: subscribe.messages![0] });
    expect(arrived).toContainEqual({ path: execute.path, body: execute.messages![0] });
    expect(result.checkpoint).toBe(7n);
    expect(result.effects.transactionDigest).toBe(request.transaction!.digest);
  });
});
