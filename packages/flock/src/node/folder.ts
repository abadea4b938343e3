import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { invalidArgument, SomaKitError, throwIfAborted } from '@somakit/core';

/** A file that goes up. */
export interface FolderFile {
  /** Within the folder, with `/`. */
  readonly path: string;
  readonly absolute: string;
  readonly size: number;
  readonly modifiedMs: number;
}

export interface FolderContent {
  readonly files: readonly FolderFile[];
  /** What stays behind; folders end with `/`. */
  readonly ignored: readonly string[];
}

// By the name of a file or folder on any level, in lower case. Not to be switched off.
const FOLDERS = new Set([
  '.git',
  '.hg',
  '.svn',
  '.cache',
  '.huggingface',
  '.ssh',
  '.aws',
  '.gnupg',
  '.kube',
  '.docker',
  '.somakit',
  '.venv',
  'venv',
  '__pycache__',
  '.ipynb_checkpoints',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  'node_modules',
  'wandb',
]);
const FILES: readonly RegExp[] = [
  /^\.env(?:rc|$|[._-].*)/,
  /\.env$/,
  /^\.(?:netrc|npmrc|pypirc|git-credentials|htpasswd|pgpass|dockercfg|boto|s3cfg|vault-token|bash_history|zsh_history|python_history)$/,
  /^_netrc$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)/,
  /\.(?:pem|key|p8|p12|pfx|jks|keystore|kdbx|ppk|gpg|asc|age)$/,
  /^(?:soma|sui)\.(?:keystore|aliases)$/,
  /^(?:credentials?|secrets?|service[-_]account.*|client[-_]secret.*)(?:\.(?:json|ya?ml|toml|ini|txt|csv))?$/,
  /^(?:hf[-_]?|hugging[-_]?face[-_]?|access[-_]?|api[-_]?|flock[-_]?)(?:tokens?|keys?)(?:\.(?:txt|json|ya?ml))?$/,
  /^tokens?(?:\.txt)?$/,
  /^(?:mnemonic|seed[-_]?phrase|private[-_]?key|wallet)(?:\.(?:txt|json))?$/,
  /^\.ds_store$/,
  /^thumbs\.db$/,
  /\.py[co]$/,
];

/** Whether a name is one of those that never go up: version control, caches, and what holds secrets. */
const isNeverUploaded = (name: string, isFolder: boolean): boolean => {
  const lower = name.toLowerCase();
  return isFolder ? FOLDERS.has(lower) || /^\.env/.test(lower) : FILES.some((form) => form.test(lower));
};

/** `*` within a segment, `**` over segments, `?`; without a slash it holds on every level, with a last slash for folders. */
const globToRegExp = (glob: string): RegExp => {
  let pattern = '';
  const body = glob.replace(/^\//, '').replace(/\/$/, '');
  for (let at = 0; at < body.length; at++) {
    const sign = body[at]!;
    if (sign === '*' && body[at + 1] === '*') {
      const slash = body[at + 2] === '/';
      pattern += slash ? '(?:[^/]+/)*' : '.*';
      at += slash ? 2 : 1;
    } else if (sign === '*') pattern += '[^/]*';
    else if (sign === '?') pattern += '[^/]';
    else pattern += sign.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  }
  const anywhere = glob.startsWith('/') || body.includes('/') ? '' : '(?:.*/)?';
  return new RegExp(`^${anywhere}${pattern}$`, 's');
};

/**
 * The files of a folder in the order of their paths, without version control, caches, secrets and what `ignore` names. Links to
 * files inside of the folder are followed; links that lead out, and links to folders, stay behind.
 *
 * @throws HUB_NOTHING_TO_UPLOAD, INVALID_ARGUMENT, and what the file system throws
 */
export const readFolder = async (
  folder: string,
  ignore: readonly string[],
  signal?: AbortSignal,
): Promise<FolderContent> => {
  const root = await realpath(resolve(folder)).catch(() => undefined);
  if (root === undefined || !(await stat(root)).isDirectory()) {
    throw invalidArgument('folder', 'a folder that is there', folder);
  }
  const rules = ignore.map(globToRegExp);
  const isIgnored = (path: string) => rules.some((rule) => rule.test(path));
  const files: FolderFile[] = [];
  const ignored: string[] = [];
  const visit = async (prefix: string): Promise<void> => {
    throwIfAborted(signal);
    for (const entry of await readdir(join(root, prefix), { withFileTypes: true })) {
      const path = `${prefix}${entry.name}`;
      const absolute = join(root, path);
      if (entry.isDirectory()) {
        if (isNeverUploaded(entry.name, true) || isIgnored(path)) ignored.push(`${path}/`);
        else await visit(`${path}/`);
        continue;
      }
      // A harmless name may lead to a secret file.
      const target = entry.isSymbolicLink() ? await realpath(absolute).catch(() => undefined) : absolute;
      const inside = target?.startsWith(root + sep) === true;
      const info = inside ? await (entry.isSymbolicLink() ? stat(absolute) : lstat(absolute)) : undefined;
      const names = [entry.name, ...(target === undefined ? [] : [basename(target)])];
      const secretFolder =
        inside &&
        target
          .slice(root.length + 1)
          .split(sep)
          .slice(0, -1)
          .some((name) => isNeverUploaded(name, true));
      if (
        info?.isFile() !== true ||
        secretFolder ||
        names.some((name) => isNeverUploaded(name, false)) ||
        isIgnored(path)
      ) {
        ignored.push(path);
        continue;
      }
      files.push({ path, absolute, size: info.size, modifiedMs: info.mtimeMs });
    }
  };
  await visit('');
  if (files.length === 0) {
    throw new SomaKitError('HUB_NOTHING_TO_UPLOAD', `${folder} has no file to upload.`, {
      context: { folder, ignored: ignored.length },
      hint:
        ignored.length === 0
          ? 'Is it the right folder?'
          : `${ignored.length} entries are left out (${ignored.slice(0, 5).join(', ')}): caches, secrets and what you ignore never go up.`,
    });
  }
  // The order of the Hub's own clients.
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, ignored: ignored.sort() };
};

// Trainers write their arguments beside the weights, tokens included; weights themselves are larger.
const SEARCHED_BYTES = 2 ** 24;

/** @throws HUB_SECRET_IN_FILE when a file holds one of the secrets that are in use */
export const refuseSecrets = async (
  files: readonly FolderFile[],
  secrets: readonly (string | undefined)[],
): Promise<void> => {
  const wanted = secrets.filter((secret): secret is string => secret !== undefined && secret.length >= 8);
  for (const { path, absolute, size } of files) {
    if (size > SEARCHED_BYTES) continue;
    const content = await readFile(absolute);
    if (!wanted.some((secret) => content.includes(secret))) continue;
    throw new SomaKitError('HUB_SECRET_IN_FILE', `${path} holds the token or API key that is in use.`, {
      context: { path },
      hint: 'Remove it, or name the file in ignore. Trainers write tokens into training_args.bin.',
    });
  }
};
