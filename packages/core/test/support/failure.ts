import { isError, type SomaKitError } from '@somakit/core';

/** The typed error that the promise ends with. */
export const failure = async (promise: Promise<unknown>): Promise<SomaKitError> => {
  try {
    await promise;
  } catch (error) {
    if (isError(error)) return error;
    throw error;
  }
  throw new Error('the call did not fail');
};
