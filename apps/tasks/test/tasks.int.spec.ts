import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subjects } from '@trimtab/contracts';
import { testServers } from '@trimtab/embedded/testing';
import type { TestServers } from '@trimtab/embedded/testing';
import { connectMessaging } from '@trimtab/messaging';
import type { Messaging } from '@trimtab/messaging';
import { startService } from '@trimtab/service';
import type { RunningService } from '@trimtab/service';
import { eventually } from '@trimtab/testing';
import { service as definition } from '../src/index.js';
import { Asking, RUN } from './asking.js';
import { webServer } from './web-server.js';
import type { Seen } from './web-server.js';

const SECRET = 'tok-5ecret-value';
const folder = mkdtempSync(join(tmpdir(), 'trimtab-tasks-spec-'));
const before = { ...process.env };

let servers: TestServers;
let service: RunningService;
let bus: Messaging;
let side: Asking;
let web: Awaited<ReturnType<typeof webServer>>;
let other: Awaited<ReturnType<typeof webServer>>;

const json = (response: ServerResponse, status: number, body: unknown, headers: object = {}): void =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(body));

function answer({ path, headers }: Seen, response: ServerResponse): void {
  const status = Number(/^\/status\/(\d+)/.exec(path)?.[1]);
  if (status) return json(response, status, { no: true }, { 'retry-after': '7' });
  if (path === '/away') return void response.writeHead(302, { location: `${other.url}/there` }).end();
  if (path === '/turn') return void response.writeHead(303, { location: '/echo' }).end();
  if (path === '/slow') return;
  if (path === '/large') return void response.end('x'.repeat(50_000));
  return json(response, 200, { path, authorization: headers.authorization ?? null });
}

beforeAll(async () => {
  web = await webServer(answer);
  other = await webServer(answer);
  servers = await testServers();
  Object.assign(process.env, {
    NATS_URL: servers.natsUrl,
    DATABASE_URL: `${servers.databaseUrl}?connect_timeout=60`,
    LOG_LEVEL: 'silent',
    TASKS_SCRIPTS: 'sh,cat,no-such-program',
    TASKS_HOSTS: `127.0.0.1:${web.port},127.0.0.1:9`,
    TASKS_ENV: 'SPEC_TOKEN',
    SPEC_TOKEN: SECRET,
    SPEC_OTHER: 'must not be seen',
  });
  service = await startService(definition);
  bus = await connectMessaging({ url: servers.natsUrl, name: 'spec', apiTimeoutMs: 60_000 });
  side = await Asking.on(bus);
});
afterAll(async () => {
  await bus?.close(500);
  await service?.stop();
  await servers?.dispose();
  await Promise.all([web?.close(), other?.close()]);
  rmSync(folder, { recursive: true, force: true });
  process.env = before;
});

const sh = (line: string, more: object = {}) => ({ command: 'sh', args: ['-c', line], ...more });
const script = (input: unknown) => side.ask('script.run', input);
const request = (input: unknown) => side.ask('http.request', input);

describe('O29 script.run', () => {
  it('gives what the program printed, with what it may know and nothing else', async () => {
    const line = 'echo "$TRIMTAB_IDEMPOTENCY_KEY/$GREETING/$SPEC_OTHER/$(pwd)"; cat; echo careful >&2';
    const sent = await side.send('script.run', sh(line, { stdin: 'hello', env: { GREETING: 'hi' } }));
    const { output } = (await side.resultOf(sent)) as unknown as {
      output: { output: string; stderr: string };
    };
    const [head = '', said] = output.output.split('\n');
    expect(head.startsWith(`${RUN}/${sent.taskid}/hi//`)).toBe(true);
    expect(said).toBe('hello');
    expect(output.stderr).toBe('careful\n');
    const scratch = head.slice(head.lastIndexOf('//') + 1).replace('//', '/');
    expect([scratch.includes('trimtab-script-'), existsSync(scratch)]).toEqual([true, false]);
  });

  it('takes arguments as they are: no shell reads them unless it was asked for', async () => {
    const asIs = await script({ command: 'sh', args: ['-c', 'printf %s "$1"', 'sh', '$(id); `id`'] });
    expect(asIs).toMatchObject({ output: { output: '$(id); `id`' } });
    const shell = await script({ command: 'echo $((1 + 1))', shell: true });
    expect(shell).toMatchObject({ output: { output: '2\n' } });
  });

  it('gives JSON, and hides secrets that the program prints', async () => {
    const line = `printf '{"token":"%s"}' "$TOKEN"`;
    const answered = await script(sh(line, { env: { TOKEN: { env: 'SPEC_TOKEN' } }, output: 'json' }));
    expect(answered).toMatchObject({ output: { output: { token: '***' } } });
  });

  it.each([
    ['a program that is not allowed', { command: 'ls' }, 'script.not-allowed', 'never'],
    [
      'a variable that is not allowed',
      sh('true', { env: { A: { env: 'SPEC_OTHER' } } }),
      'task.variable-not-allowed',
      'never',
    ],
    ['a program that is not there', { command: 'no-such-program' }, 'script.not-found', 'never'],
    ['a code that means failure', sh('echo why >&2; exit 3'), 'script.failed', 'never'],
    ['a code that means later', sh('exit 75'), 'script.failed', 'later'],
    [
      'a code that was said to mean later',
      sh('exit 4', { exitCodes: { retry: [4] } }),
      'script.failed',
      'later',
    ],
    ['a signal from outside', sh('kill -9 $$'), 'script.interrupted', 'later'],
    ['no JSON', sh('echo no', { output: 'json' }), 'script.invalid-json', 'never'],
    ['more than it may print', sh('yes', { maxOutputBytes: 1_000 }), 'script.output-too-large', 'never'],
    ['unknown keys', sh('true', { cmd: 1 }), 'task.invalid-input', 'never'],
  ])('fails for %s', async (_what, input, code, retry) => {
    expect(await script(input)).toMatchObject({ status: 'failed', error: { code, retry } });
  });

  it('ends all that the program started, when it takes too long and when its task is cancelled', async () => {
    const line = (mark: string): string => `(sleep 300 & echo $! > ${mark}; wait)`;
    const [late, cancelled] = [join(folder, 'late'), join(folder, 'cancelled')];
    // On a machine that stands still meanwhile it is ended before it has started anything: once more.
    while (!isWritten(late))
      expect(await script(sh(line(late), { timeoutMs: 1_000 }))).toMatchObject({
        error: { code: 'script.timed-out', retry: 'later' },
      });
    const sent = await side.send('script.run', sh(line(cancelled)));
    await eventually(() => isWritten(cancelled));
    const { taskid: taskId, attempt } = sent;
    const cancel = { kind: 'cancel', runId: RUN, taskId, attempt, at: new Date().toISOString() };
    // It may not listen yet: the message is core NATS and may be lost, so it is said again.
    await eventually(() => {
      bus.publishLive(subjects.live(RUN), cancel);
      return side.hasResultOf(sent);
    });
    expect(await side.resultOf(sent)).toMatchObject({ error: { code: 'task.cancelled' } });
    for (const mark of [late, cancelled])
      await eventually(() => !isRunning(Number(readFileSync(mark, 'utf8'))));
  });
});

describe('O29 http.request', () => {
  it('sends JSON with a secret that nobody sees, and the same key on every attempt', async () => {
    const input = {
      method: 'POST',
      url: `${web.url}/echo`,
      headers: { Authorization: { env: 'SPEC_TOKEN', prefix: 'Bearer ' } },
      body: { n: 1 },
    };
    const first = await side.send('http.request', input);
    expect(await side.resultOf(first)).toMatchObject({
      output: { status: 200, body: { path: '/echo', authorization: 'Bearer ***' } },
    });
    await side.ask('http.request', input, { taskid: first.taskid, attempt: 2 });
    const asked = web.seen.filter(({ path }) => path === '/echo');
    expect(asked.map(({ headers }) => headers['idempotency-key'])).toEqual(
      Array(2).fill(`${RUN}/${first.taskid}`),
    );
    expect(asked[0]).toMatchObject({
      method: 'POST',
      body: '{"n":1}',
      headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
    });
  });

  it.each([
    [404, 'never'],
    [408, 'later'],
    [429, 'later'],
    [500, 'later'],
    [503, 'later'],
  ])('tells what the status %i means, and when to come again', async (status, retry) => {
    expect(await request({ url: `${web.url}/status/${status}` })).toMatchObject({
      error: { code: 'http.status', retry, details: { status, retryAfterMs: 7_000 } },
    });
  });

  it('completes with any status that was expected', async () => {
    const expected = { url: `${web.url}/status/404`, expect: ['2xx', 404] };
    expect(await request(expected)).toMatchObject({ status: 'completed', output: { status: 404 } });
  });

  it('follows redirects within what is allowed, and never beyond', async () => {
    const turned = await request({ method: 'POST', url: `${web.url}/turn`, body: 'x' });
    expect(turned).toMatchObject({ output: { status: 200, url: `${web.url}/echo` } });
    expect(web.seen.at(-1)).toMatchObject({ method: 'GET', body: '' });
    expect(await request({ url: `${web.url}/away` })).toMatchObject({ error: { code: 'http.not-allowed' } });
    expect(other.seen).toEqual([]);
    const stay = { url: `${web.url}/away`, redirects: 0, expect: [302] };
    expect(await request(stay)).toMatchObject({ output: { status: 302 } });
  });

  it.each([
    [
      'a host that is not allowed',
      () => ({ url: 'http://169.254.169.254/latest' }),
      'http.not-allowed',
      'never',
    ],
    ['a server that is not there', () => ({ url: 'http://127.0.0.1:9/' }), 'http.unreachable', 'later'],
    [
      'a server that is silent',
      () => ({ url: `${web.url}/slow`, timeoutMs: 300 }),
      'http.timed-out',
      'later',
    ],
    [
      'an answer that is too large',
      () => ({ url: `${web.url}/large`, maxBytes: 1_000 }),
      'http.answer-too-large',
      'never',
    ],
    [
      'a header that cannot be sent',
      () => ({ url: web.url, headers: { 'x y': '1' } }),
      'http.invalid-request',
      'never',
    ],
  ])('fails for %s', async (_what, input, code, retry) => {
    expect(await request(input())).toMatchObject({ status: 'failed', error: { code, retry } });
  });
});

const isWritten = (file: string): boolean => existsSync(file) && readFileSync(file, 'utf8') !== '';

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
