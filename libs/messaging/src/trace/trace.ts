import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import type { Envelope } from '@trimtab/kernel';
import { isTracing } from './is-tracing.js';

/** The two W3C fields as they travel in headers and envelopes. */
export interface TraceFields {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const tracer = () => trace.getTracer('@trimtab/messaging');

/** Subject with its ids replaced by `{id}`, so that span names and metrics stay few. */
export function templateOf(subject: string): string {
  return subject
    .split('.')
    .map((token) => (/^\d+$|^[0-9a-f]{8}-[0-9a-f-]{20,}$|^.{40,}$/i.test(token) ? '{id}' : token))
    .join('.');
}

/** The context that a message came with; the root context when it names none. */
export function contextOf(fields: TraceFields & { readonly baggage?: string }): Context {
  const { traceparent, tracestate, baggage } = fields;
  if (!traceparent) return ROOT_CONTEXT;
  const plain = tracestate || baggage ? undefined : PLAIN.exec(traceparent);
  if (!plain) return propagation.extract(ROOT_CONTEXT, fields);
  const [, traceId = '', spanId = '', flags = ''] = plain;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** What Trimtab's own messages carry; anything else of the standard goes the longer way. */
const PLAIN = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-(0[01])$/;

/** Whether who began the trace has decided that it is not kept: nothing is put together for its spans. */
export function isDropped(parent: Context): boolean {
  const parentSpan = trace.getSpanContext(parent);
  return parentSpan !== undefined && (parentSpan.traceFlags & TraceFlags.SAMPLED) === 0;
}

/** Trace fields of the current context, empty without a live span. */
export function currentTrace(from?: Context): TraceFields {
  if (!isTracing()) return {};
  const current = from ?? context.active();
  const span = trace.getSpanContext(current);
  if (span && !span.traceState && !propagation.getBaggage(current)) {
    const flags = span.traceFlags === TraceFlags.SAMPLED ? '01' : '00';
    return { traceparent: `00-${span.traceId}-${span.spanId}-${flags}` };
  }
  const carrier: Record<string, string> = {};
  propagation.inject(current, carrier);
  return carrier;
}

/**
 * The envelope as it goes out: one that names its own trace keeps it, else it becomes a child of a `publish` span of
 * the current context, or of that context itself when its trace is not kept.
 */
export function withTrace<Data>(
  subject: string,
  envelope: Envelope<Data>,
): { envelope: Envelope<Data>; span?: Span } {
  if (!isTracing() || envelope.traceparent || !trace.getActiveSpan()) return { envelope };
  if (isDropped(context.active())) return { envelope: { ...envelope, ...currentTrace() } };
  const template = templateOf(subject);
  const span = tracer().startSpan(`publish ${template}`, { kind: SpanKind.PRODUCER });
  describe(span, sending, subject, template, envelope);
  const fields = currentTrace(trace.setSpan(context.active(), span));
  return { envelope: { ...envelope, ...fields }, span };
}

export function endSpan(span: Span | undefined, error?: unknown): void {
  if (!span) return;
  if (error !== undefined) {
    span.setAttribute('error.type', error instanceof Error && 'code' in error ? String(error.code) : 'error');
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: error instanceof Error ? error.message : String(error),
    });
  }
  span.end();
}

export interface Processing {
  readonly subject: string;
  readonly envelope: Envelope;
  readonly fields: TraceFields;
  /** Durable consumer or queue group. */
  readonly group: string;
}

/** Runs `work` inside a CONSUMER span that is a child of the message's trace context; in that context alone when its trace is not kept. */
export function inProcessSpan<Result>(
  message: Processing,
  work: () => Promise<Result> | Result,
): Promise<Result> | Result {
  if (!isTracing()) return work();
  const { subject, envelope, fields, group } = message;
  const parent = contextOf(fields.traceparent ? fields : envelope);
  if (isDropped(parent)) return context.with(parent, work);
  const template = templateOf(subject);
  const span = tracer().startSpan(`process ${template}`, { kind: SpanKind.CONSUMER }, parent);
  describe(span, processing, subject, template, envelope);
  span.setAttribute('messaging.consumer.group.name', group);
  return context.with(trace.setSpan(parent, span), endingWith(span, work));
}

/** The span ends with the work, which may be done at once. */
const endingWith =
  <Result>(span: Span, work: () => Promise<Result> | Result) =>
  (): Promise<Result> | Result => {
    const failed = (error: unknown): never => {
      endSpan(span, error);
      throw error;
    };
    const ended = (result: Result): Result => {
      endSpan(span);
      return result;
    };
    let result: Promise<Result> | Result;
    try {
      result = work();
    } catch (error) {
      return failed(error);
    }
    return result instanceof Promise ? result.then(ended, failed) : ended(result);
  };

/** Put one by one on the span, which copies and checks them anyhow. */
function describe(
  span: Span,
  operation: { readonly name: string; readonly type: string },
  subject: string,
  template: string,
  envelope: Envelope,
): void {
  if (!span.isRecording()) return;
  span.setAttribute('messaging.system.name', 'nats');
  span.setAttribute('messaging.operation.name', operation.name);
  span.setAttribute('messaging.operation.type', operation.type);
  span.setAttribute('messaging.destination.name', subject);
  span.setAttribute('messaging.destination.template', template);
  span.setAttribute('messaging.message.id', envelope.id);
  span.setAttribute('trimtab.message_type', envelope.type);
  if (envelope.runid) span.setAttribute('trimtab.run_id', envelope.runid);
  if (envelope.taskid) span.setAttribute('trimtab.task_id', envelope.taskid);
  if (envelope.attempt !== undefined) span.setAttribute('trimtab.attempt', envelope.attempt);
}

const sending = { name: 'publish', type: 'send' };
const processing = { name: 'process', type: 'process' };
