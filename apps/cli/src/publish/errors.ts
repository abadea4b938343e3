declare module '@somakit/core' {
  interface ErrorContexts {
    /** The journal of a publication cannot be read: it is damaged, of a newer version, or sealed with another key. */
    PUBLISH_JOURNAL_DAMAGED: { readonly file: string; readonly problem: string };
    /** Another process works on the same publication. */
    PUBLISH_BUSY: { readonly file: string; readonly pid: number | undefined };
    /** There is no such publication, or none that is open. */
    PUBLISH_NOT_FOUND: { readonly id: string | undefined; readonly folder: string };
    /** A publication belongs to another chain or another account than those of this call. */
    PUBLISH_MISMATCH: { readonly id: string; readonly expected: string; readonly received: string };
    /** The one epoch for the reveal is over. */
    PUBLISH_MISSED: {
      readonly id: string;
      readonly modelId: string;
      readonly revealEpoch: bigint;
      readonly epoch: bigint;
    };
    /** The URL does not serve the bytes that are to be committed to. */
    WEIGHTS_URL_MISMATCH: { readonly url: string; readonly expected: string; readonly received: string };
  }
}

export {};
