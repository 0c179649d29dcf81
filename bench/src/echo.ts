/** Answers on NATS with what it was sent: the other end of the floor's round trips. */
import { connect } from '@nats-io/transport-node';

const nc = await connect({ servers: process.argv[2] ?? '' });
nc.subscribe('floor.echo', { callback: (_error, msg) => void msg.respond(msg.data) });
await nc.flush();
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
