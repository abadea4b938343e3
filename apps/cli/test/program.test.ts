import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratch, serve, somakit } from './support/somakit.js';

const task = { id: 7, title: 'Task', status: 'submission_phase', data: { max_params: 8 } };

describe('the frame of the program', () => {
  it('names the commands that were nearly meant and ends with the status of usage', async () => {
    const { code, stdout, stderr } = await somakit(['flok']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain("unknown command 'flok'");
    expect(stderr).toContain('Did you mean flock?');
    expect(stderr).toContain('code: CLI_USAGE');
  });

  it('prints errors of usage as JSON on stderr with --json', async () => {
    const { code, stdout, stderr } = await somakit(['tinker', 'run', '--json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ schema: 'error/1', code: 'CLI_USAGE', exitCode: 2, retryable: false });
  });

  it('shows the help of a group without a command, with the status of usage', async () => {
    const { code, stderr } = await somakit(['tinker']);
    expect(code).toBe(2);
    expect(stderr).toContain('checkpoint');
  });

  it('shows version and help on stdout', async () => {
    const version = await somakit(['--version']);
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+/);
    const help = await somakit(['help', 'flock']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['tasks', 'task', 'subs', 'stats', 'wallet', 'upload', 'submit']) {
      expect(help.stdout).toContain(`  ${name} `);
    }
    expect(help.stdout).toContain('--json');
  });

  it('says network when nobody answers', async () => {
    const { code, stderr } = await somakit(['flock', 'tasks', '--no-retry', '--base-url', 'http://127.0.0.1:1/api']);
    expect(code).toBe(4);
    expect(stderr).toContain('code: HTTP_NETWORK');
    expect(stderr).not.toContain('    at ');
  });

  it('shows where an error happened with --debug only', async () => {
    const { stderr } = await somakit(['--debug', 'flock', 'task', 'seven']);
    expect(stderr).toContain('code: INVALID_ARGUMENT');
    expect(stderr).toContain('    at ');
  });

  it('ends with 130 on Ctrl-C, while a call waits', async () => {
    let asked = () => {};
    const when = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { url } = await serve(() => {
      asked();
      return undefined;
    });
    const { code, stderr } = await somakit(['flock', 'tasks', '--base-url', url], {
      interrupt: { when, signal: 'SIGINT' },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('code: ABORTED');
  });

  it('ends with 143 when it is terminated', async () => {
    let asked = () => {};
    const when = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { url } = await serve(() => {
      asked();
      return undefined;
    });
    const { code } = await somakit(['flock', 'tasks', '--base-url', url], { interrupt: { when, signal: 'SIGTERM' } });
    expect(code).toBe(143);
  });

  it('refuses a file of settings that is not there', async () => {
    const { code, stderr } = await somakit(['flock', 'tasks', '--dotenv', 'missing.env']);
    expect(code).toBe(3);
    expect(stderr).toContain('code: CLI_CONFIG');
  });

  it('takes keys, and nothing else, from .env; the environment comes first', async () => {
    const cwd = scratch();
    const evil = await serve(() => ({ json: [task] }));
    const good = await serve(() => ({ json: { items: [], total: 0, page: 1, size: 50, pages: 0 } }));
    writeFileSync(join(cwd, '.env'), `FLOCK_API_KEY="from-file"\nFLOCK_BASE_URL=${evil.url}\n`);
    const args = ['flock', 'subs', '7', '--json'];
    expect(await somakit(args, { cwd, env: { FLOCK_BASE_URL: good.url } })).toMatchObject({ code: 0 });
    expect(good.seen[0]?.headers['flock-api-key']).toBe('from-file');
    await somakit(args, { cwd, env: { FLOCK_BASE_URL: good.url, FLOCK_API_KEY: 'from-environment' } });
    expect(good.seen[1]?.headers['flock-api-key']).toBe('from-environment');
    const without = await somakit([...args, '--no-dotenv'], { cwd, env: { FLOCK_BASE_URL: good.url } });
    expect(without.code).toBe(3);
    expect(without.stderr).toContain('FLOCK_NO_API_KEY');
    expect(evil.seen).toEqual([]);
  });

  it('colours for a terminal or when told so, never with NO_COLOR', async () => {
    const { url } = await serve(() => ({ json: [task] }));
    const args = ['flock', 'tasks', '--base-url', url];
    expect((await somakit(args)).stdout).not.toContain('\u001b');
    expect((await somakit(args, { env: { FORCE_COLOR: '1' } })).stdout).toContain('\u001b[1m');
    expect((await somakit(args, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain('\u001b');
    expect((await somakit([...args, '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout).not.toContain('\u001b');
  });

  it('lets no server steer the terminal', async () => {
    const { url } = await serve(() => ({ json: [{ ...task, title: 'a\u001b[2Jb' }] }));
    const { stdout } = await somakit(['flock', 'tasks', '--base-url', url]);
    expect(stdout).toContain('a\\u001b[2Jb');
  });
});
