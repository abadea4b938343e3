import { isError } from '@somakit/core';
import { exitCodeOf } from '../exit-codes.js';

/** What one look has found. */
export interface Finding {
  readonly check: string;
  /** `skip`: it could not be looked at, because of another finding or because there is nothing. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  readonly message: string;
  readonly hint?: string | undefined;
  /** What the exit status says when this is the worst of all. */
  readonly exitCode?: number | undefined;
}

/** Looks; what it throws is the finding. */
export const look = async (
  check: string,
  run: () => Promise<Omit<Finding, 'check'>> | Omit<Finding, 'check'>,
): Promise<Finding> => {
  try {
    return { check, ...(await run()) };
  } catch (error) {
    if (!isError(error)) throw error;
    if (error.code === 'ABORTED') throw error;
    return { check, status: 'fail', message: error.message, hint: error.hint, exitCode: exitCodeOf(error) };
  }
};
