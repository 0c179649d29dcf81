import { AppError } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import { DEFAULT_LIMITS } from '@trimtab/workflow';
import type { LimitWarning, RunLimits } from '@trimtab/workflow';

/** Bounds of a run, and of what may be given to it in one piece. */
export interface EngineLimits extends RunLimits {
  /** Bytes of JSON: the input of a run, a signal, a result. */
  readonly payloadBytes: number;
}

export const DEFAULT_ENGINE_LIMITS: EngineLimits = { ...DEFAULT_LIMITS, payloadBytes: 900_000 };

/** The incident by which somebody knows before a run is refused. */
export function nearLimit(runId: string, partition: number, { limit, is, of, task }: LimitWarning) {
  const where = task === undefined ? `Run ${runId}` : `Task ${task} of run ${runId}`;
  const message = `${where} has ${is} ${limit} of at most ${of}: split its work before it is refused.`;
  return {
    key: `limit/${runId}/${limit}`,
    kind: 'run.near-limit',
    partition,
    runId,
    message,
    details: { limit, is, of, task },
  };
}

/** Undefined while it may pass. */
export function tooLarge(what: string, bytes: number, { payloadBytes }: EngineLimits): ErrorInfo | undefined {
  if (bytes <= payloadBytes) return undefined;
  return {
    code: 'workflow.payload-too-large',
    message: `${what} has ${bytes} bytes, more than ${payloadBytes}: put it into the artifact store and pass its reference.`,
    retry: 'never',
    details: { bytes, payloadBytes },
  };
}

/** Throws `workflow.payload-too-large` (never). */
export function assertFits(what: string, value: unknown, limits: EngineLimits): void {
  const error = tooLarge(what, Buffer.byteLength(JSON.stringify(value ?? null)), limits);
  if (error) throw new AppError(error.code, error.message, { details: error.details });
}
