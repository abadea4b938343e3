import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPart } from '@somakit/vitest-config/parts';
import { describe, expect, it } from 'vitest';
import { executable, scratch, somakit } from './support/somakit.js';
import { type Terminal, terminal } from './support/terminal.js';

const zsh = findPart('zsh');
const fish = findPart('fish');

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
  writeFileSync(join(folder, 'two words.txt'), '');
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

/** Empties the line. */
const CLEAR = '\u0015';

/** What is typed before TAB, and what the shell makes of it. */
const TYPED: readonly (readonly [before: string, after: string])[] = [
  ['somakit localnet sn', 'localnet snapshot '],
  ['somakit "localnet" sn', '"localnet" snapshot '],
  ['somakit "localn', 'somakit "localnet" '],
  ['somakit weights encrypt mod', 'encrypt model.safetensors '],
  ['somakit weights encrypt two', 'encrypt two\\ words.txt '],
  ['somakit weights encrypt "two words.txt" --outp', '"two words.txt" --output '],
  ['somakit weights encrypt ~/mod', 'encrypt ~/model.safetensors '],
  ['somakit weights encrypt --output=mod', '--output=model.safetensors '],
  ['somakit weights encrypt --output=~/mod', '--output=~/model.safetensors '],
  ['somakit flock upload me/m out', 'me/m outputs/'],
  ['somakit localnet start --data-dir=out', '--data-dir=outputs/'],
  ['somakit doctor --env=test', '--env=testnet '],
  ['somakit doctor --env m', '--env mine '],
];

const typeAll = async (screen: Terminal): Promise<void> => {
  for (const [before, after] of TYPED) {
    screen.write(`${CLEAR}${before}\t`);
    await screen.waitFor(after);
  }
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
    expect(await ask('weights', 'encrypt', '--output=mod')).toEqual([':files']);
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
    await screen.waitFor('$ ');
    screen.write('source <(somakit completions bash); echo lo""aded\r');
    await screen.waitFor('loaded');
    await typeAll(screen);
    // Where = does not separate words.
    screen.write(`${CLEAR}COMP_WORDBREAKS=\${COMP_WORDBREAKS//=}; echo chan""ged\r`);
    await screen.waitFor('changed');
    await typeAll(screen);
    screen.write(`${CLEAR}exit\r`);
    expect(await screen.ended()).toBe(0);
  });

  it.skipIf(zsh === undefined)('works in zsh, by TAB', async () => {
    const { folder, env } = home();
    // As the README says it: a file in a folder of fpath.
    mkdirSync(join(folder, 'functions'));
    const { stdout } = await somakit(['completions', 'zsh']);
    writeFileSync(join(folder, 'functions', '_somakit'), stdout);
    const screen = terminal(['-f', '-i'], { command: [zsh!], cwd: folder, env: { ...env, PS1: 'zsh> ' } });
    await screen.waitFor('zsh> ');
    screen.write('fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -D; echo lo""aded\r');
    await screen.waitFor('loaded');
    await typeAll(screen);
    screen.write(`${CLEAR}somakit completions \t`);
    await screen.waitFor(/bash +fish +zsh(?! +--)/);
    screen.write(`${CLEAR}exit\r`);
    expect(await screen.ended()).toBe(0);
  });

  it.skipIf(zsh === undefined)('works in zsh when it is sourced', async () => {
    const { folder, env } = home();
    const screen = terminal(['-f', '-i'], { command: [zsh!], cwd: folder, env: { ...env, PS1: 'zsh> ' } });
    await screen.waitFor('zsh> ');
    screen.write('autoload -Uz compinit; compinit -u -D; source <(somakit completions zsh); echo lo""aded\r');
    await screen.waitFor('loaded');
    screen.write('somakit localnet sn\t');
    await screen.waitFor('localnet snapshot ');
    screen.write(`${CLEAR}exit\r`);
    expect(await screen.ended()).toBe(0);
  });

  it.skipIf(fish === undefined)('works in fish, by TAB', async () => {
    const { folder, env } = home();
    const completions = join(folder, '.config', 'fish', 'completions');
    mkdirSync(completions, { recursive: true });
    const { stdout } = await somakit(['completions', 'fish']);
    writeFileSync(join(completions, 'somakit.fish'), stdout);
    const prompt = 'function fish_prompt; echo -n "> "; end; set fish_greeting; set fish_autosuggestion_enabled 0';
    const screen = terminal(['-i', '-C', prompt], { command: [fish!], cwd: folder, env });
    await screen.waitFor('> ');
    screen.write('echo lo""aded\r');
    await screen.waitFor('loaded');
    await typeAll(screen);
    screen.write(`${CLEAR}exit\r`);
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
