import { lstat, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomUuid, SomaKitError } from '@somakit/core';

export const exists = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** @throws TINKER_TARGET_EXISTS */
export const checkTarget = async (target: string, force: boolean): Promise<void> => {
  if (force || !(await exists(target))) return;
  throw new SomaKitError('TINKER_TARGET_EXISTS', `${target} exists.`, {
    context: { path: target },
    hint: 'Set force to replace it once everything is there.',
  });
};

/** Makes the folder above `target`. The result takes away again what was made, as far as it is empty. */
export const makeParent = async (target: string): Promise<() => Promise<void>> => {
  const parent = dirname(target);
  const first = await mkdir(parent, { recursive: true });
  return async () => {
    if (first === undefined) return;
    for (let folder = parent; folder.length >= first.length; folder = dirname(folder)) {
      try {
        await rmdir(folder);
      } catch {
        return;
      }
    }
  };
};

/** Moves a finished folder to its place; what is there goes only when the new one has come. */
export const moveInto = async (made: string, target: string): Promise<void> => {
  if (!(await exists(target))) return rename(made, target);
  const old = `${target}.old-${randomUuid().slice(0, 8)}`;
  await rename(target, old);
  try {
    await rename(made, target);
  } catch (error) {
    await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
};
