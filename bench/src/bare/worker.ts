/** The worker of the bare loop: adds up what it is given, a batch at a time. */
import { openBus, ready } from './bus.js';
import { message } from './messages.js';
import type { Command } from './messages.js';

const bus = await openBus(process.env['NATS_URL'] ?? '');

const answer = ({ id, runid, taskid, data: { input } }: Command): object => {
  const at = new Date().toISOString();
  const output = { sum: input.values.reduce((sum, value) => sum + value, 1) };
  const data = { status: 'completed', output, startedAt: at, endedAt: at, worker: 'bare' };
  return message('trimtab.task.result.v1', `${id}/result`, runid, data, taskid);
};

await bus.consume('CMD', (received) => {
  const answers = received.json<Command[]>().map(answer);
  void bus.publish('trimtab.res.bare', answers).then(() => received.ack());
});
ready();
