import { describe, expect, it } from 'vitest';
import { serve } from './support/somakit.js';
import { KEYS, terminal } from './support/terminal.js';

const task = { id: 7, title: 'Task', status: 'submission_phase', data: { max_params: 8 } };
const submit = (url: string) =>
  terminal(['flock', 'submit', '7', '--repo', 'me/m', '--revision', 'a'.repeat(40), '--base-url', url], {
    env: { FLOCK_API_KEY: 'k' },
  });

describe('somakit in a terminal', () => {
  it('asks, and a no does nothing', async () => {
    const { url, seen } = await serve(() => ({ json: task }));
    const screen = submit(url);
    await screen.waitFor('Submit to task 7? [y/N]');
    screen.write(`n${KEYS.enter}`);
    await screen.waitFor('Nothing was done.');
    expect(await screen.ended()).toBe(0);
    expect(seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('ends with 130 and does nothing on Ctrl-C at a question', async () => {
    const { url, seen } = await serve(() => ({ json: task }));
    const screen = submit(url);
    await screen.waitFor('[y/N]');
    screen.write(KEYS.ctrlC);
    expect(await screen.ended()).toBe(130);
    expect(seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('takes the end of input for a no', async () => {
    const { url, seen } = await serve(() => ({ json: task }));
    const screen = submit(url);
    await screen.waitFor('[y/N]');
    screen.write(KEYS.ctrlD);
    expect(await screen.ended()).toBe(0);
    expect(seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('colours the heads of tables there, but not with NO_COLOR', async () => {
    const { url } = await serve(() => ({ json: [task] }));
    const args = ['flock', 'tasks', '--base-url', url];
    const coloured = terminal(args);
    await coloured.ended();
    expect(coloured.raw()).toContain('\u001b[1m');
    const plain = terminal(args, { env: { NO_COLOR: '1' } });
    await plain.ended();
    expect(plain.text()).toContain('Task');
    expect(plain.raw()).not.toContain('\u001b[1m');
  });
});
