import { trace } from '@opentelemetry/api';
import type { ProxyTracerProvider } from '@opentelemetry/api';

let collecting = false;

/** Whether somebody collects telemetry in this process; without, nothing is put together for it. */
export function isTracing(): boolean {
  return (collecting ||= hasProvider());
}

/** The API hands out a proxy that has no tracer before an SDK has registered. */
function hasProvider(): boolean {
  const provider = trace.getTracerProvider() as Partial<ProxyTracerProvider>;
  return provider.getDelegateTracer === undefined || provider.getDelegateTracer('probe') !== undefined;
}
