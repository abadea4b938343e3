import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSomaClient, isError, Keypair, parseSoma, type SomaClient } from '@somakit/sdk';
import { readEffects } from '@somakit/tx-builders';
import { describe, expect, it } from 'vitest';
import { openLine } from '../src/line.js';
import { endOf, startNetworkProcess, startProgram } from './support/processes.js';

/** How often the node is killed at a moment that nobody chose; the whole form has 20. */
const rounds = Number(process.env.SOMAKIT_KILL_ROUNDS ?? 1);

/** The transactions of all checkpoints. */
const history = async ({ rpc }: SomaClient): Promise<readonly string[]> => {
  const { sequenceNumber: last } = await rpc.getCheckpoint({ readMask: ['sequenceNumber'] });
  const digests: string[] = [];
  for (let sequenceNumber = 0n; sequenceNumber <= last; sequenceNumber++) {
    const { transactions } = await rpc.getCheckpoint({ sequenceNumber, readMask: ['transactions.digest'] });
    digests.push(...transactions.map(({ digest }) => digest));
  }
  return digests;
};

const isThere = (client: SomaClient, digest: string): Promise<boolean> =>
  client.getTransaction({ digest }).then(
    () => true,
    (error: unknown) => {
      if (isError(error, 'RPC_NOT_FOUND')) return false;
      throw error;
    },
  );

/** When the node is killed, and whether it has executed the transaction by then; undefined where that is chance. */
const moments = [
  ['its answer has left and is on the way', 'answers', true],
  ['the transaction is on the way', 'requests', false],
  ...Array.from({ length: rounds }, () => ['it was handed the transaction just now', undefined, undefined] as const),
] as const;

describe('a node that is killed between a submission and its answer', () => {
  it.each(moments)(
    'leaves no doubt once it is back: %s',
    async (_, lost, executed) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'somakit-kill-'));
      let node = await startNetworkProcess(dataDir);
      const wire = await openLine(node.port);
      const signer = Keypair.generate();
      const client = createSomaClient({ rpcUrl: wire.url, faucetUrl: node.faucetUrl, signer, retry: false });
      const witness = createSomaClient({ rpcUrl: node.rpcUrl });
      try {
        await client.requestFaucet({ address: signer.address });
        const funded = await client.getBalance({ address: signer.address });
        const coins = await client.listOwnedObjects({ owner: signer.address });
        const recipient = Keypair.generate().address;
        const amount = parseSoma('0.5');
        // Nothing but the submission is under way when it goes out: no wait, and the figures of the epoch are read.
        await client.transferCoin({ recipient, amount, dryRun: true });
        let digest = '';
        let handedOver = false;
        const onSigned = (signed: { readonly digest: string }): void => {
          digest = signed.digest;
          if (lost !== undefined) wire.hold(lost);
          wire.onRequest(() => {
            handedOver = true;
          });
        };
        const write = client
          .transferCoin({ recipient, amount, onSigned, wait: false })
          .catch((error: unknown) => error);
        const onItsWay = () => (lost === undefined ? handedOver : digest !== '' && wire.heldBytes() > 0);
        await expect.poll(onItsWay, { timeout: 10_000, interval: 1 }).toBe(true);
        await node.kill();
        await wire.cut();

        const error = await write;
        if (lost === undefined && !(error instanceof Error)) {
          // The answer was faster. What was answered is executed.
          expect(error).toMatchObject({ digest });
        } else {
          expect(isError(error, 'OUTCOME_UNKNOWN') && error.hint).toContain('resume');
          if (!isError(error, 'OUTCOME_UNKNOWN')) return;
          expect(error.context.digest).toBe(digest);
          await expect(client.resume({ transaction: error.context.transaction })).rejects.toMatchObject({
            code: 'OUTCOME_UNKNOWN',
          });
        }

        node = await startNetworkProcess(dataDir, node.port);
        await wire.open();
        // Before anybody asks again: what the node has kept is what had arrived.
        const kept = await isThere(witness, digest);
        if (executed !== undefined) expect(kept).toBe(executed);
        if (isError(error, 'OUTCOME_UNKNOWN')) {
          const { transaction } = error.context;
          const result = await client.resume({ transaction });
          expect(result.digest).toBe(digest);
          expect(result.effects.status.kind).toBe('Success');
          const again = await client.resume({ transaction });
          expect(again.effects).toEqual(result.effects);
        } else {
          expect(kept).toBe(true);
        }
        const { fee } = readEffects((await witness.waitForTransaction({ digest })).effects);
        expect(await client.getBalance({ address: recipient })).toBe(amount);
        expect(await client.getBalance({ address: signer.address })).toBe(funded - amount - fee.totalFee);

        // The coin that was in doubt is free again, no other was lost, and the ledger has each transaction once.
        const next = await client.transferCoin({ recipient, amount });
        const left = funded - 2n * amount - fee.totalFee - next.fee.totalFee;
        expect(await client.getBalance({ address: signer.address })).toBe(left);
        const after = await client.listOwnedObjects({ owner: signer.address });
        expect(after.map(({ objectId }) => objectId)).toEqual(coins.map(({ objectId }) => objectId));
        const all = await history(witness);
        expect(all.filter((each) => each === digest || each === next.digest)).toEqual([digest, next.digest]);
      } finally {
        client.close();
        witness.close();
        await wire.cut();
        await node.kill();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
    240_000,
  );
});

describe('a program that has written', () => {
  it('ends by itself, without closing its client', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'somakit-end-'));
    const node = await startNetworkProcess(dataDir);
    try {
      const program = startProgram('write-and-go.ts', node.rpcUrl, node.faucetUrl);
      let output = '';
      program.stdout!.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      expect(await endOf(program)).toBe(0);
      // What it said in its last line of what keeps it alive: nothing but its pipes to this test.
      expect(new Set(JSON.parse(output))).toEqual(new Set(['PipeWrap']));
    } finally {
      await node.kill();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 240_000);
});
