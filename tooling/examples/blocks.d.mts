export declare const lineOf: (text: string, index: number) => number;
export declare const readmeBlocks: (text: string) => {
  readonly code: string;
  readonly line: number;
  /** Why it is not executed. */
  readonly notRun: string | undefined;
  /** What it must print. */
  readonly prints: string | undefined;
}[];
