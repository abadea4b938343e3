import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { executable, scratch, somakit } from './support/somakit.js';
import { terminal } from './support/terminal.js';

/** A home whose shell finds `somakit`, with a few files. */
const home = () => {
  const folder = scratch();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = join(bin, 'somakit');
  writeFileSync(
    program,
    `#!/bin/sh\nexec '${process.execPath}' ${executable.map((each) => `'${each}'`).join(' ')} "$@"\n`,
  );
  chmodSync(program, 0o755);
  const config = join(folder, '.soma', 'soma_config');
  mkdirSync(config, { recursive: true });
  writeFileSync(
    join(config, 'client.yaml'),
    'envs:\n  - alias: mine\n    rpc: "http://127.0.0.1:1"\nactive_env: mine\n',
  );
  writeFileSync(join(folder, 'model.safetensors'), '');
  mkdirSync(join(folder, 'outputs'));
  return { folder, env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder } };
};

const ask = async (...words: string[]): Promise<string[]> => {
  const { folder, env } = home();
  const { stdout } = await somakit(['complete', '--', ...words], { cwd: folder, env });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0]!);
};

describe('completion', () => {
  it('refuses a shell that it does not know', async () => {
    expect(await somakit(['completions', 'csh'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('knows commands, options, values and files at their places', async () => {
    expect(await ask('local')).toEqual(['localnet', ':none']);
    expect(await ask('localnet', 'sn')).toEqual(['snapshot', ':none']);
    expect(await ask('help', 'localnet', 're')).toEqual(['revert', ':none']);
    expect(await ask('localnet', 'start', '--free')).toEqual(['--free-ports', ':none']);
    expect(await ask('localnet', 'start', '--free-ports', '--free')).toEqual([':none']);
    expect(await ask('completions', '')).toEqual(['bash', 'zsh', 'fish', ':none']);
    expect(await ask('doctor', '--env', 'm')).toEqual(['mine', ':none']);
    expect(await ask('doctor', '--env=t')).toEqual(['--env=testnet', ':none']);
    expect(await ask('weights', 'encrypt', '')).toEqual([':files']);
    expect(await ask('flock', 'upload', 'me/model', '')).toEqual([':folders']);
    expect(await ask('localnet', 'start', '--data-dir', '')).toEqual([':folders']);
    expect(await ask('nothing', 'known', '')).toEqual([':none']);
  });

  it('works in bash, by TAB', async () => {
    const { folder, env } = home();
    const screen = terminal(['--noprofile', '--norc', '-i'], {
      command: ['/bin/bash'],
      cwd: folder,
      env: { ...env, PS1: '$ ' },
    });
    const type = (keys: string) => screen.write(keys);
    await screen.waitFor('$ ');
    type('source <(somakit completions bash); echo lo""aded\r');
    await screen.waitFor('loaded');
    type('somakit localnet sn\t');
    await screen.waitFor('somakit localnet snapshot ');
    type('\u0015somakit weights encrypt mod\t');
    await screen.waitFor('encrypt model.safetensors ');
    type('\u0015somakit flock upload me/m out\t');
    await screen.waitFor('me/m outputs/');
    type('\u0015somakit doctor --env=test\t');
    await screen.waitFor('--env=testnet ');
    type('\u0015exit\r');
    expect(await screen.ended()).toBe(0);
  });

  it('gives scripts that bash takes, and that ask this program in every shell', async () => {
    const { stdout } = await somakit(['completions', 'bash']);
    execFileSync('/bin/bash', ['-n'], { input: stdout });
    for (const shell of ['bash', 'zsh', 'fish']) {
      const [line] = (await somakit(['completions', shell, '--json'])).json<{ script: string }>();
      expect(line?.script).toContain('somakit complete -- ');
    }
  });
});
