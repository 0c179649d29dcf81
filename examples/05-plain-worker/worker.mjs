/**
 * A worker of another team: a plain program without Nest and without a database. All that it needs is the bus.
 *
 *   NATS_URL=nats://127.0.0.1:4222 node examples/05-plain-worker/worker.mjs
 *
 * greetings.yaml is a workflow that uses it.
 */
import { AppError, worker } from '@trimtab/service/worker';
import { z } from 'zod';

const greetings = { en: 'Hello', fr: 'Bonjour' };

const { instanceId } = await worker({
  name: 'greeters',
  tasks: {
    'greeting.write': {
      input: z.object({ names: z.array(z.string()).min(1), language: z.string().default('en') }),
      output: z.object({ greetings: z.array(z.string()) }),
      handler: async ({ names, language }, { progress, signal, log }) => {
        const word = greetings[language];
        // `never`: another attempt would end the same way. Any other error is tried again by the task's policy.
        if (!word)
          throw new AppError('greeting.unknown-language', `No greeting in "${language}": use en or fr.`);
        const written = names.map((name, i) => {
          signal.throwIfAborted();
          progress(i + 1, names.length, name);
          return `${word}, ${name}`;
        });
        log.info('written', { count: written.length });
        return { greetings: written };
      },
    },
  },
}).start();

console.log(`${instanceId} works; Ctrl-C lets it finish what it has in hand`);
