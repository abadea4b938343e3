import { rm } from 'node:fs/promises';
import { isError, SomaKitError } from '@somakit/core';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { configError, usageError } from '../errors.js';
import { count } from '../options.js';
import {
  givenWeightKey,
  requiredWeightKey,
  WEIGHT_KEY_HELP,
  type WeightKeyOptions,
  weightKeyOptions,
} from '../publish/weight-key.js';
import { writeSecret } from '../soma/new-key.js';
import { formatBytes } from '../text.js';

interface CipherFlags extends WeightKeyOptions {
  readonly output?: string;
  readonly force?: boolean;
}

const crypto = () => import('@somakit/crypto/node');

const progressOf =
  ({ out }: Cli, what: string) =>
  ({ done, total }: { readonly done: number; readonly total?: number | undefined }): void =>
    out.progress(what, done, total);

/** @throws CLI_CONFIG when there is a key already: perhaps the only one for what is encrypted with it */
const writeKey = async (path: string, key: string): Promise<void> => {
  try {
    await writeSecret(path, `${key}\n`);
  } catch (error) {
    if (!isError(error, 'CLI_CONFIG')) throw error;
    const hint = `After an interrupted run use that key: --decryption-key-file ${path}. Else name another file: --key-output.`;
    throw configError(path, error.message, hint, error.cause);
  }
};

const buildEncrypt = (group: Command, cli: Cli): void => {
  weightKeyOptions(group.command('encrypt'))
    .description('encrypt weights for publication, of any size; the key goes to a file that only you can read')
    .argument('<file>', 'the weights')
    .option('-o, --output <file>', 'the encrypted file (default: the name with .enc)')
    .option('--key-output <file>', 'where a new key goes (default: the name of the output with .key)')
    .option('--force', 'replace an encrypted file that is there')
    .addHelpText(
      'after',
      `
A new key is made unless one is given; never use one key for two different models.
${WEIGHT_KEY_HELP}

Examples:
  somakit weights encrypt model.safetensors
  somakit weights encrypt model.safetensors -o out.enc --key-output out.key --json`,
    )
    .action(async (from: string, flags: CipherFlags & { keyOutput?: string }) => {
      const { encryptFile } = await crypto();
      const { output: to = `${from}.enc`, keyOutput = `${to}.key`, force: overwrite } = flags;
      const given = await givenWeightKey(cli, flags);
      let key = given;
      let keyFile: string | undefined;
      if (key === undefined) {
        const { generateWeightKey } = await import('@somakit/crypto');
        key = generateWeightKey();
        // Before the encrypted file is there: without its key that one is worth nothing.
        await writeKey(keyOutput, key);
        keyFile = keyOutput;
      }
      try {
        const { signal } = cli;
        const onProgress = progressOf(cli, 'encrypting');
        const { checksum, size } = await encryptFile({ from, to, key, overwrite, signal, onProgress });
        cli.out.endProgress();
        if (cli.out.json) {
          return cli.out.object('weights.encrypt/1', { from, to, checksum, size, key_file: keyFile ?? null });
        }
        await cli.out.fields([
          ['Encrypted', to],
          ['Size', `${size} bytes (${formatBytes(size)})`],
          ['Checksum', checksum],
          ['Key', keyFile ?? 'the given one'],
        ]);
      } catch (error) {
        if (keyFile !== undefined) await rm(keyFile, { force: true });
        throw error;
      }
    });
};

const buildDecrypt = (group: Command, cli: Cli): void => {
  weightKeyOptions(group.command('decrypt'))
    .description('decrypt published weights')
    .argument('<file>', 'the encrypted weights')
    .option('-o, --output <file>', 'the decrypted file (default: the name without .enc)')
    .option('--checksum <base58>', 'what the encrypted file must be; without it a wrong key or file goes unnoticed')
    .option('--force', 'replace a file that is there')
    .addHelpText(
      'after',
      `
${WEIGHT_KEY_HELP}

Example:
  somakit weights decrypt model.safetensors.enc --decryption-key-file model.safetensors.enc.key`,
    )
    .action(async (from: string, flags: CipherFlags & { checksum?: string }) => {
      const to = flags.output ?? (from.endsWith('.enc') ? from.slice(0, -'.enc'.length) : undefined);
      if (to === undefined) throw usageError(`${from} does not end in .enc: say where to with --output.`);
      const key = await requiredWeightKey(cli, flags);
      const { decryptFile } = await crypto();
      const { checksum, size } = await decryptFile({
        from,
        to,
        key,
        checksum: flags.checksum,
        overwrite: flags.force,
        signal: cli.signal,
        onProgress: progressOf(cli, 'decrypting'),
      });
      cli.out.endProgress();
      if (cli.out.json) return cli.out.object('weights.decrypt/1', { from, to, checksum, size });
      await cli.out.fields([
        ['Decrypted', to],
        ['Size', `${size} bytes (${formatBytes(size)})`],
        ['Checksum', `${checksum} (of the encrypted file)`],
      ]);
    });
};

export const build = (group: Command, cli: Cli): void => {
  buildEncrypt(group, cli);
  buildDecrypt(group, cli);

  group
    .command('random')
    .description('make the weights of an untrained small model: to try things out on a local network')
    .argument('<file>', 'the file to make (safetensors)')
    .option('--seed <n>', 'other seeds give other weights', count, 1)
    .addHelpText('after', '\nExample:\n  somakit weights random model.safetensors --seed 7')
    .action(async (file: string, { seed }: { seed: number }) => {
      const [{ makeWeights }, { writeFile }] = await Promise.all([
        import('@somakit/demo/weights'),
        import('node:fs/promises'),
      ]);
      const bytes = makeWeights(BigInt(seed) * 1_000n);
      await writeFile(file, bytes, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
        throw new SomaKitError('FILE_ACCESS', `${file} cannot be made (${cause.code}).`, {
          context: { path: file, operation: 'write', reason: cause.code ?? 'UNKNOWN' },
          hint: cause.code === 'EEXIST' ? 'It is there already: name another one.' : undefined,
          cause,
        });
      });
      if (cli.out.json) cli.out.object('weights.random/1', { file, size: bytes.length });
      else cli.out.line(`${file}, ${formatBytes(bytes.length)}`);
    });

  group
    .command('hash')
    .description('the checksum and size of files, as manifests have them')
    .argument('<files...>', 'files of any size')
    .addHelpText('after', '\nExample:\n  somakit weights hash model.safetensors.enc')
    .action(async (files: string[]) => {
      const { hashFile } = await crypto();
      for (const file of files) {
        const { checksum, size } = await hashFile(file, {
          signal: cli.signal,
          onProgress: progressOf(cli, `hashing ${file}`),
        });
        cli.out.endProgress();
        if (cli.out.json) cli.out.object('weights.hash/1', { file, checksum, size });
        else cli.out.line(`${checksum}  ${size}  ${file}`);
      }
    });

  weightKeyOptions(group.command('commitment'))
    .description('the commitments that a model commit holds: of the encrypted weights, the key and the embedding')
    .argument('[file]', 'the encrypted weights')
    .option('--embedding <values>', 'the embedding: numbers, or @file (JSON, CSV, .f32, .npy, .safetensors)')
    .addHelpText(
      'after',
      `
${WEIGHT_KEY_HELP}

Example:
  somakit weights commitment model.enc --embedding @embedding.json --decryption-key-file model.enc.key`,
    )
    .action(async (file: string | undefined, flags: WeightKeyOptions & { embedding?: string }) => {
      const key = await givenWeightKey(cli, flags);
      if (file === undefined && key === undefined && flags.embedding === undefined) {
        throw usageError('There is nothing to commit to: give a file, an embedding or a key.');
      }
      const [{ hashFile }, { decryptionKeyCommitment, embeddingCommitment }, { readFloats }] = await Promise.all([
        crypto(),
        import('@somakit/sdk/transactions'),
        import('../publish/embedding.js'),
      ]);
      const embedding =
        flags.embedding === undefined
          ? undefined
          : embeddingCommitment(await readFloats('--embedding', flags.embedding));
      const weights =
        file === undefined
          ? undefined
          : await hashFile(file, { signal: cli.signal, onProgress: progressOf(cli, 'hashing') });
      cli.out.endProgress();
      const ofKey = key === undefined ? undefined : decryptionKeyCommitment(key);
      if (cli.out.json) {
        return cli.out.object('weights.commitment/1', {
          weights: weights?.checksum ?? null,
          size: weights?.size ?? null,
          decryption_key: ofKey ?? null,
          embedding: embedding ?? null,
        });
      }
      await cli.out.fields([
        ...(weights === undefined ? [] : ([['Weights', weights.checksum]] as const)),
        ...(ofKey === undefined ? [] : ([['Key', ofKey]] as const)),
        ...(embedding === undefined ? [] : ([['Embedding', embedding]] as const)),
      ]);
    });
};
