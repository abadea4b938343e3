import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChild } from './child.js';

const MIB = 2 ** 20;

const grownBy = (folder: string) =>
  new Promise<number>((resolve, reject) => {
    const running = startChild('./memory-child.ts', [folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    running.stdout?.on('data', (text) => {
      output += text;
    });
    running.on('close', (status) =>
      status === 0 ? resolve(Number(output)) : reject(new Error(`ended with ${status}`)),
    );
  });

// Only Linux tells the peak of a process.
describe.runIf(existsSync('/proc/self/status'))('the calls on files', () => {
  it('need the same memory however big the file is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'somakit-memory-'));
    try {
      const file = await open(join(folder, 'big'), 'wx');
      await file.truncate(400 * MIB);
      await file.close();
      expect(await grownBy(folder)).toBeLessThan(120 * MIB);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    // Four children and gigabytes of work: no time is asserted, and a busy machine may take its own.
  }, 240_000);
});
