/**
 * Subscribes to cost events with the older npm package `nats` 2.x, as another team's program would. It needs nothing
 * else of Trimtab.
 *
 *   node examples/02-subscribe-to-cost-events.mjs nats://127.0.0.1:4222                        from now on
 *   node examples/02-subscribe-to-cost-events.mjs nats://127.0.0.1:4222 2026-11-01T00:00:00Z   from that time on
 *
 * `.trimtab/demo/stack.json` has the URL of a running demo. The same with the `nats` command line:
 *
 *   nats sub 'trimtab.evt.cost.>'                                                             from now on
 *   nats sub 'trimtab.evt.cost.>' --since 720h                                                the last 30 days, then on
 */
import { connect, DeliverPolicy, JSONCodec } from 'nats';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

const codec = JSONCodec();

/**
 * Yields the cost events from `from` on (a Date; without it only new ones), then each new one as it comes.
 * An ordered consumer notices gaps and starts again behind the last message that it has seen; it keeps nothing on the
 * server. A program that must go on after a restart of its own stores `position` and gives it as `after`.
 */
export async function* costEvents(connection, { from, after } = {}) {
  const start = after
    ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 }
    : from
      ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString() }
      : { deliver_policy: DeliverPolicy.New };
  const jetstream = connection.jetstream();
  const consumer = await jetstream.consumers.get('EVT', { filterSubjects: 'trimtab.evt.cost.>', ...start });
  const messages = await consumer.consume();
  try {
    for await (const message of messages) {
      // Structured CloudEvents: the body is the whole event; trace fields also travel as headers.
      const event = codec.decode(message.data);
      yield {
        event,
        subject: message.subject,
        traceparent: message.headers?.get('traceparent') || event.traceparent,
        position: message.seq,
      };
    }
  } finally {
    messages.stop();
  }
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) {
  const [servers = 'nats://127.0.0.1:4222', from] = argv.slice(2);
  const connection = await connect({ servers, name: 'cost-subscriber' });
  process.once('SIGINT', () => connection.drain());
  for await (const { event, traceparent } of costEvents(connection, from ? { from: new Date(from) } : {})) {
    const { source, firstDay, lastDay, totals } = event.data;
    const sums = totals.map(({ currency, effectiveCost }) => `${effectiveCost} ${currency}`).join(', ');
    console.log(
      `${event.time} ${event.type} ${source} ${firstDay}…${lastDay}: ${sums}  trace ${traceparent ?? '–'}`,
    );
  }
}
