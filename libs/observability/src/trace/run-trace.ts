import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import { spanIdOf, traceIdOf } from '@trimtab/kernel';
import { withGivenIds } from './given-ids.js';
import { isTracing } from './is-tracing.js';
import { kept } from './sampler.js';

/** Name of the span that parents everything in a run's trace. */
export const RUN_START = 'run.start';

/**
 * A context in the run's trace under the named span (`run.start` unless told), whichever process made that span.
 * Nothing is recorded under it when the run's trace is not kept.
 */
export function runContext(runId: string, parent: string = RUN_START, sampled = true): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceIdOf(runId),
    spanId: spanIdOf(runId, parent),
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  });
}

/** `traceparent` of a named span of a run, for messages: the same after every restart. */
export const runTraceparent = (runId: string, span: string = RUN_START, sampled = true): string =>
  `00-${traceIdOf(runId)}-${spanIdOf(runId, span)}-${sampled ? '01' : '00'}`;

export interface RunSpan {
  readonly runId: string;
  /** Identity within the run, for example `inventory[3]#2`; the span id is derived from it. */
  readonly key: string;
  /** Shown name, low-cardinality. */
  readonly name: string;
  /** Key of the parent; `run.start` unless told, `null` for the root itself. */
  readonly parent?: string | null;
  readonly start: Date;
  readonly end: Date;
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  readonly error?: string;
  /** Whether the run's trace is kept (yes); decided once, when the run starts: see `TraceBudget`. */
  readonly sampled?: boolean;
  /** Other runs that this one belongs with (rerun, parent, child). */
  readonly links?: readonly { readonly runId: string; readonly relation: string }[];
}

/**
 * Exports a span that lies in the past, with ids derived from the run and the key: emitted twice (after a crash), it is
 * the same span. Costs nothing when telemetry is off or the run's trace is not kept.
 */
export function emitRunSpan(span: RunSpan): void {
  if (span.sampled === false || !isTracing()) return;
  const { runId, key, parent = RUN_START } = span;
  const ids = { traceId: traceIdOf(runId), spanId: spanIdOf(runId, key) };
  const under = parent === null ? kept(ROOT_CONTEXT) : runContext(runId, parent);
  const started = withGivenIds(ids, () =>
    trace.getTracer('@trimtab/runs').startSpan(
      span.name,
      {
        kind: span.kind ?? SpanKind.INTERNAL,
        startTime: span.start,
        attributes: { 'trimtab.run_id': runId, ...span.attributes },
        links: (span.links ?? []).map((link) => ({
          context: trace.getSpanContext(runContext(link.runId))!,
          attributes: { 'trimtab.relation': link.relation, 'trimtab.run_id': link.runId },
        })),
      },
      under,
    ),
  );
  if (span.error !== undefined) started.setStatus({ code: SpanStatusCode.ERROR, message: span.error });
  started.end(span.end);
}

/** Runs `work` inside a span of the current context; an error marks the span and goes on. */
export async function inSpan<Result>(
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
): Promise<Result> {
  const span = trace.getTracer('@trimtab/observability').startSpan(name, { attributes });
  try {
    return await context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: error instanceof Error ? error.message : String(error),
    });
    throw error;
  } finally {
    span.end();
  }
}
