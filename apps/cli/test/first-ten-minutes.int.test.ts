import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { executable, scratch } from './support/somakit.js';
import { KEYS, type Terminal, terminal } from './support/terminal.js';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

interface Line {
  readonly terminal: string;
  readonly command: string;
}

/** The commands of a section, each with the terminal that it is for. */
const commandsOf = (title: string): Line[] => {
  const section = README.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/<!-- terminal (\d) -->\n```sh\n([\s\S]*?)```/g)].flatMap(([, number, block]) =>
    block!
      .trim()
      .split('\n')
      .map((command) => ({ terminal: number!, command })),
  );
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

/** The default ports, for which others of this machine are taken. */
const PORTS = ['9000', '9123', '9124', '9125', '9126', '8000'] as const;

it('a new user’s first ten minutes: every command of the README, in a clean home folder', async () => {
  const folder = scratch();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const ports = new Map<string, number>();
  for (const each of PORTS) ports.set(each, await freePort());
  const at = (port: (typeof PORTS)[number]) => `http://127.0.0.1:${ports.get(port)}`;
  // What is typed is what the README says. Only the ports are others, so that nothing on this machine is in the way.
  const extra =
    `"$1 $2" = "localnet start" && set -- "$@" --rpc-port ${ports.get('9000')} --faucet-port ${ports.get('9123')} ` +
    `--scoring-port ${ports.get('9124')} --admin-port ${ports.get('9125')} --data-port ${ports.get('9126')}`;
  const program = join(bin, 'somakit');
  const words = executable.map((each) => `'${each}'`).join(' ');
  writeFileSync(
    program,
    `#!/bin/sh\ntest ${extra}\ntest "$1" = host && set -- "$@" --port ${ports.get('8000')}\nexec '${process.execPath}' ${words} "$@"\n`,
  );
  chmodSync(program, 0o755);
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    PS1: '<$?>§ ',
    SOMAKIT_FAUCET_URL: at('9123'),
    SOMAKIT_SCORING_URL: at('9124'),
    SOMAKIT_ADMIN_URL: at('9125'),
  };
  const screens = new Map<string, Terminal>();
  const screenOf = async (number: string): Promise<Terminal> => {
    const known = screens.get(number);
    if (known !== undefined) return known;
    const made = terminal(['--noprofile', '--norc', '-i'], { command: ['/bin/bash'], cwd: folder, env, columns: 250 });
    screens.set(number, made);
    await made.waitFor('<0>§ ');
    return made;
  };

  const lines = commandsOf('The first ten minutes');
  expect(lines.length).toBeGreaterThan(15);
  for (const { terminal: number, command } of lines) {
    const screen = await screenOf(number);
    screen.write(`${command.replace('127.0.0.1:8000', `127.0.0.1:${ports.get('8000')}`)}\r`);
    if (number !== '1') {
      await screen.waitFor('Ready. Ctrl-C stops it.');
      continue;
    }
    let seen = await screen.waitFor(/\[y\/N\] |<\d+>§ /, 120_000);
    while (seen.startsWith('[')) {
      screen.write(`y${KEYS.enter}`);
      seen = await screen.waitFor(/\[y\/N\] |<\d+>§ /, 120_000);
    }
    expect(seen, `${command}\n${screen.text().slice(-3000)}`).toBe('<0>§ ');
    if (command.startsWith('somakit wallet new --alias me')) {
      const file = join(folder, '.soma', 'soma_config', 'client.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace('127.0.0.1:9000', `127.0.0.1:${ports.get('9000')}`));
    }
  }
  const all = screens.get('1')!.text();
  expect(all).toMatch(/State +done/);
  expect(all).toContain('claimed as submitter');
  const balances = [...all.matchAll(/\((\d+) shannons\)/g)].map(([, shannons]) => BigInt(shannons!));
  // The reward is more than the stake of the model and all fees.
  expect(balances.at(-1)! - balances.at(-2)!).toBeGreaterThan(0n);
  for (const number of ['2', '3']) {
    const screen = screens.get(number)!;
    screen.write(KEYS.ctrlC);
    await screen.waitFor('<130>§ ');
  }
}, 600_000);
