import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Scraped {
  /** A metric reader of the SDK. */
  readonly reader: object;
  readonly url: string;
  close(): Promise<void>;
}

const TRIES = 50;

/** Serves the metrics of this process at `/metrics` for Prometheus to collect, on the wanted port or the next free one. */
export async function servePrometheus(
  { metricsHost: host = '127.0.0.1' }: { readonly metricsHost?: string | undefined },
  port: number,
): Promise<Scraped> {
  const { PrometheusExporter } = await import('@opentelemetry/exporter-prometheus');
  const reader = new PrometheusExporter({ preventServerStart: true });
  const server = createServer((request, response) => {
    if (request.url === '/metrics') return reader.getMetricsRequestHandler(request, response);
    response.writeHead(404).end();
  });
  const listen = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, host, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
  for (let wanted = port; ; wanted += 1) {
    try {
      await listen(wanted);
      break;
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || port === 0 || wanted >= Math.min(port + TRIES, 65_535)) throw error;
    }
  }
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { reader, url: `http://${host}:${(server.address() as AddressInfo).port}/metrics`, close };
}
