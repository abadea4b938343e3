import { afterEach, describe, expect, it } from 'vitest';
import { createNodeTransport } from '../../src/node/index.js';
import { LedgerService } from '../../src/proto/index.js';
import { type RpcServer, startRpcServer } from '../../src/server/index.js';
import { exampleServices } from '../support/services.js';

const running: RpcServer[] = [];
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

describe('servers in one process', () => {
  it('all write zstd that can be read, one started while another compresses', async () => {
    running.push(...(await Promise.all(Array.from({ length: 4 }, () => startRpcServer(exampleServices())))));
    const sizes = await Promise.all(
      running.map(async ({ url }) => {
        const transport = createNodeTransport({ url, acceptCompression: ['zstd'] });
        const late = startRpcServer(exampleServices()).then((server) => running.push(server));
        const found: (number | undefined)[] = [];
        for (const size of [2_000, 60_000, 600_000]) {
          const input = { objectId: String(size) };
          const { message } = await transport.unary(LedgerService.method.getObject, undefined, 5_000, undefined, input);
          found.push(message.object?.contents?.length);
        }
        await late;
        transport.close();
        return found;
      }),
    );
    expect(sizes).toEqual(sizes.map(() => [2_000, 60_000, 600_000]));
  });
});
