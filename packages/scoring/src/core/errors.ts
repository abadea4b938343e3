import { SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A weight file is no safetensors, or not of this model. Nothing of it reached the engine. */
    INVALID_WEIGHTS: {
      readonly reason: 'container' | 'layout' | 'dtype' | 'shape' | 'missing';
      /** What is wrong, a line for each tensor; at most 20. */
      readonly problems: readonly string[];
      /** The model's path, URL or place in the request. */
      readonly source?: string;
    };
    /** There are no bytes to score. */
    EMPTY_DATA: { readonly expected: string };
  }
}

const SHOWN = 20;

/** An INVALID_WEIGHTS error; `problems` are cut to the first few. */
export const invalidWeights = (
  reason: 'container' | 'layout' | 'dtype' | 'shape' | 'missing',
  problems: readonly string[],
): SomaKitError<'INVALID_WEIGHTS'> => {
  const shown = problems.slice(0, SHOWN);
  const more = problems.length > SHOWN ? `; and ${problems.length - SHOWN} more` : '';
  return new SomaKitError('INVALID_WEIGHTS', `The weights cannot be used: ${shown.join('; ')}${more}.`, {
    context: { reason, problems: shown },
    hint:
      reason === 'shape' || reason === 'missing'
        ? 'Check that config matches the model. Linear weights are [in, out], and norms are called gamma and beta.'
        : 'Save the weights as a safetensors file. A wrong decryption key looks like this too.',
  });
};

/** The error for data without a byte. */
export const emptyData = (): SomaKitError<'EMPTY_DATA'> =>
  new SomaKitError('EMPTY_DATA', 'Empty data: data loader produced no batches.', {
    context: { expected: 'at least one byte' },
  });
