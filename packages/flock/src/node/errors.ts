import { isError, SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The folder has no file to upload. */
    HUB_NOTHING_TO_UPLOAD: { readonly folder: string; readonly ignored: number };
    /** A file that would go up holds the token or the API key that is in use. */
    HUB_SECRET_IN_FILE: { readonly path: string };
    /** The repository is there and private, but the caller did not ask for a private one. */
    HUB_REPOSITORY_PRIVATE: { readonly repo: string };
    /** The Hub, or the store behind it, answered with something that ends the upload. */
    HUB_FAILED: { readonly repo: string; readonly status?: number };
    /** The commit was sent, no answer came, and the Hub does not tell whether it is there. Uploading again is safe. */
    HUB_OUTCOME_UNKNOWN: { readonly repo: string };
  }
}

/** A text without the token and whatever looks like one. */
const withoutSecrets = (text: string, token: string): string =>
  text.replaceAll(token, '[hidden]').replace(/\bhf_[A-Za-z0-9_-]{8,}/g, '[hidden]');

const HINTS: Readonly<Record<number, string>> = {
  401: 'The token is wrong or has expired: make one with write access at huggingface.co/settings/tokens (HF_TOKEN).',
  403: 'The token may not write to this repository: it needs write access, and the owner must be you or your organisation.',
  404: 'The owner of the repository does not exist, or the token may not see it.',
  412: 'Somebody else has committed in between.',
};

/** What the upload library threw as an error of ours, without the token. Errors of ours pass. */
export const toHubError = (error: unknown, repo: string, token: string): unknown => {
  if (isError(error, 'HTTP_STATUS')) {
    const { status } = error.context;
    return new SomaKitError('HUB_FAILED', `The Hub refused ${repo}: ${withoutSecrets(error.message, token)}`, {
      context: { repo, status },
      hint: HINTS[status] ?? error.hint,
      // Already without credentials.
      cause: error,
      retryable: error.retryable,
    });
  }
  if (isError(error)) return error;
  const { statusCode } = error as { readonly statusCode?: unknown };
  const status = typeof statusCode === 'number' ? statusCode : undefined;
  const text = withoutSecrets(error instanceof Error ? error.message : String(error), token);
  // The library's own error is not kept: it holds whole bodies, and may hold headers.
  return new SomaKitError('HUB_FAILED', `The upload to ${repo} failed: ${text}`, {
    context: { repo, ...(status === undefined ? {} : { status }) },
    hint: status === undefined ? undefined : HINTS[status],
    retryable: status !== undefined && (status === 429 || status >= 500),
  });
};
