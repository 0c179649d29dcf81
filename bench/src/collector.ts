/** Takes telemetry over OTLP/HTTP and forgets it: a process of its own, so that its time is nobody's. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

const server = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  createInterface({ input: process.stdin })
    .on('line', () => process.stdout.write(`${JSON.stringify({ port })}\n`))
    .on('close', () => process.exit(0));
});
process.on('SIGTERM', () => process.exit(0));
