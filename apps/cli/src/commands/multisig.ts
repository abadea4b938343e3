import { invalidArgument, toBase64 } from '@somakit/core';
import type { MultiSig } from '@somakit/crypto';
import { type Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../cli.js';
import { bytesOf } from '../soma/keys.js';

interface GroupFlags {
  readonly pks: readonly string[];
  readonly weights?: readonly number[];
  readonly threshold: number;
}

const weight = (text: string, before: readonly number[] = []): readonly number[] => [
  ...before,
  ...text.split(',').map((part) => {
    if (/^\d{1,3}$/.test(part.trim())) return Number(part);
    throw new InvalidArgumentError('Weights are 1 to 255.');
  }),
];

const threshold = (text: string): number => {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be 1 to 65535.');
};

const words = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',')];

const groupOptions = (command: Command): Command =>
  command
    .requiredOption('--pks <base64...>', 'public keys of the members, in their order', words)
    .option('--weights <n...>', 'what the signature of each counts (default: 1)', weight)
    .requiredOption('--threshold <n>', 'what the signers must count together', threshold);

const multiSigOf = async ({ pks, weights, threshold: needed }: GroupFlags): Promise<MultiSig> => {
  const { createMultiSig } = await import('@somakit/crypto');
  if (weights !== undefined && weights.length !== pks.length) {
    throw invalidArgument('weights', `one for each of the ${pks.length} keys`, weights.length);
  }
  return createMultiSig({
    members: pks.map((publicKey, i) => ({ publicKey, weight: weights?.[i] ?? 1 })),
    threshold: needed,
  });
};

const groupJson = async ({ address, members, threshold: needed }: MultiSig) => {
  const { ed25519Address, formatPublicKey } = await import('@somakit/crypto');
  return {
    address,
    threshold: needed,
    members: members.map(({ publicKey, weight: counts }) => ({
      public_key: formatPublicKey(publicKey),
      address: ed25519Address(publicKey),
      weight: counts,
    })),
  };
};

const showGroup = async (cli: Cli, multiSig: MultiSig): Promise<void> => {
  const { address, members, threshold: needed } = await groupJson(multiSig);
  await cli.out.fields([
    ['Address', address],
    ['Threshold', String(needed)],
    ['Members', members.map((each) => `${each.address} weight ${each.weight}`).join('\n')],
  ]);
};

export const buildAddress = (command: Command, cli: Cli): void => {
  groupOptions(command)
    .description('show the address of an account that several keys share')
    .addHelpText('after', '\nExample:\n  somakit multisig address --pks AAa… AAb… AAc… --threshold 2')
    .action(async (flags: GroupFlags) => {
      const multiSig = await multiSigOf(flags);
      if (cli.out.json) cli.out.object('multisig/1', await groupJson(multiSig));
      else await showGroup(cli, multiSig);
    });
};

export const buildCombine = (command: Command, cli: Cli): void => {
  groupOptions(command)
    .description('put signatures of members together to the one of the account')
    .requiredOption('--sigs <base64...>', 'signatures of members, in any order; @file for files', words)
    .option('--tx-bytes <base64>', 'the transaction: the signatures are verified first, and it is printed signed')
    .addHelpText(
      'after',
      `
With --tx-bytes the whole signed transaction is printed, for somakit tx execute-combined-signed.

Example:
  somakit multisig combine --pks AAa… AAb… --threshold 2 --sigs AAE… AAF… --tx-bytes @tx`,
    )
    .action(async (flags: GroupFlags & { sigs: readonly string[]; txBytes?: string }) => {
      const multiSig = await multiSigOf(flags);
      const signatures = await Promise.all(flags.sigs.map((each) => bytesOf('sigs', each)));
      const about = { address: multiSig.address };
      if (flags.txBytes === undefined) {
        const { combineMultiSig } = await import('@somakit/crypto');
        const signature = toBase64(combineMultiSig({ multiSig, signatures }));
        if (cli.out.json) cli.out.object('multisig.signature/1', { ...about, signature });
        else cli.out.line(signature);
        return;
      }
      const { combineSignatures, readTransaction } = await import('@somakit/sdk/transactions');
      const transaction = readTransaction(await bytesOf('tx-bytes', flags.txBytes));
      const signed = combineSignatures({ transaction, multiSig, signatures });
      const text = toBase64(signed.signedBytes);
      if (!cli.out.json) return cli.out.line(text);
      cli.out.object('multisig.signature/1', {
        ...about,
        signature: toBase64(signed.signatures[0]!),
        digest: signed.digest,
        serialized_transaction: text,
      });
    });
};

export const buildDecode = (command: Command, cli: Cli): void => {
  command
    .description('show who signed, and whether it is enough')
    .requiredOption('--multisig <base64>', 'a combined signature, @file for a file')
    .option('--tx-bytes <base64>', 'the transaction that it is over: it is verified too')
    .option('--cur-epoch <epoch>', 'taken and not needed, as in the official program')
    .addHelpText('after', '\nExample:\n  somakit multisig decode --multisig Ag… --tx-bytes @tx')
    .action(async (flags: { multisig: string; txBytes?: string }) => {
      const { parseMultiSig, verifyTransactionSignature } = await import('@somakit/crypto');
      const bytes = await bytesOf('multisig', flags.multisig);
      const { multiSig, signatures } = parseMultiSig(bytes);
      const about = await groupJson(multiSig);
      const signers = new Set(signatures.map(({ member }) => member));
      const weightSigned = multiSig.members.reduce((sum, each, i) => sum + (signers.has(i) ? each.weight : 0), 0);
      const transaction = flags.txBytes === undefined ? undefined : await bytesOf('tx-bytes', flags.txBytes);
      let problem: string | undefined;
      if (transaction !== undefined) {
        try {
          verifyTransactionSignature(transaction, bytes);
        } catch (error) {
          problem = (error as Error).message;
        }
      }
      const verified = transaction === undefined ? {} : { verified: problem === undefined };
      if (problem !== undefined) cli.exitWith(5);
      if (cli.out.json) {
        const members = about.members.map((each, i) => ({ ...each, signed: signers.has(i) }));
        const shown = { ...about, members, weight: weightSigned, reached: weightSigned >= multiSig.threshold };
        return cli.out.object('multisig.decoded/1', { ...shown, ...verified, ...(problem ? { problem } : {}) });
      }
      await cli.out.fields([
        ['Address', about.address],
        ['Weight', `${weightSigned} of ${about.threshold}`],
        [
          'Members',
          about.members
            .map((each, i) => `${each.address} weight ${each.weight}${signers.has(i) ? ', signed' : ''}`)
            .join('\n'),
        ],
        ...(transaction === undefined ? [] : ([['Signature', problem ?? 'holds']] as const)),
      ]);
    });
};

export const build = (group: Command, cli: Cli): void => {
  buildAddress(group.command('address'), cli);
  buildCombine(group.command('combine'), cli);
  buildDecode(group.command('decode'), cli);
};
