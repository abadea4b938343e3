import { readFile } from 'node:fs/promises';
import { toBase64 } from '@somakit/core';
import type { SomaClient, WriteResult } from '@somakit/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { percent, short, somaText } from '../soma/format.js';
import {
  accountOptions,
  type NetworkOptions,
  networkOptions,
  type SomaSession,
  type WriteOptions,
  withSession,
  writeOptions,
} from '../soma/session.js';
import { needWallet } from '../soma/wallet.js';
import { type SendOptions, somaWrite } from '../soma/write.js';

type State = Awaited<ReturnType<SomaClient['getLatestSystemState']>>;
type Validator = State['validators'][number];
type Status = 'active' | 'pending' | 'leaving' | 'at_risk';

export const basisPoints = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 10_000) return value;
  throw new InvalidArgumentError('It must be basis points, 0 to 10000: 500 is 5 %.');
};

const rows = (state: State): { readonly validator: Validator; readonly status: Status }[] => [
  ...state.validators.map((validator, index) => ({
    validator,
    status: state.pendingRemovals.includes(BigInt(index))
      ? ('leaving' as const)
      : state.atRiskValidators.has(validator.metadata.somaAddress)
        ? ('at_risk' as const)
        : ('active' as const),
  })),
  ...state.pendingValidators.map((validator) => ({ validator, status: 'pending' as const })),
];

const bytesText = (value: unknown): string => (value instanceof Uint8Array ? toBase64(value) : String(value));

const validatorJson = ({ validator, status }: ReturnType<typeof rows>[number]): object => {
  const { metadata, stakingPool } = validator;
  return {
    address: metadata.somaAddress,
    status,
    voting_power: validator.votingPower,
    stake: stakingPool.somaBalance,
    next_epoch_stake: validator.nextEpochStake,
    commission_rate: Number(validator.commissionRate),
    next_epoch_commission_rate: Number(validator.nextEpochCommissionRate),
    staking_pool_id: stakingPool.id,
    network_address: metadata.netAddress,
    p2p_address: metadata.p2pAddress,
    primary_address: metadata.primaryAddress,
    proxy_address: metadata.proxyAddress,
    protocol_pubkey: bytesText(metadata.protocolPubkey),
    network_pubkey: bytesText(metadata.networkPubkey),
    worker_pubkey: bytesText(metadata.workerPubkey),
  };
};

const buildReads = (group: Command, cli: Cli): void => {
  networkOptions(group.command('list'))
    .description('list validators, the strongest first, and those that are to join')
    .addHelpText('after', '\nExample:\n  somakit validator list --json')
    .action(async (flags: NetworkOptions) => {
      await withSession(cli, flags, {}, async ({ client }) => {
        const found = rows(await client.getLatestSystemState({ signal: cli.signal }));
        found.sort((a, b) => Number(b.validator.votingPower - a.validator.votingPower));
        if (cli.out.json) return found.forEach((each) => void cli.out.object('validator/1', validatorJson(each)));
        await cli.out.table(
          [
            { title: 'Address', cell: ({ validator }) => validator.metadata.somaAddress },
            { title: 'Status', cell: ({ status }) => status.replace('_', ' ') },
            { title: 'Power', cell: ({ validator }) => percent(validator.votingPower), right: true },
            { title: 'Stake', cell: ({ validator }) => somaText(validator.stakingPool.somaBalance), right: true },
            { title: 'Commission', cell: ({ validator }) => percent(validator.commissionRate), right: true },
          ],
          found,
          'There are no validators.',
        );
      });
    });

  accountOptions(group.command('display-metadata'))
    .description('show all that the chain knows of a validator')
    .argument('[account]', 'address or alias (default: the active one)')
    .addHelpText('after', '\nExample:\n  somakit validator display-metadata 0x…')
    .action(async (account: string | undefined, flags: NetworkOptions) => {
      await withSession(cli, flags, {}, async (session) => {
        const address = account === undefined ? session.address : session.resolve(account);
        const state = await session.client.getLatestSystemState({ signal: cli.signal });
        const found = rows(state).find(({ validator }) => validator.metadata.somaAddress === address);
        if (found === undefined) {
          const { SomaKitError } = await import('@somakit/core');
          throw new SomaKitError('CLI_NOT_FOUND', `${address} is no validator.`, {
            context: { what: address },
            hint: 'somakit validator list shows them.',
          });
        }
        const shown = validatorJson(found);
        if (cli.out.json) return cli.out.object('validator/1', shown);
        const { validator } = found;
        await cli.out.fields([
          ['Address', address],
          ['Status', found.status.replace('_', ' ')],
          ['Voting power', percent(validator.votingPower)],
          ['Stake', somaText(validator.stakingPool.somaBalance)],
          ['Stake, next epoch', somaText(validator.nextEpochStake)],
          ['Commission', percent(validator.commissionRate)],
          ['Commission, next epoch', percent(validator.nextEpochCommissionRate)],
          ['Staking pool', validator.stakingPool.id],
          ['Network address', validator.metadata.netAddress],
          ['P2P address', validator.metadata.p2pAddress],
          ['Primary address', validator.metadata.primaryAddress],
          ['Proxy address', validator.metadata.proxyAddress],
          ['Protocol key', bytesText(validator.metadata.protocolPubkey)],
          ['Network key', bytesText(validator.metadata.networkPubkey)],
          ['Worker key', bytesText(validator.metadata.workerPubkey)],
        ]);
      });
    });
};

const buildMake = (group: Command, cli: Cli): void => {
  accountOptions(group.command('make-validator-info'))
    .description('write the keys of a validator and its validator.info; keys that are there are used')
    .argument('<host>', 'its public name')
    .argument('[commission-rate]', 'basis points', basisPoints, 200)
    .option('-o, --output <folder>', 'where to', '.')
    .option('--no-account-key', 'do not copy the account’s private key to account.key')
    .addHelpText(
      'after',
      '\nThe chain starts every validator with a commission of 10 basis points; set-commission-rate sets yours.\n\nExample:\n  somakit validator make-validator-info node.example',
    )
    .action(
      async (host: string, commissionRate: number, flags: NetworkOptions & { output: string; accountKey: boolean }) => {
        const [{ givenKey }, { makeValidatorInfo }] = await Promise.all([
          import('../soma/keys.js'),
          import('../soma/validator-info.js'),
        ]);
        let account = await givenKey(cli, flags);
        if (account === undefined) {
          const wallet = await needWallet(cli, flags);
          const identity = flags.from ?? wallet.activeAddress;
          if (identity === undefined) throw usageError('Whose validator? Give --from.');
          account = wallet.keystore.get(wallet.resolve(identity));
        }
        const { info, file, made, used } = await makeValidatorInfo({
          folder: flags.output,
          host,
          commissionRate,
          account,
          copyAccountKey: flags.accountKey,
        });
        if (cli.out.json) {
          return cli.out.object('validator.info/1', {
            output_dir: flags.output,
            validator_info_file: file,
            files: [...used, ...made],
            created: made,
            account_address: info.accountAddress,
          });
        }
        await cli.out.fields([
          ['Validator', info.accountAddress],
          ['Written', made.join('\n')],
          ...(used.length === 0 ? [] : ([['Used as it was', used.join('\n')]] as const)),
        ]);
        if (made.includes('account.key')) cli.out.note('account.key holds your private key in plain text.');
        cli.out.note(`somakit validator join-committee ${file} joins.`);
      },
    );
};

interface Simple {
  readonly action: string;
  readonly line: string;
  readonly question: string;
  readonly send: (session: SomaSession, options: SendOptions) => Promise<WriteResult>;
}

const write = (cli: Cli, flags: WriteOptions, make: (session: SomaSession) => Simple | Promise<Simple>) =>
  withSession(cli, flags, { signer: true }, async (session) => {
    const { action, line, question, send } = await make(session);
    await somaWrite(cli, session, flags, {
      action,
      lines: [line],
      question,
      send: (options) => send(session, options),
    });
  });

/** The sender's own entry. */
const ownEntry = async (session: SomaSession, signal: AbortSignal): Promise<Validator | undefined> => {
  const state = await session.client.getLatestSystemState({ signal });
  return rows(state).find(({ validator }) => validator.metadata.somaAddress === session.address)?.validator;
};

const buildMembership = (group: Command, cli: Cli): void => {
  writeOptions(group.command('join-committee'))
    .description('apply for a seat among the validators')
    .argument('<validator-info>', 'the file that make-validator-info wrote')
    .addHelpText('after', '\nExample:\n  somakit validator join-committee validator.info --dry-run')
    .action(async (file: string, flags: WriteOptions) => {
      const { readValidatorInfo } = await import('../soma/validator-info.js');
      const info = await readValidatorInfo(file);
      // The account of the file signs, whoever is active.
      await write(cli, { ...flags, from: flags.from ?? info.accountAddress }, () => ({
        action: 'validator join-committee',
        line: `${info.accountAddress} applies as a validator at ${info.networkAddress}.`,
        question: 'Apply?',
        send: ({ client }, options) =>
          client.addValidator({
            pubkeyBytes: info.protocolKey,
            networkPubkeyBytes: info.networkKey,
            workerPubkeyBytes: info.workerKey,
            proofOfPossession: info.proofOfPossession,
            netAddress: info.networkAddress,
            p2pAddress: info.p2pAddress,
            primaryAddress: info.primaryAddress,
            proxyAddress: info.proxyAddress,
            ...options,
          }),
      }));
    });

  writeOptions(group.command('leave-committee'))
    .description('give the seat among the validators up, with the next epoch')
    .addHelpText('after', '\nExample:\n  somakit validator leave-committee')
    .action((flags: WriteOptions) =>
      write(cli, flags, async (session) => {
        const own = await ownEntry(session, cli.signal);
        const pubkeyBytes = own === undefined ? new Uint8Array(96) : keyBytes(own.metadata.protocolPubkey);
        return {
          action: 'validator leave-committee',
          line: `${session.address} leaves the validators with the next epoch. Its stake stays its owners'.`,
          question: 'Leave?',
          send: ({ client }, options) => client.removeValidator({ pubkeyBytes, ...options }),
        };
      }),
    );

  writeOptions(group.command('set-commission-rate'))
    .description('set your commission as a validator, from the next epoch on')
    .argument('<rate>', 'basis points: 500 is 5 %', basisPoints)
    .addHelpText('after', '\nExample:\n  somakit validator set-commission-rate 500')
    .action((newRate: number, flags: WriteOptions) =>
      write(cli, flags, () => ({
        action: 'validator set-commission-rate',
        line: `Commission from the next epoch on: ${percent(newRate)}.`,
        question: 'Set it?',
        send: ({ client }, options) => client.setValidatorCommissionRate({ newRate, ...options }),
      })),
    );
};

const keyBytes = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? value : Uint8Array.from(Buffer.from(String(value), 'base64'));

const UPDATES = {
  'network-address': 'nextEpochNetworkAddress',
  'primary-address': 'nextEpochPrimaryAddress',
  'p2p-address': 'nextEpochP2pAddress',
  'network-pub-key': 'nextEpochNetworkPubkey',
  'worker-pub-key': 'nextEpochWorkerPubkey',
  'protocol-pub-key': 'nextEpochProtocolPubkey',
} as const;

const buildUpdate = (group: Command, cli: Cli): void => {
  writeOptions(group.command('update-metadata'))
    .description('change an address or a key of your validator, from the next epoch on')
    .argument('<what>', Object.keys(UPDATES).join(', '))
    .argument('<value>', 'a multiaddr such as /dns/node.example/tcp/8080/http, or the path of a key file')
    .addHelpText(
      'after',
      `
Examples:
  somakit validator update-metadata network-address /dns/node.example/tcp/8080/http
  somakit validator update-metadata protocol-pub-key protocol.key`,
    )
    .action(async (what: string, value: string, flags: WriteOptions) => {
      if (!Object.hasOwn(UPDATES, what))
        throw usageError(`There is no ${what}.`, `${Object.keys(UPDATES).join(', ')}.`);
      const name = UPDATES[what as keyof typeof UPDATES];
      const keyText = what.endsWith('-pub-key')
        ? (
            await readFile(value, 'utf8').catch(() => {
              throw usageError(`${value} cannot be read.`, 'Give the path of the key file.');
            })
          ).trim()
        : undefined;
      await write(cli, flags, async (session) => {
        const { Keypair } = await import('@somakit/crypto');
        const { blsPublicKey, createProofOfPossession, parseBlsSecretKey } = await import('@somakit/crypto/bls');
        let change: object = { [name]: value };
        if (keyText !== undefined && what === 'protocol-pub-key') {
          const secret = parseBlsSecretKey(keyText);
          change = {
            [name]: blsPublicKey(secret),
            nextEpochProofOfPossession: createProofOfPossession(secret, session.address),
          };
        } else if (keyText !== undefined) change = { [name]: Keypair.fromKeyFile(keyText).publicKey };
        return {
          action: 'validator update-metadata',
          line: `Sets the ${what} of ${session.address} to ${keyText === undefined ? value : `the key in ${value}`} from the next epoch on.`,
          question: 'Change it?',
          send: ({ client }, options) => client.updateValidatorMetadata({ ...change, ...options }),
        };
      });
    });
};

const buildReports = (group: Command, cli: Cli): void => {
  writeOptions(group.command('report-validator'))
    .description('report another validator, as a validator')
    .argument('<account>', 'address or alias')
    .option('--undo-report', 'take the report back')
    .addHelpText('after', '\nExample:\n  somakit validator report-validator 0x… --undo-report')
    .action((account: string, flags: WriteOptions & { undoReport?: boolean }) =>
      write(cli, flags, (session) => {
        const reportee = session.resolve(account);
        const undo = flags.undoReport === true;
        return {
          action: 'validator report-validator',
          line: undo ? `Takes the report of ${reportee} back.` : `Reports the validator ${reportee}.`,
          question: undo ? 'Take it back?' : `Report ${short(reportee)}?`,
          send: ({ client }, options) =>
            undo
              ? client.undoReportValidator({ reportee, ...options })
              : client.reportValidator({ reportee, ...options }),
        };
      }),
    );

  writeOptions(group.command('report-model'))
    .description('report a model, as a validator')
    .argument('<id>', 'model id')
    .option('--undo-report', 'take the report back')
    .addHelpText('after', '\nExample:\n  somakit validator report-model 0x…')
    .action((modelId: string, flags: WriteOptions & { undoReport?: boolean }) =>
      write(cli, flags, () => {
        const undo = flags.undoReport === true;
        return {
          action: 'validator report-model',
          line: undo ? `Takes the report of the model ${modelId} back.` : `Reports the model ${modelId}.`,
          question: undo ? 'Take it back?' : `Report ${short(modelId)}?`,
          send: ({ client }, options) =>
            undo ? client.undoReportModel({ modelId, ...options }) : client.reportModel({ modelId, ...options }),
        };
      }),
    );

  writeOptions(group.command('report-submission'))
    .description('report what somebody submitted to a target, as a validator')
    .argument('<id>', 'target id')
    .option('--undo-report', 'take the report back')
    .addHelpText('after', '\nExample:\n  somakit validator report-submission 0x…')
    .action((targetId: string, flags: WriteOptions & { undoReport?: boolean }) =>
      write(cli, flags, () => {
        const undo = flags.undoReport === true;
        return {
          action: 'validator report-submission',
          line: undo ? `Takes the report of ${targetId} back.` : `Reports the submission to ${targetId}.`,
          question: undo ? 'Take it back?' : `Report ${short(targetId)}?`,
          send: ({ client }, options) =>
            undo
              ? client.undoReportSubmission({ targetId, ...options })
              : client.reportSubmission({ targetId, ...options }),
        };
      }),
    );
};

export const build = (group: Command, cli: Cli): void => {
  buildReads(group, cli);
  buildMake(group, cli);
  buildMembership(group, cli);
  buildUpdate(group, cli);
  buildReports(group, cli);
};
