/**
 * A CloudEvents 1.0 event as Trimtab uses it: structured JSON, `data` as JSON, attributes by their wire names.
 * `sequence` orders events of one (source, subject); `fencetoken` is `<attempt>.<claim>`.
 */
export interface Envelope<Data = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly correlationid?: string;
  readonly causationid?: string;
  readonly runid?: string;
  readonly taskid?: string;
  readonly attempt?: number;
  readonly fencetoken?: string;
  readonly sequence?: string;
  readonly data: Data;
}

/** Large values travel by reference: content-addressed, immutable, compressed in the artifact store. */
export interface ArtifactRef {
  readonly ref: string;
  /** `sha256:<hex>` of the uncompressed bytes. */
  readonly digest: string;
  /** Uncompressed size in bytes. */
  readonly bytes: number;
  /** Number of records when the content is NDJSON. */
  readonly count: number;
  readonly mediaType: string;
}
