import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { isError, parseObjectId, SomaKitError, throwIfAborted } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { type EpochClock, revealWindow } from '@somakit/protocol/epochs';
import type { SomaClient } from '@somakit/sdk';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { confirmWrite } from '../confirm.js';
import { usageError } from '../errors.js';
import { soma } from '../options.js';
import type { BeginFlags, Beginning } from '../publish/begin.js';
import type { Journal } from '../publish/journal.js';
import type { PublishRecord } from '../publish/record.js';
import type { Sealer } from '../publish/seal.js';
import type { PublishEvents } from '../publish/steps.js';
import { publicationJson, stateText } from '../publish/view.js';
import { WEIGHT_KEY_HELP, weightKeyOptions } from '../publish/weight-key.js';
import { percent, short, somaText } from '../soma/format.js';
import { type SomaSession, type WriteOptions, withSession, writeOptions } from '../soma/session.js';
import { epochText, spanText, timeText } from '../soma/windows.js';
import { basisPoints, modelIdOf } from './model-write.js';

interface PublishFlags extends WriteOptions, BeginFlags {
  readonly stakeAmount?: bigint;
  readonly commissionRate: number;
  readonly wait: boolean;
  readonly untilRevealed?: boolean;
  readonly resume?: string | true;
  readonly status?: string | true;
  readonly discard?: string;
}

const SHAPE = 'model.publication/1';

/** Journals lie beside client.yaml, whose keys they belong to. */
const folderOf = async ({ config }: WriteOptions): Promise<string> => {
  const { journalFolder } = await import('../publish/journal.js');
  const folder = process.env.SOMA_CONFIG_DIR || join(homedir(), '.soma', 'soma_config');
  return journalFolder(config === undefined ? folder : dirname(config));
};

/** Seals journals of an account whose key lies in an encrypted keystore. */
const sealerOf = async (session: SomaSession, address: string): Promise<(sealed: boolean) => Sealer | undefined> => {
  const { createSealer } = await import('../publish/seal.js');
  const { wallet, signer } = session;
  const stored = wallet?.keystore.has(address) ? wallet.keystore.get(address) : undefined;
  const key = stored ?? (signer instanceof Keypair && signer.address === address ? signer : undefined);
  const encrypted = stored !== undefined && wallet?.keystore.encrypted === true;
  return (sealed) => (key !== undefined && (sealed || encrypted) ? createSealer(key.toSecretKey()) : undefined);
};

const now = (): bigint => BigInt(Date.now());

/** What it costs: fees of the transactions that are left, as far as they can be told beforehand. */
const feesOf = async (client: SomaClient, kind: PublishRecord['kind'], signal: AbortSignal): Promise<bigint> => {
  const { parameters } = await client.getLatestSystemState({ signal });
  // Each writes the gas coin and the system state; creating a model writes its stake too.
  const plain = parameters.baseFee + 2n * parameters.writeObjectFee;
  return kind === 'create' ? 3n * plain + parameters.writeObjectFee : 2n * plain;
};

const linesOf = (
  { record }: Pick<Beginning, 'record'>,
  clock: EpochClock,
  fees: bigint,
): { readonly lines: readonly string[]; readonly question: string } => {
  const { kind, stakeAmount = 0n, commissionRate = 0, url, file, plainFile, modelId } = record;
  const where = url ?? (record.serve === undefined ? '' : `a URL of this program (${record.serve})`);
  const due = revealWindow(clock.epoch).first;
  return {
    lines: [
      kind === 'create'
        ? `Publishes a model of ${record.address} with ${somaText(stakeAmount)} of stake and a commission of ${percent(commissionRate)}.`
        : `Publishes an update of the model ${modelId}.`,
      ...(plainFile === undefined ? [] : [`Encrypts ${plainFile} to ${file}, with a new key.`]),
      `Its encrypted weights are served at ${where}${record.check ? ', which is checked first' : ' (not checked)'}.`,
      `Fees: about ${somaText(fees)} for ${kind === 'create' ? 'three' : 'two'} transactions.`,
      `A commit now is to be revealed in ${epochText(clock, due, now())}.`,
      kind === 'create'
        ? 'Without a reveal in that one epoch half of the stake is lost: leave this running, or run --resume then.'
        : 'Without a reveal in that one epoch the update is cancelled: leave this running, or run --resume then.',
    ],
    question: kind === 'create' ? `Publish it with ${somaText(stakeAmount)} of stake?` : 'Publish the update?',
  };
};

const resumeHint = ({ id }: PublishRecord): string => `somakit model publish --resume ${id}`;

/** What people and programs hear on the way. */
const eventsOf = (cli: Cli, clockOf: () => Promise<EpochClock>): PublishEvents => {
  const { out } = cli;
  let told: bigint | undefined;
  return {
    onState: (record) => {
      out.endProgress();
      if (out.json) return out.object(SHAPE, publicationJson(record));
      const { state, modelId, commitEpoch } = record;
      const last = record.transactions.at(-1);
      const sent =
        last === undefined ? '' : ` (${last.digest}${last.fee === undefined ? '' : `, ${somaText(last.fee)}`})`;
      if (state === 'prepared' && record.plainFile !== undefined) out.note(`Encrypted: ${record.file}`);
      if (state === 'created') out.note(`Created the model ${modelId}${sent}.`);
      if (state === 'committed') out.note(`Committed in epoch ${commitEpoch}${sent}.`);
      if (state === 'done') out.note(`Revealed${sent}.`);
    },
    note: (text) => out.note(text),
    progress: (text, done, total) => out.progress(text, done, total),
    endProgress: () => out.endProgress(),
    waiting: (epoch, remainingMs) => {
      const left = remainingMs === 0n ? 'any moment' : `in about ${spanText(remainingMs)}`;
      if (told !== epoch) {
        told = epoch;
        void clockOf()
          .then((clock) => {
            const start = clock.startOfEpoch(epoch);
            const end = clock.startOfEpoch(epoch + 1n);
            if (start === undefined || end === undefined) return;
            out.note(
              `Waiting for epoch ${epoch}: it begins ${left} (${timeText(start)}) and lasts ${spanText(end - start)}. The reveal counts in no other.`,
            );
          })
          .catch(() => {});
      }
      out.status(`epoch ${epoch} begins ${left}`);
    },
  };
};

const serverOf = async (record: PublishRecord) => {
  const [{ createDataServer }, { serveAt }] = await Promise.all([
    import('@somakit/rpc/node'),
    import('../publish/begin.js'),
  ]);
  return createDataServer({ ...serveAt(record.serve ?? ''), publicUrl: record.publicUrl });
};

/** Waits until Ctrl-C ends the serving. */
const untilInterrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    // A listener alone keeps no process alive; the server does.
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

const isLocal = (url: string): boolean => /^(127\.|localhost$|\[::1\]$|0\.0\.0\.0$)/.test(new URL(url).hostname);

/** Takes a publication on until it is done, and says how to go on when it is not. */
const drive = async (cli: Cli, session: SomaSession, journal: Journal, flags: PublishFlags): Promise<void> => {
  const { out, signal } = cli;
  const { client, environment } = session;
  const { advance } = await import('../publish/steps.js');
  const { isPrivateUrl } = await import('../publish/host.js');
  const clockOf = () => client.getEpochClock({ signal });
  const { record: start } = journal;
  let server: Awaited<ReturnType<typeof serverOf>> | undefined;
  const serve =
    start.serve === undefined
      ? undefined
      : async ({ file, checksum }: PublishRecord) => {
          server ??= await serverOf(start);
          return server.add({ path: file }, { name: checksum, signal });
        };
  const url = start.url ?? start.publicUrl ?? (start.serve === undefined ? undefined : `http://${start.serve}`);
  if (url !== undefined && isPrivateUrl(url) && !isLocal(environment.rpc)) {
    out.note(`Only this network can reach ${url}: validators will not find the weights there.`);
  }
  try {
    const local = isLocal(environment.rpc);
    // A commit that waits for its reveal has weights that others may fetch already.
    if (serve !== undefined && ['committed', 'revealing', 'done'].includes(start.state)) await serve(start);
    const context = { client, journal, signal, events: eventsOf(cli, clockOf), serve, pollMs: local ? 500 : 5_000 };
    const record = await advance(context, flags.wait ? 'done' : 'committed');
    out.endProgress();
    if (record.state === 'committed') {
      const clock = await clockOf();
      const due = revealWindow(record.commitEpoch ?? 0n).first;
      out.note(`Reveal it in ${epochText(clock, due, now())}, and in no other: ${resumeHint(record)}`);
    }
    if (!out.json) {
      await out.fields([
        ['Model', record.modelId ?? '-'],
        ['State', stateText(record)],
        ['Weights', record.url ?? '-'],
        ['Checksum', record.checksum ?? '-'],
        ['Fees', somaText(record.transactions.reduce((sum, { fee }) => sum + (fee ?? 0n), 0n))],
        ['Publication', record.id],
      ]);
    } else if (record.state === start.state) out.object(SHAPE, publicationJson(record));
    if (server !== undefined && flags.wait && !flags.untilRevealed && record.state === 'done') {
      out.note(
        `Serving the weights at ${record.url} until Ctrl-C. They must stay there as long as the model is active.`,
      );
      await untilInterrupted(signal);
    }
  } catch (error) {
    out.endProgress();
    const { state, url: stored } = journal.record;
    if (['done', 'missed'].includes(state)) throw error;
    const waits = state === 'committed' ? ' Its reveal is due in the epoch after the commit.' : '';
    out.note(
      `The publication ${journal.record.id} is kept (${stateText(journal.record)}).${waits} To go on: ${resumeHint(journal.record)}`,
    );
    if (
      isError(error, 'WEIGHTS_URL_MISMATCH') ||
      (stored !== undefined && isError(error) && /^(HTTP_|DOWNLOAD_)/.test(error.code))
    )
      out.note(`Upload ${journal.record.file} to ${stored} before that, or give another place with --url.`);
    // The journal has what was sent, so that its outcome is no worry.
    throwIfAborted(signal, 'model.publish');
    throw error;
  } finally {
    await server?.close();
  }
};

const begin = async (
  cli: Cli,
  flags: PublishFlags,
  kind: PublishRecord['kind'],
  id: string | undefined,
): Promise<void> => {
  const { signal } = cli;
  await withSession(cli, flags, { signer: true }, async (session) => {
    const { client } = session;
    const { beginPublication } = await import('../publish/begin.js');
    if (id !== undefined) await checkUpdate(session, id, signal);
    const beginning = await beginPublication(cli, session, flags, {
      kind,
      ...(kind === 'create'
        ? {
            stakeAmount: flags.stakeAmount ?? (await client.getModelMinStake({ signal })),
            commissionRate: flags.commissionRate,
          }
        : { modelId: parseObjectId(id!) }),
    });
    const { record, secrets } = beginning;
    if (kind === 'create') {
      // Stake and coins are looked at by the chain itself, before anything is written down.
      await client.createModel({
        commissionRate: record.commissionRate ?? 0,
        stakeAmount: record.stakeAmount,
        dryRun: true,
        signal,
      });
    }
    const clock = await client.getEpochClock({ signal });
    const fees = await feesOf(client, kind, signal);
    const { lines, question } = linesOf(beginning, clock, fees);
    const { id: _, ...shown } = publicationJson({
      ...record,
      id: '',
      createdAt: '',
      updatedAt: '',
      transactions: [],
    }) as Record<string, unknown>;
    const plan = { ...shown, created_at: undefined, updated_at: undefined, estimated_fees: fees };
    if (
      !(await confirmWrite(cli, flags, {
        action: `model.${kind === 'create' ? 'publish' : 'update'}`,
        lines,
        question,
        plan,
      }))
    )
      return;
    const { createJournal } = await import('../publish/journal.js');
    const sealer = (await sealerOf(session, record.address))(false);
    const journal = createJournal(await folderOf(flags), record, secrets, sealer);
    try {
      if (cli.out.json) cli.out.object(SHAPE, publicationJson(journal.record, clock));
      else cli.out.note(`Publication ${journal.record.id}: ${journal.file}`);
      await drive(cli, session, journal, flags);
    } finally {
      journal.close();
    }
  });
};

/** Only the owner of an active model can update it: said before anything is encrypted. */
const checkUpdate = async (session: SomaSession, id: string, signal: AbortSignal): Promise<void> => {
  const { modelRegistry } = await session.client.getLatestSystemState({ signal });
  const model = modelRegistry.models.get(parseObjectId(id));
  if (model === undefined) {
    throw new SomaKitError('CLI_NOT_FOUND', `There is no model ${id}.`, {
      context: { what: id },
      hint: 'somakit model list --mine shows yours.',
    });
  }
  const { refuseUpdate } = await import('../publish/update.js');
  refuseUpdate(id, model, session.address);
};

const resume = async (cli: Cli, flags: PublishFlags, wanted: string | undefined): Promise<void> => {
  const { openJournal, findJournal } = await import('../publish/journal.js');
  const folder = await folderOf(flags);
  const found = findJournal(folder, wanted);
  const networkSaid = flags.env !== undefined || flags.rpc !== undefined;
  const network = found.environment === 'custom' ? { rpc: found.rpc } : { env: found.environment };
  const options = { ...flags, from: found.address, ...(networkSaid ? {} : network) };
  await withSession(cli, options, { signer: true }, async (session) => {
    const chainId = await session.client.getChainId({ signal: cli.signal });
    if (chainId !== found.chainId) {
      throw new SomaKitError(
        'PUBLISH_MISMATCH',
        `The publication ${found.id} is of another chain than ${session.environment.rpc}.`,
        {
          context: { id: found.id, expected: found.chainId, received: chainId },
          hint: `It began at ${found.rpc}. Say where that chain is with --rpc or --env.`,
        },
      );
    }
    const sealer = await sealerOf(session, found.address);
    const journal = openJournal(folder, found.id, (_, sealed) => sealer(sealed));
    try {
      await resumeOpen(cli, session, journal, flags);
    } finally {
      journal.close();
    }
  });
};

const resumeOpen = async (cli: Cli, session: SomaSession, journal: Journal, flags: PublishFlags): Promise<void> => {
  const { record } = journal;
  const { state, kind, id, modelId } = record;
  const clock = await session.client.getEpochClock({ signal: cli.signal });
  const again = state === 'missed' && kind === 'update';
  if (state === 'done' || (state === 'missed' && !again)) {
    if (record.serve === undefined || state === 'missed') {
      cli.out.note(state === 'done' ? 'There is nothing left to do.' : 'Its reveal was missed; it cannot go on.');
      if (cli.out.json) cli.out.object(SHAPE, publicationJson(record, clock));
      return;
    }
    return drive(cli, session, journal, flags);
  }
  const due = record.commitEpoch === undefined ? undefined : revealWindow(record.commitEpoch).first;
  const what = kind === 'create' ? 'the publication' : 'the update';
  const lines = [
    `Goes on with ${what} ${id}${modelId === undefined ? '' : ` of the model ${modelId}`}: ${stateText(record)}.`,
    ...(again ? ['The commit is made once more.'] : []),
    ...(due === undefined || again ? [] : [`The reveal is due in ${epochText(clock, due, now())}.`]),
  ];
  const plan = publicationJson(record, clock);
  if (!(await confirmWrite(cli, flags, { action: 'model.publish.resume', lines, question: 'Go on?', plan }))) return;
  if (again) journal.write({ state: 'prepared', commitEpoch: undefined });
  await moveHosting(journal, flags);
  await drive(cli, session, journal, flags);
};

/** Before the commit the weights may still move to another place. */
const moveHosting = async (journal: Journal, { url, serve, publicUrl, check }: PublishFlags): Promise<void> => {
  if (url === undefined && serve === undefined) return;
  const { state, checksum = '' } = journal.record;
  const served = serve ?? journal.record.serve;
  if (['encrypting', 'prepared', 'creating', 'created'].includes(state)) {
    const { servedUrl } = await import('../publish/begin.js');
    if (url !== undefined) journal.write({ url, serve: undefined, publicUrl: undefined, check });
    else
      journal.write({
        serve,
        publicUrl,
        check,
        url: checksum === '' ? undefined : servedUrl(serve!, publicUrl, checksum),
      });
  } else if (url !== undefined || served !== journal.record.serve) {
    throw usageError('The weights are committed to their URL already.', `They belong to ${journal.record.url}.`);
  }
};

/** The clocks of the nodes of some publications, as far as they answer. */
const clocksOf = async (records: readonly PublishRecord[]): Promise<ReadonlyMap<string, EpochClock>> => {
  const { createSomaClient } = await import('@somakit/sdk');
  const clocks = new Map<string, EpochClock>();
  const places = new Map(records.map(({ rpc, chainId }) => [`${rpc} ${chainId}`, { rpc, chainId }]));
  await Promise.all(
    [...places].map(async ([key, { rpc, chainId }]) => {
      const client = createSomaClient({ rpcUrl: rpc, retry: false, timeoutMs: 3_000 });
      try {
        if ((await client.getChainId()) === chainId) clocks.set(key, await client.getEpochClock());
      } catch {
        // The journal says enough without it.
      } finally {
        client.close();
      }
    }),
  );
  return clocks;
};

const showStatus = async (cli: Cli, flags: PublishFlags, wanted: string | undefined): Promise<void> => {
  const { listJournals, findJournal } = await import('../publish/journal.js');
  const { OPEN_STATES } = await import('../publish/record.js');
  const { out } = cli;
  const folder = await folderOf(flags);
  const listed = listJournals(folder);
  const only = wanted === undefined ? undefined : findJournal(folder, wanted).id;
  const records = listed.flatMap((each) => ('record' in each ? [each.record] : []));
  const shown = records.filter(({ id }) => only === undefined || id === only);
  for (const each of listed) if ('error' in each && only === undefined) out.note(each.error.message);
  const clocks = await clocksOf(shown.filter(({ state }) => OPEN_STATES.includes(state)));
  const clockOf = ({ rpc, chainId }: PublishRecord) => clocks.get(`${rpc} ${chainId}`);
  if (out.json) return shown.forEach((record) => void out.object(SHAPE, publicationJson(record, clockOf(record))));
  await out.table(
    [
      { title: 'Publication', cell: ({ id }) => id },
      { title: 'Kind', cell: ({ kind }) => kind },
      { title: 'State', cell: (record) => stateText(record) },
      { title: 'Model', cell: ({ modelId }) => (modelId === undefined ? '-' : short(modelId)) },
      {
        title: 'Reveal',
        cell: (record) => {
          const { commitEpoch, state } = record;
          if (commitEpoch === undefined || !OPEN_STATES.includes(state)) return '-';
          const clock = clockOf(record);
          const due = revealWindow(commitEpoch).first;
          return clock === undefined ? `epoch ${due}` : epochText(clock, due, now());
        },
      },
      { title: 'Network', cell: ({ environment, rpc }) => (environment === 'custom' ? rpc : environment) },
    ],
    shown,
    'There are no publications.',
  );
  for (const record of shown) if (OPEN_STATES.includes(record.state)) out.note(`To go on: ${resumeHint(record)}`);
};

const discard = async (cli: Cli, flags: PublishFlags, wanted: string): Promise<void> => {
  const { findJournal, openJournal } = await import('../publish/journal.js');
  const folder = await folderOf(flags);
  const { id, state, pending } = findJournal(folder, wanted);
  if (!['encrypting', 'prepared', 'done', 'missed'].includes(state) || pending !== undefined) {
    throw new SomaKitError('PUBLISH_BUSY', `The publication ${id} has a model that waits for it.`, {
      context: { file: join(folder, `${id}.json`), pid: undefined },
      hint: 'Its key is in the journal and nowhere else. Finish it with --resume.',
    });
  }
  const lines = [`Removes the journal of the publication ${id}, and with it the only copy of its key here.`];
  const plan = { id, state };
  if (!(await confirmWrite(cli, flags, { action: 'model.publish.discard', lines, question: 'Remove it?', plan })))
    return;
  // Opened for its lock: nobody may be working on it. A sealed one is not read.
  try {
    openJournal(folder, id, () => undefined).close();
  } catch (error) {
    if (!isError(error, 'PUBLISH_JOURNAL_DAMAGED')) throw error;
  }
  rmSync(join(folder, `${id}.json`));
  cli.out.note('Removed.');
};

const VALUES = 'its embedding: -0.1,0.2,... or a file (JSON, CSV, .f32, .npy, .safetensors)';

const hostingOptions = (command: Command): Command =>
  weightKeyOptions(
    command
      .option('--weights-file, --weights <file>', 'the weights')
      .option('--encrypt [file]', 'encrypt them first, with a new key, to this file (default: the name with .enc)')
      .option('--weights-url, --url <url>', 'where you have put the encrypted weights')
      .option('--serve <host:port>', 'serve them from this program instead')
      .option('--public-url <url>', 'how others reach what is served')
      .option('--embedding <values>', VALUES)
      .option('--embedding-from <file>', 'compute the embedding: what the model makes of this sample of data')
      .option('--no-check', 'do not fetch the weights from their URL before the commit')
      .option('--no-wait', 'end after the commit; --resume reveals')
      .option('--until-revealed', 'end after the reveal; otherwise --serve goes on'),
  );

export const buildModelPublish = (group: Command, cli: Cli): void => {
  writeOptions(
    hostingOptions(group.command('publish'))
      .description('publish a model: create, commit, wait for the next epoch, reveal; survives every crash')
      .option('--stake, --stake-amount <soma>', 'its stake (default: the least that the network takes)', soma)
      .option('--commission-rate <bps>', "the owner's share of what stakers earn, in basis points", basisPoints, 0)
      .option('--resume [id]', 'go on with a publication that stopped, wherever it was')
      .option('--status [id]', 'list the publications of this folder; needs no key')
      .option('--discard <id>', 'forget a publication that has nothing on the chain, or is over'),
    { offline: false },
  )
    .addHelpText(
      'after',
      `
${WEIGHT_KEY_HELP}
Before anything is sent, key, embedding, URL and checksum are on disk, in a file for you alone beside client.yaml; sealed
when the keystore is encrypted. Every signed transaction is there before it leaves. After a crash, a power cut or Ctrl-C,
--resume asks the chain what became of it and goes on; nothing is ever sent twice.

Examples:
  somakit model publish --weights model.safetensors --encrypt --url https://store.example/model.enc --embedding-from sample.bin
  somakit model publish --weights model.enc --decryption-key-file model.key --serve 0.0.0.0:8080 \\
    --public-url http://models.example:8080 --embedding embedding.npy
  somakit model publish --status
  somakit model publish --resume --yes`,
    )
    .action(async (flags: PublishFlags) => {
      const { resume: resumed, status, discard: forgotten } = flags;
      if ([resumed, status, forgotten].filter((each) => each !== undefined).length > 1)
        throw usageError('Only one of --resume, --status and --discard.');
      if (status !== undefined) return showStatus(cli, flags, status === true ? undefined : status);
      if (forgotten !== undefined) return discard(cli, flags, forgotten);
      if (resumed !== undefined) return resume(cli, flags, resumed === true ? undefined : resumed);
      await begin(cli, flags, 'create', undefined);
    });

  writeOptions(
    hostingOptions(group.command('update'))
      .description('publish new weights of an active model by the same steps')
      .argument('<model>', 'id of the model'),
    { offline: false },
  )
    .addHelpText(
      'after',
      `
Goes on after a crash with \`somakit model publish --resume\`. A missed reveal cancels an update and costs no stake; --resume
commits it once more. A second commit takes the place of one that waits for its reveal.

Examples:
  somakit model update 0x… --weights better.safetensors --encrypt --url https://store.example/better.enc --embedding embedding.npy`,
    )
    .action(async (id: string, flags: PublishFlags) => begin(cli, flags, 'update', modelIdOf(id)));
};
