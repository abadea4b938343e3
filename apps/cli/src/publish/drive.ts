import { isError, throwIfAborted } from '@somakit/core';
import { type EpochClock, revealWindow } from '@somakit/protocol/epochs';
import type { Cli } from '../cli.js';
import { somaText } from '../soma/format.js';
import type { SomaSession } from '../soma/session.js';
import { epochText, spanText, timeText } from '../soma/windows.js';
import type { Journal } from './journal.js';
import type { PublishFlags } from './options.js';
import { now } from './plan.js';
import type { PublishRecord } from './record.js';
import type { PublishEvents } from './steps.js';
import { publicationJson, resumeHint, SHAPE, stateText } from './view.js';

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
  const [{ createDataServer }, { serveAt }] = await Promise.all([import('@somakit/rpc/node'), import('./begin.js')]);
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
export const drive = async (cli: Cli, session: SomaSession, journal: Journal, flags: PublishFlags): Promise<void> => {
  const { out, signal } = cli;
  const { client, environment } = session;
  const { advance } = await import('./steps.js');
  const { isPrivateUrl } = await import('./host.js');
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
