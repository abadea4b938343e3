import { parseObjectId, SomaKitError } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { revealWindow } from '@somakit/protocol/epochs';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { confirmWrite } from '../confirm.js';
import { usageError } from '../errors.js';
import { soma } from '../options.js';
import { drive } from '../publish/drive.js';
import type { Journal } from '../publish/journal.js';
import { discard, showStatus } from '../publish/listing.js';
import { folderOf, hostingOptions, type PublishFlags } from '../publish/options.js';
import { feesOf, linesOf, now } from '../publish/plan.js';
import type { PublishRecord } from '../publish/record.js';
import type { Sealer } from '../publish/seal.js';
import { publicationJson, SHAPE, stateText } from '../publish/view.js';
import { WEIGHT_KEY_HELP } from '../publish/weight-key.js';
import { type SomaSession, withSession, writeOptions } from '../soma/session.js';
import { epochText } from '../soma/windows.js';
import { basisPoints, modelIdOf } from './model-write.js';

/** Seals journals of an account whose key lies in an encrypted keystore. */
const sealerOf = async (session: SomaSession, address: string): Promise<(sealed: boolean) => Sealer | undefined> => {
  const { createSealer } = await import('../publish/seal.js');
  const { wallet, signer } = session;
  const stored = wallet?.keystore.has(address) ? wallet.keystore.get(address) : undefined;
  const key = stored ?? (signer instanceof Keypair && signer.address === address ? signer : undefined);
  const encrypted = stored !== undefined && wallet?.keystore.encrypted === true;
  return (sealed) => (key !== undefined && (sealed || encrypted) ? createSealer(key.toSecretKey()) : undefined);
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
