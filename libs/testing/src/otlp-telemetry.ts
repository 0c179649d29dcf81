import type { AnyValue, AttributeValue, Attributes, Id, KeyValue, Nanos } from './otlp-values.js';
import { attributesOf, hex, timeOf, valueOf } from './otlp-values.js';

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const statuses = ['unset', 'ok', 'error'] as const;

/** One span as it was received, with the resource and the scope it came in. */
export interface ReceivedSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Undefined for a root. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  /** RFC 3339 UTC with nanoseconds: sorts as text. */
  readonly startTime: string;
  readonly endTime: string;
  readonly durationMs: number;
  readonly attributes: Attributes;
  /** Attributes of the resource, `service.name` among them. */
  readonly resource: Attributes;
  /** Name of the instrumentation that made it. */
  readonly scope: string;
  readonly events: readonly {
    readonly name: string;
    readonly time: string;
    readonly attributes: Attributes;
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: Attributes;
  }[];
  readonly status: { readonly code: (typeof statuses)[number]; readonly message: string };
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly resource: Attributes;
}

export interface ReceivedLog {
  readonly time: string;
  readonly severity: string;
  readonly body: AttributeValue;
  readonly attributes: Attributes;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly resource: Attributes;
}

interface Group<Key extends string, Item> {
  resource?: { attributes?: KeyValue[] };
  scopes: (Record<Key, Item[] | undefined> & { scope?: { name?: string } })[];
}
interface RawSpan {
  traceId: Id;
  spanId: Id;
  parentSpanId?: Id;
  name?: string;
  kind?: number;
  startTimeUnixNano?: Nanos;
  endTimeUnixNano?: Nanos;
  attributes?: KeyValue[];
  events?: { name?: string; timeUnixNano?: Nanos; attributes?: KeyValue[] }[];
  links?: { traceId: Id; spanId: Id; attributes?: KeyValue[] }[];
  status?: { code?: number; message?: string };
}
interface RawLog {
  timeUnixNano?: Nanos;
  severityText?: string;
  body?: AnyValue;
  attributes?: KeyValue[];
  traceId?: Id;
  spanId?: Id;
}

export function readSpans(request: unknown): ReceivedSpan[] {
  return groups<'spans', RawSpan>(request, 'resourceSpans', 'scopeSpans').flatMap(({ resource, scopes }) =>
    scopes.flatMap(({ scope, spans }) =>
      (spans ?? []).map((span) => readSpan(span, attributesOf(resource?.attributes), scope?.name ?? '')),
    ),
  );
}

export function readMetrics(request: unknown): ReceivedMetric[] {
  type Raw = { name?: string; unit?: string };
  return groups<'metrics', Raw>(request, 'resourceMetrics', 'scopeMetrics').flatMap(({ resource, scopes }) =>
    scopes.flatMap(({ metrics }) =>
      (metrics ?? []).map(({ name = '', unit = '' }) => ({
        name,
        unit,
        resource: attributesOf(resource?.attributes),
      })),
    ),
  );
}

export function readLogs(request: unknown): ReceivedLog[] {
  return groups<'logRecords', RawLog>(request, 'resourceLogs', 'scopeLogs').flatMap(({ resource, scopes }) =>
    scopes.flatMap(({ logRecords }) =>
      (logRecords ?? []).map((log) => ({
        time: timeOf(log.timeUnixNano),
        severity: log.severityText ?? '',
        body: valueOf(log.body),
        attributes: attributesOf(log.attributes),
        traceId: hex(log.traceId),
        spanId: hex(log.spanId),
        resource: attributesOf(resource?.attributes),
      })),
    ),
  );
}

function groups<Key extends string, Item>(
  request: unknown,
  perResource: string,
  perScope: string,
): Group<Key, Item>[] {
  const list = (request as Record<string, Record<string, unknown>[] | undefined>)[perResource] ?? [];
  return list.map((one) => ({ resource: one['resource'], scopes: one[perScope] ?? [] }) as Group<Key, Item>);
}

const emptySpan = {
  name: '',
  kind: 0,
  startTimeUnixNano: 0,
  endTimeUnixNano: 0,
  events: [],
  links: [],
  status: {} as { code?: number; message?: string },
} satisfies Partial<RawSpan>;

function readSpan(raw: RawSpan, resource: Attributes, scope: string): ReceivedSpan {
  const span = { ...emptySpan, ...raw };
  const { code = 0, message = '' } = span.status;
  return {
    ...readIds(span),
    parentSpanId: hex(span.parentSpanId),
    name: span.name,
    kind: kinds[span.kind] ?? 'unspecified',
    startTime: timeOf(span.startTimeUnixNano),
    endTime: timeOf(span.endTimeUnixNano),
    durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
    attributes: attributesOf(span.attributes),
    resource,
    scope,
    events: span.events.map(({ name = '', timeUnixNano, attributes }) => ({
      name,
      time: timeOf(timeUnixNano),
      attributes: attributesOf(attributes),
    })),
    links: span.links.map((link) => ({ ...readIds(link), attributes: attributesOf(link.attributes) })),
    status: { code: statuses[code] ?? 'unset', message },
  };
}

function readIds({ traceId, spanId }: { traceId: Id; spanId: Id }): { traceId: string; spanId: string } {
  return { traceId: hex(traceId) ?? '', spanId: hex(spanId) ?? '' };
}
