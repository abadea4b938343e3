import { toBase64 } from '@somakit/core';
import type { ObjectView } from '@somakit/rpc';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { count } from '../options.js';
import { somaText } from '../soma/format.js';
import { accountOptions, type NetworkOptions, networkOptions, withSession } from '../soma/session.js';
import { ownerJson, ownerText } from '../soma/transaction-view.js';

const contentJson = (contents: ObjectView['contents']): object => {
  switch (contents.kind) {
    case 'Coin':
      return { type: 'coin', balance: contents.balance };
    case 'StakedSoma':
      return {
        type: 'staked_soma',
        pool_id: contents.poolId,
        stake_activation_epoch: contents.stakeActivationEpoch,
        principal: contents.principal,
      };
    case 'Target':
      return { type: 'target' };
    case 'SystemState':
      return { type: 'system_state', epoch: contents.epoch };
    default:
      return { type: 'other' };
  }
};

const contentText = (contents: ObjectView['contents']): string => {
  switch (contents.kind) {
    case 'Coin':
      return somaText(contents.balance);
    case 'StakedSoma':
      return `${somaText(contents.principal)} staked with pool ${contents.poolId} from epoch ${contents.stakeActivationEpoch}`;
    case 'SystemState':
      return `epoch ${contents.epoch}; somakit epoch, somakit validator list`;
    case 'Target':
      return 'somakit target info shows it';
    default:
      return '-';
  }
};

const objectJson = (object: ObjectView): object => ({
  object_id: object.objectId,
  version: object.version,
  digest: object.digest,
  object_type: object.objectType,
  owner: ownerJson(object.owner),
  content: contentJson(object.contents),
  previous_transaction: object.previousTransaction,
});

interface ListFlags extends NetworkOptions {
  readonly type?: string;
  readonly limit?: number;
}

const buildList = (group: Command, cli: Cli): void => {
  accountOptions(group.command('list'))
    .description('list what an account owns')
    .argument('[account]', 'address or alias (default: the active one)')
    .option('--type <type>', 'Coin, StakedSoma, ...')
    .option('--limit <n>', 'the first so many', count)
    .addHelpText(
      'after',
      '\nExamples:\n  somakit objects list --type StakedSoma\n  somakit objects list savings --json',
    )
    .action(async (account: string | undefined, flags: ListFlags) => {
      await withSession(cli, flags, {}, async (session) => {
        const owner = account === undefined ? session.address : session.resolve(account);
        const { type: objectType, limit } = flags;
        const found: ObjectView[] = [];
        for await (const object of session.client.ownedObjects({ owner, objectType, limit, signal: cli.signal })) {
          // As they come: there may be many.
          if (cli.out.json) cli.out.object('object/1', objectJson(object));
          else found.push(object);
        }
        if (cli.out.json) return;
        await cli.out.table(
          [
            { title: 'Object', cell: ({ objectId }) => objectId },
            { title: 'Type', cell: ({ objectType: of }) => of },
            { title: 'Version', cell: ({ version }) => String(version), right: true },
            { title: 'Content', cell: ({ contents }) => shortContent(contents), right: true },
          ],
          found,
          'There are no objects.',
        );
      });
    });
};

const shortContent = (contents: ObjectView['contents']): string =>
  contents.kind === 'Coin'
    ? somaText(contents.balance)
    : contents.kind === 'StakedSoma'
      ? somaText(contents.principal)
      : '-';

const buildGas = (group: Command, cli: Cli): void => {
  accountOptions(group.command('gas'))
    .description('list the coins of an account, the richest first')
    .argument('[account]', 'address or alias (default: the active one)')
    .addHelpText('after', '\nExample:\n  somakit objects gas')
    .action(async (account: string | undefined, flags: NetworkOptions) => {
      await withSession(cli, flags, {}, async (session) => {
        const owner = account === undefined ? session.address : session.resolve(account);
        const coins: { objectId: string; version: bigint; digest: string; balance: bigint }[] = [];
        for await (const object of session.client.ownedObjects({ owner, objectType: 'Coin', signal: cli.signal })) {
          const { objectId, version, digest, contents } = object;
          if (contents.kind === 'Coin') coins.push({ objectId, version, digest, balance: contents.balance });
        }
        coins.sort((a, b) => (a.balance < b.balance ? 1 : -1));
        if (cli.out.json) {
          return coins.forEach(
            ({ objectId, ...rest }) => void cli.out.object('coin/1', { object_id: objectId, ...rest, owner }),
          );
        }
        await cli.out.table(
          [
            { title: 'Coin', cell: ({ objectId }) => objectId },
            { title: 'Version', cell: ({ version }) => String(version), right: true },
            { title: 'Balance', cell: ({ balance }) => somaText(balance), right: true },
          ],
          coins,
          'There are no coins.',
        );
      });
    });
};

export const build = (group: Command, cli: Cli): void => {
  networkOptions(group.command('get'))
    .description('show an object')
    .argument('<id>', 'object id')
    .option('--bcs', 'with its contents as BCS in Base64')
    .option('--version-number <n>', 'as it was at a version')
    .addHelpText('after', '\nExamples:\n  somakit objects get 0x…\n  somakit objects get 0x5 --json')
    .action(async (objectId: string, flags: NetworkOptions & { bcs?: boolean; versionNumber?: string }) => {
      await withSession(cli, flags, {}, async ({ client }) => {
        const at = flags.versionNumber;
        const object = await client.rpc.getObject({
          objectId,
          ...(at === undefined ? {} : { version: BigInt(at) }),
          signal: cli.signal,
        });
        let bytes: string | undefined;
        if (flags.bcs === true) {
          const { rawMessage } = await import('@somakit/rpc');
          const contents = (rawMessage(object) as { readonly object?: { readonly contents?: Uint8Array } }).object
            ?.contents;
          if (contents !== undefined) bytes = toBase64(contents);
        }
        const bcs = bytes === undefined ? {} : { bcs_bytes: bytes };
        if (cli.out.json) return cli.out.object('object/1', { ...objectJson(object), ...bcs });
        await cli.out.fields([
          ['Object', object.objectId],
          ['Type', object.objectType],
          ['Version', String(object.version)],
          ['Digest', object.digest],
          ['Owner', ownerText(object.owner)],
          ['Content', contentText(object.contents)],
          ['Written by', object.previousTransaction],
          ...(bytes === undefined ? [] : ([['BCS', bytes]] as const)),
        ]);
      });
    });
  buildList(group, cli);
  buildGas(group, cli);
};
