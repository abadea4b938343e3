import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isError, SomaKitError } from '@somakit/core';
import { type EpochClock, revealWindow } from '@somakit/protocol/epochs';
import type { Cli } from '../cli.js';
import { confirmWrite } from '../confirm.js';
import { short } from '../soma/format.js';
import { epochText } from '../soma/windows.js';
import { folderOf, type PublishFlags } from './options.js';
import { now } from './plan.js';
import type { PublishRecord } from './record.js';
import { publicationJson, resumeHint, SHAPE, stateText } from './view.js';

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

/** `--status`: the publications of the folder. */
export const showStatus = async (cli: Cli, flags: PublishFlags, wanted: string | undefined): Promise<void> => {
  const { listJournals, findJournal } = await import('./journal.js');
  const { OPEN_STATES } = await import('./record.js');
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

/** `--discard`: forgets a publication. */
export const discard = async (cli: Cli, flags: PublishFlags, wanted: string): Promise<void> => {
  const { findJournal, openJournal } = await import('./journal.js');
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
