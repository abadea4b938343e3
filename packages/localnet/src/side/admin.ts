import { AdvanceEpochRequest, AdvanceEpochResponse } from '@somakit/bcs';
import { implementRaw, type RawServiceDefinition } from '@somakit/rpc/server';
import { readBody } from './body.js';

/** Ends the epoch. Calls at the same time end one epoch each. Source: admin/src/server.rs. */
export const adminService = (advanceEpoch: () => Promise<bigint>): RawServiceDefinition =>
  implementRaw('admin.Admin', {
    AdvanceEpoch: async (body) => {
      readBody(AdvanceEpochRequest, body, true);
      return AdvanceEpochResponse.encode({ epoch: await advanceEpoch() });
    },
  });
