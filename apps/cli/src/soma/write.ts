import { isError, SomaKitError, toBase64 } from '@somakit/core';
import type { Signer } from '@somakit/crypto';
import type { WriteResult } from '@somakit/sdk';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { ask, canAsk } from '../prompt.js';
import { somaText } from './format.js';
import { forgetPending, keepPending } from './pending.js';
import { coinsOf, type SomaSession, type WriteOptions } from './session.js';
import { showTransaction, transactionJson } from './transaction-view.js';

/** What a write hands to the SDK: spread it into the call's parameters. */
export interface SendOptions {
  readonly dryRun?: boolean;
  readonly signal: AbortSignal;
  /** The coins that may be used; all without. */
  readonly coins?: readonly string[];
  readonly signer?: Signer;
  readonly onSigned?: (signed: { readonly digest: string; readonly transaction: Uint8Array }) => void;
}

export interface SomaWrite<R extends WriteResult> {
  /** The command, such as `transfer`. */
  readonly action: string;
  /** What will happen, for people. */
  readonly lines: readonly string[];
  readonly question: string;
  readonly send: (options: SendOptions) => Promise<R>;
  /** More members for JSON. */
  readonly extra?: ((result: R) => object) | undefined;
  /** What comes next, for people. */
  readonly after?: ((result: R) => readonly string[]) | undefined;
}

/** Ends a write at the point where its bytes are there. Never leaves this file. */
class Stop extends Error {}

const unsignedBytes = async <R extends WriteResult>(cli: Cli, session: SomaSession, write: SomaWrite<R>) => {
  let bytes: Uint8Array | undefined;
  const signer = {
    address: session.address,
    signTransaction: (transaction: Uint8Array) => {
      bytes = transaction;
      throw new Stop();
    },
  };
  try {
    await write.send({ signal: cli.signal, signer });
  } catch (error) {
    if (bytes === undefined) throw error;
  }
  return bytes!;
};

const signedBytes = async <R extends WriteResult>(cli: Cli, write: SomaWrite<R>) => {
  let bytes: Uint8Array | undefined;
  try {
    await write.send({
      signal: cli.signal,
      onSigned: ({ transaction }) => {
        bytes = transaction;
        throw new Stop();
      },
    });
  } catch (error) {
    if (bytes === undefined) throw error;
  }
  return bytes!;
};

/** The flags that print a transaction instead of sending it. */
const printOnly = async <R extends WriteResult>(
  cli: Cli,
  session: SomaSession,
  options: WriteOptions,
  write: SomaWrite<R>,
): Promise<boolean> => {
  const { txDigest = false, serializeUnsignedTransaction: unsigned = false } = options;
  const { serializeSignedTransaction: signed = false } = options;
  const asked = [txDigest, unsigned, signed, options.dryRun === true].filter(Boolean).length;
  if (asked > 1) {
    throw usageError(
      'Only one of --dry-run, --tx-digest, --serialize-unsigned-transaction and --serialize-signed-transaction.',
    );
  }
  if (!(txDigest || unsigned || signed)) return false;
  const { decodeSignedTransaction, transactionDigest } = await import('@somakit/sdk/transactions');
  const bytes = signed ? await signedBytes(cli, write) : await unsignedBytes(cli, session, write);
  const digest = signed ? decodeSignedTransaction(bytes).digest : transactionDigest(bytes);
  const text = toBase64(bytes);
  if (cli.out.json) {
    cli.out.object('serialized-transaction/1', {
      action: write.action,
      digest,
      signed,
      ...(txDigest ? {} : { serialized_transaction: text }),
    });
  } else cli.out.line(txDigest ? digest : text);
  return true;
};

const wouldFail = (action: string, error: SomaKitError<'TRANSACTION_FAILED'>): SomaKitError =>
  new SomaKitError('CLI_WOULD_FAIL', error.message.replace(/ failed:/, ' would fail:'), {
    context: { action, failure: error.context.failure.kind },
    hint: error.hint,
    cause: error,
  });

const simulate = async <R extends WriteResult>(cli: Cli, write: SomaWrite<R>): Promise<R> => {
  try {
    return await write.send({ dryRun: true, signal: cli.signal });
  } catch (error) {
    if (isError(error, 'TRANSACTION_FAILED')) throw wouldFail(write.action, error);
    throw error;
  }
};

const costLines = ({ fee, bond }: WriteResult): string[] => [
  `Fee: ${somaText(fee.totalFee)}${bond > 0n ? `; bond: ${somaText(bond)}, which the claim gives back` : ''}.`,
];

const resultJson = <R extends WriteResult>(write: SomaWrite<R>, result: R): object => ({
  action: write.action,
  dry_run: result.dryRun,
  ...transactionJson(result),
  bond: result.bond,
  net: result.net,
  ...write.extra?.(result),
});

const namesOf = (session: SomaSession) => (address: string) => {
  const alias = session.wallet?.keys.find((key) => key.address === address)?.alias;
  return alias ?? (address === session.address ? 'you' : undefined);
};

/** Shows the plan and what it costs, and asks. */
const mayGoOn = async <R extends WriteResult>(cli: Cli, options: WriteOptions, write: SomaWrite<R>) => {
  const { yes = false } = options;
  if (!yes && !canAsk()) {
    throw usageError(
      `${write.question} Nobody is here to answer.`,
      'Say it with --yes; --dry-run only shows what would happen.',
    );
  }
  if (yes && (cli.out.quiet || cli.out.json)) return true;
  const simulated = await simulate(cli, write);
  for (const line of [...write.lines, ...costLines(simulated)]) cli.out.note(line);
  if (yes) return true;
  if (/^y(es)?$/i.test(await ask(cli, `${write.question} [y/N] `))) return true;
  cli.out.note('Nothing was done.');
  return false;
};

/** Sends it. What is signed is written down first, so that nothing is ever sent and forgotten. */
export const sendAndKeep = async <R extends WriteResult>(
  cli: Cli,
  session: SomaSession,
  write: SomaWrite<R>,
): Promise<R> => {
  let kept: string | undefined;
  const forget = () => {
    if (kept !== undefined) forgetPending(kept);
    kept = undefined;
  };
  try {
    const result = await write.send({
      signal: cli.signal,
      onSigned: ({ digest, transaction }) => {
        forget();
        try {
          keepPending({ digest, action: write.action, rpc: session.environment.rpc, transaction });
          kept = digest;
        } catch {
          cli.out.note('The transaction cannot be written down; should the answer get lost, look for its digest:');
          cli.out.note(digest);
        }
      },
    });
    forget();
    return result;
  } catch (error) {
    if (isError(error, 'OUTCOME_UNKNOWN')) {
      const { digest } = error.context;
      throw new SomaKitError('OUTCOME_UNKNOWN', error.message, {
        context: error.context,
        hint: `somakit tx resume ${digest} finds out, and ends it. Do not do it again instead.`,
        cause: error.cause,
      });
    }
    forget();
    if (isError(error, 'CHECKPOINT_NOT_SEEN')) {
      // Executed is executed.
      const { result } = error.context as { readonly result?: R };
      if (result !== undefined) {
        cli.out.note(`It is final, but not in a checkpoint that the node shows. Do not do it again.`);
        return result;
      }
    }
    throw error;
  }
};

/**
 * A write of one transaction, from the plan to the printed result. Gives nothing when nothing was sent.
 * @throws CLI_WOULD_FAIL, and what the SDK throws
 */
export const somaWrite = async <R extends WriteResult>(
  cli: Cli,
  session: SomaSession,
  options: WriteOptions,
  given: SomaWrite<R>,
): Promise<R | undefined> => {
  const { out } = cli;
  const coins = coinsOf(options);
  const write: SomaWrite<R> =
    coins === undefined ? given : { ...given, send: (sending) => given.send({ ...sending, coins }) };
  if (await printOnly(cli, session, options, write)) return undefined;
  if (options.dryRun === true) {
    const result = await simulate(cli, write);
    if (out.json) out.object('transaction/1', resultJson(write, result));
    else {
      for (const line of write.lines) out.line(line);
      await showTransaction(out, result, { dryRun: true, nameOf: namesOf(session) });
      out.line('Dry run: nothing was sent.');
    }
    return undefined;
  }
  if (!(await mayGoOn(cli, options, write))) return undefined;
  const result = await sendAndKeep(cli, session, write);
  if (out.json) out.object('transaction/1', resultJson(write, result));
  else {
    await showTransaction(out, result, { nameOf: namesOf(session) });
    for (const line of write.after?.(result) ?? []) out.note(line);
  }
  return result;
};
