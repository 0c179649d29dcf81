import { once } from 'node:events';
import type { Response } from 'express';

const KEEP_ALIVE_MS = 15_000;

/**
 * Sends each item as a server-sent event until the items or the client end, no faster than the client reads; a comment
 * keeps proxies from closing. What `items` itself throws is answered as an ordinary error.
 */
export async function streamTo(
  response: Response,
  items: (signal: AbortSignal) => AsyncIterable<unknown>,
): Promise<void> {
  const ended = new AbortController();
  response.on('close', () => ended.abort());
  const source = items(ended.signal);
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    connection: 'keep-alive',
  });
  response.flushHeaders();
  const keepAlive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS);
  try {
    for await (const item of source) {
      if (ended.signal.aborted) return;
      const room = response.write(`data: ${JSON.stringify(item)}\n\n`);
      if (!room) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
  } finally {
    clearInterval(keepAlive);
    response.end();
  }
}
