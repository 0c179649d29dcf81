import type { Logger } from '@trimtab/observability';

export type Line = (text: string, fields: Readonly<Record<string, unknown>>) => void;

/** A logger whose children carry their fields, so that a handler can read its claim from its own lines. */
export interface SimLogger extends Logger {
  readonly claim: number;
}

export function simLogger(line: Line, fields: Readonly<Record<string, unknown>> = {}): SimLogger {
  const write = (text: string, more = {}): void => line(text, { ...fields, ...more });
  return {
    ...{ trace: write, debug: write, info: write, warn: write, error: write },
    child: (more) => simLogger(line, { ...fields, ...more }),
    claim: Number(fields.claim ?? 0),
  };
}
