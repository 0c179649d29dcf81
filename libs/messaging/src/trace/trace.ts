import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';
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
export function contextOf(fields: TraceFields): Context {
  return fields.traceparent ? propagation.extract(ROOT_CONTEXT, fields) : ROOT_CONTEXT;
}

/** Trace fields of the current context, empty without a live span. */
export function currentTrace(from?: Context): TraceFields {
  if (!isTracing()) return {};
  const carrier: Record<string, string> = {};
  propagation.inject(from ?? context.active(), carrier);
  return carrier;
}

/**
 * The envelope as it goes out: one that names its own trace keeps it, else it becomes a child of a `publish` span of
 * the current context.
 */
export function withTrace<Data>(
  subject: string,
  envelope: Envelope<Data>,
): { envelope: Envelope<Data>; span?: Span } {
  if (!isTracing() || envelope.traceparent || !trace.getActiveSpan()) return { envelope };
  const template = templateOf(subject);
  const span = tracer().startSpan(`publish ${template}`, {
    kind: SpanKind.PRODUCER,
    attributes: messageAttributes('publish', 'send', subject, template, envelope),
  });
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

/** Runs `work` inside a CONSUMER span that is a child of the message's trace context. */
export function inProcessSpan<Result>(processing: Processing, work: () => Promise<Result>): Promise<Result> {
  if (!isTracing()) return work();
  const { subject, envelope, fields, group } = processing;
  const template = templateOf(subject);
  const parent = contextOf(fields.traceparent ? fields : envelope);
  const attributes = {
    ...messageAttributes('process', 'process', subject, template, envelope),
    'messaging.consumer.group.name': group,
  };
  const span = tracer().startSpan(`process ${template}`, { kind: SpanKind.CONSUMER, attributes }, parent);
  return context.with(trace.setSpan(parent, span), async () => {
    try {
      const result = await work();
      endSpan(span);
      return result;
    } catch (error) {
      endSpan(span, error);
      throw error;
    }
  });
}

function messageAttributes(
  name: string,
  type: string,
  subject: string,
  template: string,
  envelope: Envelope,
): Attributes {
  return {
    'messaging.system.name': 'nats',
    'messaging.operation.name': name,
    'messaging.operation.type': type,
    'messaging.destination.name': subject,
    'messaging.destination.template': template,
    'messaging.message.id': envelope.id,
    'trimtab.message_type': envelope.type,
    ...(envelope.runid ? { 'trimtab.run_id': envelope.runid } : {}),
    ...(envelope.taskid ? { 'trimtab.task_id': envelope.taskid } : {}),
    ...(envelope.attempt === undefined ? {} : { 'trimtab.attempt': envelope.attempt }),
  };
}
