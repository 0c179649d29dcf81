import protobuf from 'protobufjs';

/**
 * The part of the OTLP messages that the receiver reads: names and numbers of fields as in the OpenTelemetry protocol
 * (opentelemetry-proto 1.x). Fields that are not listed are skipped by the decoder.
 */
const definition = `
syntax = "proto3";

message AnyValue {
  oneof value {
    string stringValue = 1; bool boolValue = 2; int64 intValue = 3; double doubleValue = 4;
    ArrayValue arrayValue = 5; KeyValueList kvlistValue = 6; bytes bytesValue = 7;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; }

message TraceRequest { repeated ResourceSpans resourceSpans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Span {
  bytes traceId = 1; bytes spanId = 2; string traceState = 3; bytes parentSpanId = 4;
  string name = 5; uint32 kind = 6; fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8;
  repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13; Status status = 15;
}
message Event { fixed64 timeUnixNano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes traceId = 1; bytes spanId = 2; string traceState = 3; repeated KeyValue attributes = 4; }
message Status { string message = 2; uint32 code = 3; }

message MetricsRequest { repeated ResourceMetrics resourceMetrics = 1; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scopeMetrics = 2; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message Metric { string name = 1; string description = 2; string unit = 3; }

message LogsRequest { repeated ResourceLogs resourceLogs = 1; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scopeLogs = 2; }
message ScopeLogs { Scope scope = 1; repeated LogRecord logRecords = 2; }
message LogRecord {
  fixed64 timeUnixNano = 1; uint32 severityNumber = 2; string severityText = 3; AnyValue body = 5;
  repeated KeyValue attributes = 6; bytes traceId = 9; bytes spanId = 10;
}
`;

const { root } = protobuf.parse(definition);

export type RequestName = 'TraceRequest' | 'MetricsRequest' | 'LogsRequest';

/** Decodes a protobuf body to the shape of OTLP's JSON, but ids stay bytes. Throws on bytes that are no message. */
export function decodeProtobuf(name: RequestName, body: Uint8Array): unknown {
  const type = root.lookupType(name);
  return type.toObject(type.decode(body), { longs: String });
}

/** A protobuf body of the given OTLP JSON, for specs of the receiver. */
export function encodeProtobuf(name: RequestName, value: Record<string, unknown>): Uint8Array {
  const type = root.lookupType(name);
  return type.encode(type.fromObject(value)).finish();
}
