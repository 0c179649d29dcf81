import { AppError } from '@trimtab/kernel';
import type { ErrorInfo } from '@trimtab/kernel';
import { DEFAULT_LIMITS, WARN_FROM } from '@trimtab/workflow';
import type { LimitWarning, RunLimits } from '@trimtab/workflow';

/** Bounds of a run, and of what may be given to it in one piece. */
export interface EngineLimits extends RunLimits {
  /** Bytes of JSON: the input of a run, a signal, a result. */
  readonly payloadBytes: number;
}

export const DEFAULT_ENGINE_LIMITS: EngineLimits = { ...DEFAULT_LIMITS, payloadBytes: 900_000 };

export interface NearLimit extends Omit<LimitWarning, 'limit'> {
  readonly limit: keyof EngineLimits;
}

/** What is given in one piece and comes near to what may be; undefined for what does not. */
export function nearPayload(bytes: number, { payloadBytes: of }: EngineLimits): NearLimit | undefined {
  return bytes >= of * WARN_FROM && bytes <= of ? { limit: 'payloadBytes', is: bytes, of } : undefined;
}

/** The incident by which somebody knows before a run is refused. */
export function nearLimit(runId: string, partition: number, { limit, is, of, task }: NearLimit) {
  const where = task === undefined ? `Run ${runId}` : `Task ${task} of run ${runId}`;
  const message =
    limit === 'payloadBytes'
      ? `${where} was given ${is} bytes of at most ${of} in one piece: pass a reference to an artifact before it is refused.`
      : `${where} has ${is} ${limit} of at most ${of}: split its work before it is refused.`;
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

/** Bytes of what fits. Throws `workflow.payload-too-large` (never). */
export function fitting(what: string, value: unknown, limits: EngineLimits): number {
  const bytes = Buffer.byteLength(JSON.stringify(value ?? null));
  const error = tooLarge(what, bytes, limits);
  if (error) throw new AppError(error.code, error.message, { details: error.details });
  return bytes;
}
