import { isError, type SomaKitError } from '@somakit/core';

/** The typed error that the promise ends with. */
export const failure = async (promise: Promise<unknown>): Promise<SomaKitError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isError(error)) throw new Error(`not an error of ours: ${error}`);
  return error;
};
