/** One program to run, with everything that it will see. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly stdin: string;
  /** Joins PATH, HOME and TMPDIR, which the worker gives. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
}

/** How a program ended. */
export type Ending =
  | {
      readonly kind: 'exited';
      /** Null when a signal ended it. */
      readonly code: number | null;
      readonly signal: string | null;
      readonly stdout: string;
      readonly stderr: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'timed-out'; readonly stderr: string }
  | { readonly kind: 'said-too-much' };

/** Programs of this machine. */
export abstract class Programs {
  /**
   * Runs a program in a scratch folder of its own that is gone afterwards, together with everything that it started.
   * Rejects with the reason of `signal` once it is aborted; with `script.not-found` or `script.not-executable` (never).
   */
  abstract run(program: Program, signal: AbortSignal): Promise<Ending>;
}
