import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { count } from '../options.js';
import { formatBytes } from '../text.js';

interface HostFlags {
  readonly host: string;
  readonly port: number;
  readonly publicUrl?: string;
}

export const build = (group: Command, cli: Cli): void => {
  group
    .argument('<files...>', 'files of any size; nothing else is served')
    .option('--host <address>', 'address to listen on; 0.0.0.0 lets everybody fetch', '127.0.0.1')
    .option('--port <port>', 'port (0: a free one)', count, 8000)
    .option('--public-url <url>', 'how others reach this machine, for the URLs that are printed')
    .addHelpText(
      'after',
      `
Serves files under their names, with ranges, until Ctrl-C: weights and data that scoring services and validators fetch.
They must stay reachable: weights for as long as the model is active, data until its target is claimed.

Examples:
  somakit host sample.txt model.enc
  somakit host model.enc --host 0.0.0.0 --public-url http://203.0.113.7:8000`,
    )
    .action(async (files: readonly string[], { host, port, publicUrl }: HostFlags) => {
      const { out, signal } = cli;
      const names = files.map((file) => basename(file));
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      if (twice !== undefined) throw usageError(`Two of the files are called ${twice}.`);
      const { createDataServer } = await import('@somakit/rpc/node');
      const server = await createDataServer({ host, port, publicUrl });
      try {
        const served = [];
        for (const [i, path] of files.entries()) {
          served.push({ file: path, ...(await server.add({ path }, { name: names[i], signal })) });
        }
        for (const each of served) {
          if (out.json) out.object('host.file/1', { ...each, size: Number(each.size) });
          else out.line(`${each.url}  ${each.checksum}  ${formatBytes(Number(each.size))}`);
        }
        out.note('Ready. Ctrl-C stops it.');
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      } finally {
        await server.close();
      }
    });
};
