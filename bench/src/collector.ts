/** Takes telemetry over OTLP/HTTP and forgets it: a process of its own, so that its time is nobody's. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('content-type', 'application/x-protobuf').end());
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ ready: true })}\n`));
process.on('message', ({ id }: { id: number }) => process.send?.({ id, answer: server.address() }));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
