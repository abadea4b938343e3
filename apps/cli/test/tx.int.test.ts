import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, toBase64 } from '@somakit/core';
import { createMultiSig, formatPublicKey, Keypair } from '@somakit/crypto';
import {
  buildTransaction,
  decodeSignedTransaction,
  signTransaction,
  transactionDigest,
  transferCoin,
} from '@somakit/sdk/transactions';
import { describe, expect, it } from 'vitest';
import { gateTo } from './support/gate.js';
import { type Home, network } from './support/localnet.js';
import { start } from './support/running.js';
import { somakit } from './support/somakit.js';

const { net, home } = network();

const balanceOf = async ({ run }: Home, address: string): Promise<unknown> =>
  (await run(['balance', address, '--json'])).json()[0]?.balance;

/** Signed bytes that a node takes and the chain fails: they spend more than the coin has. */
const doomed = async ({ run, keypair, address }: Home): Promise<string> => {
  const [coin] = (await run(['objects', 'gas', '--json'])).json<{
    object_id: string;
    version: string;
    digest: string;
  }>();
  const ref = { objectId: coin!.object_id, version: BigInt(coin!.version), digest: coin!.digest };
  const kind = transferCoin({ coin: ref, amount: 900_000_000_000n, recipient: '0xb0b' });
  const { signedBytes } = await signTransaction(
    buildTransaction({ sender: address, kind, gasPayment: [ref] }),
    keypair,
  );
  return toBase64(signedBytes);
};

describe('transactions that are built here and sent elsewhere', () => {
  it('are printed unsigned, signed and as their digest, and nothing is sent', async () => {
    const who = await home();
    const to = Keypair.generate().address;
    const args = ['transfer', '--to', to, '--amount', '1'];
    const unsigned = await who.run([...args, '--serialize-unsigned-transaction']);
    expect(unsigned).toMatchObject({ code: 0, stderr: '' });
    const bytes = fromBase64(unsigned.stdout.trim());
    const digest = await who.run([...args, '--tx-digest']);
    expect(digest.stdout.trim()).toBe(transactionDigest(bytes));
    const signed = await who.run([...args, '--serialize-signed-transaction', '--json']);
    const line = signed.json<{ serialized_transaction: string; digest: string }>()[0]!;
    expect(decodeSignedTransaction(fromBase64(line.serialized_transaction))).toMatchObject({
      digest: transactionDigest(bytes),
      sender: who.address,
    });
    const both = await who.run([...args, '--tx-digest', '--serialize-signed-transaction']);
    expect(both.code).toBe(2);
    expect(await balanceOf(who, to)).toBe('0');
    // For an account whose key is not here at all.
    const foreign = net.accounts[0]!.address;
    const other = await who.run([...args, '--from', foreign, '--serialize-unsigned-transaction']);
    expect(other.code).toBe(0);
  });

  it('are signed by keys sign, sent by tx execute-signed, and shown before', async () => {
    const who = await home();
    const to = Keypair.generate().address;
    const args = ['transfer', '--to', to, '--amount', '1', '--serialize-unsigned-transaction'];
    writeFileSync(join(who.folder, 'tx'), (await who.run(args)).stdout);
    const shown = await who.run(['tx', 'decode', '@tx']);
    expect(shown.stdout).toContain(`Transfer 1 SOMA to ${to}`);
    const signed = await who.run(['keys', 'sign', '--data', '@tx', '--json']);
    expect(signed.stderr).toContain('Transfer 1 SOMA');
    const { signature } = signed.json<{ signature: string }>()[0]!;
    const good = await who.run(['keytool', 'decode-or-verify-tx', '--tx-bytes', '@tx', '--sig', signature, '--json']);
    expect(good.json()[0]).toMatchObject({ kind: 'TransferCoin', verification: { ok: true, address: who.address } });
    const bad = `${signature.slice(0, 10)}${signature[10] === 'A' ? 'B' : 'A'}${signature.slice(11)}`;
    const wrong = await who.run(['keytool', 'decode-or-verify-tx', '--tx-bytes', '@tx', '--sig', bad, '--json']);
    expect(wrong.code).toBe(5);
    expect(wrong.json()[0]).toMatchObject({ verification: { ok: false } });
    const send = ['tx', 'execute-signed', '--tx-bytes', '@tx', '--signatures', signature];
    expect((await who.run(send)).code).toBe(2);
    const sent = await who.run([...send, '--yes', '--json']);
    expect(sent.json()[0]).toMatchObject({ action: 'tx execute-signed', status: 'success' });
    expect(await balanceOf(who, to)).toBe('1000000000');
    const { digest } = sent.json<{ digest: string }>()[0]!;
    const info = await who.run(['tx', 'info', digest, '--json']);
    expect(info.json()[0]).toMatchObject({ schema: 'transaction-info/1', digest, status: 'success' });
    expect((await who.run(['tx', 'info', digest])).stdout).toContain('Checkpoint');
    expect((await who.run(['tx', 'info', 'nonsense'])).code).toBe(2);
    expect((await who.run(['tx', 'info', '4'.repeat(44)])).code).toBe(5);
  });

  it('are signed and sent by execute-serialized and execute-combined-signed', async () => {
    const who = await home();
    const to = Keypair.generate().address;
    const args = ['transfer', '--to', to, '--amount', '1'];
    const unsigned = (await who.run([...args, '--serialize-unsigned-transaction'])).stdout.trim();
    const dry = await who.run(['tx', 'execute-serialized', unsigned, '--dry-run', '--json']);
    expect(dry.json()[0]).toMatchObject({ dry_run: true, status: 'success' });
    const first = await who.run(['tx', 'execute-serialized', unsigned, '--yes', '--json']);
    expect(first.json()[0]).toMatchObject({ status: 'success' });
    const signed = (await who.run([...args, '--serialize-signed-transaction'])).stdout.trim();
    const second = await who.run(['tx', 'execute-combined-signed', '--signed-tx-bytes', signed, '--yes', '--json']);
    expect(second.json()[0]).toMatchObject({ status: 'success' });
    // The chain executes the same bytes once.
    const again = await who.run(['tx', 'execute-combined-signed', '--signed-tx-bytes', signed, '--yes', '--json']);
    expect(again.json()[0]?.digest).toBe(second.json()[0]?.digest);
    expect(await balanceOf(who, to)).toBe('2000000000');
    const damaged = await who.run(['tx', 'execute-serialized', unsigned.slice(8), '--yes']);
    expect(damaged.code).toBe(2);
  });

  it('pass from member to member of a shared account', async () => {
    const who = await home();
    const members = [who.keypair, Keypair.generate()] as const;
    const pks = members.map(({ publicKey }) => formatPublicKey(publicKey));
    const { address } = createMultiSig({ members: pks.map((publicKey) => ({ publicKey, weight: 1 })), threshold: 2 });
    await net.fund(address, 5_000_000_000n);
    const to = Keypair.generate().address;
    const args = ['transfer', '--to', to, '--amount', '1', '--from', address, '--serialize-unsigned-transaction'];
    const unsigned = (await who.run(args)).stdout.trim();
    const sigs: string[] = [];
    for (const member of members) {
      const options = { env: { SOMAKIT_PRIVATE_KEY: member.toSecretKey() } };
      sigs.push((await who.run(['keys', 'sign', '--data', unsigned], options)).stdout.trim());
    }
    const combine = ['multisig', 'combine', '--pks', ...pks, '--threshold', '2', '--tx-bytes', unsigned, '--sigs'];
    const combined = (await who.run([...combine, ...sigs])).stdout.trim();
    const sent = await who.run(['tx', 'execute-combined-signed', '--signed-tx-bytes', combined, '--yes', '--json']);
    expect(sent.json()[0]).toMatchObject({ status: 'success' });
    expect(await balanceOf(who, to)).toBe('1000000000');
  });
});

describe('transactions that fail', () => {
  it('end with 6 when the chain fails them, and with 5 when the simulation says so before', async () => {
    const who = await home();
    const bytes = await doomed(who);
    const args = ['tx', 'execute-combined-signed', '--signed-tx-bytes', bytes];
    const before = await who.run([...args, '--dry-run', '--json']);
    expect(before.code).toBe(5);
    expect(JSON.parse(before.stderr)).toMatchObject({
      code: 'CLI_WOULD_FAIL',
      context: { failure: 'InsufficientCoinBalance' },
    });
    // A person is told before it is sent.
    expect((await who.run([...args, '--yes'])).code).toBe(5);
    const failed = await who.run([...args, '--yes', '--json']);
    expect(failed.code).toBe(6);
    expect(failed.stdout).toBe('');
    const { code, context } = JSON.parse(failed.stderr) as { code: string; context: { digest: string } };
    expect(code).toBe('TRANSACTION_FAILED');
    const info = await who.run(['tx', 'info', context.digest, '--json']);
    expect(info.json()[0]).toMatchObject({ status: 'failure', error: { kind: 'InsufficientCoinBalance' } });
  });
});

describe('transactions whose answer is lost', () => {
  const pendingIn = (folder: string): string[] => {
    const pending = join(folder, '.local', 'state', 'somakit', 'pending');
    return existsSync(pending) ? readdirSync(pending) : [];
  };

  it('end with 7 and are taken up by tx resume', async () => {
    const who = await home();
    const gate = await gateTo(net.rpcUrl);
    const to = Keypair.generate().address;
    const lost = new Set(['ExecuteTransaction', 'GetTransaction']);
    gate.rule((method) => (lost.has(method) ? 'never-answered' : 'pass'));
    const args = ['transfer', '--to', to, '--amount', '1', '--yes', '--json', '--rpc', gate.url, '--timeout', '8'];
    const unknown = await who.run(args);
    expect(unknown.code).toBe(7);
    const { code, hint, context } = JSON.parse(unknown.stderr) as {
      code: string;
      hint: string;
      context: { digest: string };
    };
    expect(code).toBe('OUTCOME_UNKNOWN');
    expect(hint).toContain(`somakit tx resume ${context.digest}`);
    expect(pendingIn(who.folder)).toEqual([`${context.digest}.json`]);
    gate.rule(() => 'pass');
    const resumed = await who.run(['tx', 'resume', '--json']);
    expect(resumed.json()[0]).toMatchObject({ action: 'transfer', digest: context.digest, status: 'success' });
    expect(pendingIn(who.folder)).toEqual([]);
    // Once, whoever asked how often.
    expect(await balanceOf(who, to)).toBe('1000000000');
    const nothing = await who.run(['tx', 'resume']);
    expect(nothing).toMatchObject({ code: 0, stdout: '' });
    expect((await who.run(['tx', 'resume', context.digest])).code).toBe(2);
  });

  it('are written down before they leave: kill -9 loses nothing', async () => {
    const who = await home();
    const gate = await gateTo(net.rpcUrl);
    gate.rule((method) => (method === 'ExecuteTransaction' ? 'never-arrives' : 'pass'));
    const held = gate.held();
    const to = Keypair.generate().address;
    const args = ['transfer', '--to', to, '--amount', '1', '--yes', '--rpc', gate.url];
    const running = start(args, { cwd: who.folder, env: { HOME: who.folder } });
    await held;
    expect(await running.end('SIGKILL')).toBeNull();
    expect(pendingIn(who.folder)).toHaveLength(1);
    expect(await balanceOf(who, to)).toBe('0');
    gate.rule(() => 'pass');
    const resumed = await who.run(['tx', 'resume', '--json']);
    expect(resumed.json()[0]).toMatchObject({ status: 'success' });
    expect(await balanceOf(who, to)).toBe('1000000000');
  });

  it('end with 7 too when Ctrl-C ends the wait', async () => {
    const who = await home();
    const gate = await gateTo(net.rpcUrl);
    gate.rule((method) => (method === 'ExecuteTransaction' ? 'never-answered' : 'pass'));
    const held = gate.held();
    const args = ['transfer', '--to', '0xb0b', '--amount', '1', '--yes', '--rpc', gate.url];
    const running = start(args, { cwd: who.folder, env: { HOME: who.folder } });
    await held;
    expect(await running.end('SIGINT')).toBe(7);
    expect(running.stderr()).toContain('somakit tx resume');
    expect(pendingIn(who.folder)).toHaveLength(1);
  });

  it('ends with 130 when Ctrl-C comes before anything was sent', async () => {
    const who = await home();
    const gate = await gateTo(net.rpcUrl);
    gate.rule((method) => (method === 'ExecuteTransaction' ? 'pass' : 'never-arrives'));
    const args = ['transfer', '--to', '0xb0b', '--amount', '1', '--yes', '--rpc', gate.url];
    const held = gate.held();
    const running = start(args, { cwd: who.folder, env: { HOME: who.folder } });
    await held;
    expect(await running.end('SIGINT')).toBe(130);
    expect(pendingIn(who.folder)).toEqual([]);
  });
});

describe('a home that cannot be written to', () => {
  it('sends all the same, and says what to look for', async () => {
    const who = await home();
    writeFileSync(join(who.folder, 'file'), '');
    const args = ['transfer', '--to', '0xb0b', '--amount', '1', '--yes', '--json'];
    const done = await somakit(args, {
      cwd: who.folder,
      env: { ...who.env, HOME: who.folder, SOMAKIT_STATE_DIR: join(who.folder, 'file', 'state') },
    });
    expect(done).toMatchObject({ code: 0 });
    expect(done.stderr).toContain('cannot be written down');
  });
});
