import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RequestListener, Server } from 'node:http';
import { TrimtabClient } from './client.js';

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

async function serve(listener: RequestListener): Promise<TrimtabClient> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return new TrimtabClient(`http://127.0.0.1:${(started.address() as AddressInfo).port}`);
}

describe('the HTTP client', () => {
  it('fills path parameters and leaves out queries that are not given', async () => {
    let asked = '';
    const client = await serve((request, response) => {
      asked = `${request.method} ${request.url}`;
      response.end(JSON.stringify({ items: [] }));
    });
    await client.call('listRecommendations', { query: { runId: 'a b', region: undefined } });
    expect(asked).toBe('GET /api/v1/recommendations?runId=a+b');
    await client.read('readReport', { params: { runId: 'r/1', format: 'html' } });
    expect(asked).toBe('GET /api/v1/reports/r%2F1/html');
  });

  it('raises the error that the gateway sent', async () => {
    const client = await serve((_request, response) => {
      response.statusCode = 404;
      response.end(
        JSON.stringify({ error: { code: 'run.not-found', message: 'No such run.', retry: 'never' } }),
      );
    });
    await expect(client.call('showRun', { params: { runId: 'x' } })).rejects.toMatchObject({
      code: 'run.not-found',
      message: 'No such run.',
    });
  });

  it('says how to start the stack when nothing answers', async () => {
    await expect(new TrimtabClient('http://127.0.0.1:1').call('listRuns', {})).rejects.toMatchObject({
      code: 'gateway.unreachable',
      retry: 'later',
    });
  });

  it('follows server-sent events across chunk borders', async () => {
    const event = {
      id: '1',
      type: 't',
      source: 's',
      subject: null,
      time: '2026-01-01T00:00:00Z',
      runId: null,
      data: 1,
    };
    const text = JSON.stringify(event);
    const client = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`: hello\n\ndata: ${text.slice(0, 20)}`);
      setTimeout(() => response.end(`${text.slice(20)}\n\ndata: ${text}\n\n`), 20);
    });
    const seen: string[] = [];
    for await (const item of client.follow('tailEvents', { query: {} })) seen.push(item.id);
    expect(seen).toEqual(['1', '1']);
  });
});
