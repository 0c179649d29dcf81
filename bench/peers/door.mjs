/** How a peer is driven: each message is one question with an `id`, answered by one with the same; it ends with who started it. */
export function serve(answer, stop) {
  const end = () => void Promise.resolve(stop()).finally(() => process.exit(0));
  process.on('SIGTERM', end);
  process.on('disconnect', end);
  process.on('message', async ({ id, ...question }) => {
    try {
      process.send({ id, answer: await answer(question) });
    } catch (error) {
      process.send({ id, error: String(error?.stack ?? error) });
    }
  });
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
}

/** The trivial step: one more than the sum of what it is given. */
export const add = (...values) => values.reduce((sum, value) => sum + value, 1);
