import { formatSoma, isError, parseSoma, SomaKitError } from '@somakit/core';
import { download } from '@somakit/core/http';
import { submissionBond } from '@somakit/protocol/targets';
import { commitment, NETWORKS } from '@somakit/sdk';
import { type InputFile, MAX_FILE, readInputs } from './files.js';
import { closeBooks, type Run } from './run.js';
import { submitHits } from './submit.js';
import type { DemoOptions, DemoReport } from './types.js';

const PATIENCE_MS = 10_000;
/** Far more than the fees of a dozen submissions. */
const FEES = parseSoma('0.05');

type Missing = 'network' | 'signer' | 'funds' | 'scoring' | 'data';

const notReady = (missing: Missing, message: string, hint: string, cause?: unknown): SomaKitError<'DEMO_NOT_READY'> =>
  new SomaKitError('DEMO_NOT_READY', message, {
    context: { missing },
    hint,
    ...(cause === undefined ? {} : { cause }),
  });

/** Waits a little for a service; that it does not answer is the answer. */
const reach = async <T>(missing: Missing, what: string, hint: string, ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask();
  } catch (error) {
    if (!isError(error) || error.code === 'ABORTED') throw error;
    throw notReady(missing, `${what} does not answer: ${error.message}`, hint, error);
  }
};

/** Files as the world sees them must be the files that are submitted. */
const checkPublished = async (
  run: Run,
  files: readonly InputFile[],
  urlOf: (file: InputFile) => string,
): Promise<void> => {
  const hint = 'Upload the folder, and leave it there until the claim: who takes data back loses the bond.';
  for (const file of files) {
    const url = urlOf(file);
    const limits = {
      maxBytes: MAX_FILE,
      firstByteMs: PATIENCE_MS,
      idleMs: PATIENCE_MS,
      retry: { attempts: 1 },
    } as const;
    const { output } = await reach('data', url, hint, () => download({ url, ...limits, signal: run.signal }));
    if (commitment(output) !== commitment(file.bytes)) {
      throw notReady('data', `What is at ${url} is not ${file.name}.`, hint);
    }
  }
};

/**
 * The submitter's part on a network that others use: submits what hits, and claims what earlier runs have earned. Its
 * own submissions can be claimed two epochs later, by the next run.
 */
export const playPublic = async (run: Run, options: DemoOptions): Promise<DemoReport> => {
  const { signal } = run;
  const { data, files, signer, scoringUrl, dataUrl, rpcUrl = NETWORKS.testnet.rpcUrl } = options;
  if (signer === undefined) {
    throw notReady(
      'signer',
      'There is no key to sign with.',
      'Set SOMAKIT_PRIVATE_KEY, or make a wallet: somakit wallet new.',
    );
  }
  if (scoringUrl === undefined) {
    throw notReady(
      'scoring',
      'There is no scoring service.',
      'Start one (scoring-worker, or somakit scoring serve) and name it: --scoring URL.',
    );
  }
  if (dataUrl === undefined || !URL.canParse(dataUrl)) {
    throw notReady(
      'data',
      'The files are not published anywhere.',
      'Upload the folder to a bucket that everyone can read, and name it: --data-url URL.',
    );
  }
  const base = dataUrl.endsWith('/') ? dataUrl : `${dataUrl}/`;
  const urlOf = ({ name }: InputFile): string => new URL(name.split('/').map(encodeURIComponent).join('/'), base).href;

  const inputs = await run.step('read the files', () => readInputs(data, files));
  const submitter = run.wallet('submitter', signer, { rpcUrl, scoringUrl, timeoutMs: PATIENCE_MS, retry: false });
  const { client, address } = submitter;

  await run.step('reach the network and the account', async () => {
    const hint = 'Look at the connection, or name another node with --rpc URL. Without --network nothing is needed.';
    submitter.funded = await reach('network', rpcUrl, hint, () => client.getBalance({ address, signal }));
    const { parameters } = await client.getLatestSystemState({ signal });
    const bonds = inputs.map(({ bytes }) => submissionBond(BigInt(bytes.length), parameters) ?? 0n);
    const needed = bonds.reduce((sum, bond) => sum + bond, 0n) + FEES;
    if (submitter.funded < needed) {
      const held = `${address} holds ${formatSoma(submitter.funded)} SOMA; bonds and fees may take ${formatSoma(needed)}.`;
      throw notReady('funds', held, 'Ask the faucet (somakit faucet), or give fewer files with --files.');
    }
  });

  await run.step('reach the scoring service and the published files', async () => {
    const hint = 'Start it (scoring-worker, or somakit scoring serve) and name it with --scoring URL.';
    await reach('scoring', scoringUrl, hint, () => client.scoringHealth({ signal }));
    await checkPublished(run, inputs, urlOf);
  });

  await run.step('claim what earlier submissions have earned', async () => {
    for await (const { id, bondAmount } of client.targets({ status: 'claimable', submitter: address, signal })) {
      await client.claimRewards({ targetId: id, signal, onResult: run.note(submitter, `claim ${id}`) });
      submitter.bondsBack += bondAmount;
    }
  });

  const { submissions, misses } = await run.step('score the files and submit the hits', (progress) =>
    submitHits(run, submitter, { inputs, progress, urlOf: async (file) => urlOf(file) }),
  );
  const wallet = await run.step('check that every shannon is accounted for', () => closeBooks(run, submitter));
  return {
    rpcUrl,
    models: [],
    submissions: submissions.map(({ target: _, ...submission }) => submission),
    misses,
    wallets: [wallet],
    transactions: run.transactions,
    steps: run.steps,
  };
};
