import { describe, expect, it } from '@jest/globals';
import { allowsHost, taskContracts } from '@trimtab/contracts';
import { requestOf, retryAfter } from './exchange.js';
import { redirectOf } from './redirect.js';

const now = new Date('2026-11-20T12:00:00Z');

describe('an allow-list of hosts', () => {
  it.each([
    ['https://api.example.com/x', ['api.example.com'], true],
    ['https://api.example.com/x', ['*.example.com'], true],
    ['https://example.com/x', ['*.example.com'], false],
    ['https://evil-example.com/x', ['*.example.com'], false],
    ['http://localhost:8080/', ['localhost:8080'], true],
    ['http://localhost:8081/', ['localhost:8080'], false],
    ['https://a.b/', ['a.b:443'], true],
    ['https://a.b@c.d/', ['a.b'], false],
    ['https://c.d/', 'any', true],
    ['http://169.254.169.254/latest/meta-data', 'any', false],
    ['http://2852039166/', 'any', false],
    ['http://[::ffff:169.254.169.254]/', 'any', false],
    ['http://[fd00:ec2::254]/', 'any', false],
    ['http://169.254.170.2/', ['169.254.170.2'], true],
  ] as const)('%s by %s: %s', (url, list, allowed) => {
    expect(allowsHost(list, new URL(url))).toBe(allowed);
  });
});

describe('a redirect', () => {
  const input = taskContracts['http.request'].input.parse({
    method: 'POST',
    url: 'https://a.b/c',
    body: { n: 1 },
  });
  const request = requestOf(input, { Authorization: 'secret', Accept: 'text/csv' }, 'key');
  const to = (status: number, location: string) =>
    redirectOf(request, { status, headers: { location }, body: '' });

  it('takes secrets to no other origin', () => {
    expect(to(307, '/d')?.headers['authorization']).toBe('secret');
    expect(to(307, 'https://a.b:8443/d')?.headers).toEqual({ accept: 'text/csv' });
  });

  it('keeps method and body only where it must', () => {
    expect(
      [301, 302, 303, 307, 308].map((status) => [to(status, '/d')?.method, to(status, '/d')?.body]),
    ).toEqual([
      ['GET', undefined],
      ['GET', undefined],
      ['GET', undefined],
      ['POST', '{"n":1}'],
      ['POST', '{"n":1}'],
    ]);
    expect([to(200, '/d'), to(302, 'http://[')]).toEqual([undefined, undefined]);
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['Fri, 20 Nov 2026 12:01:00 GMT', 60_000],
    ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s', (value, wait) => {
    expect(retryAfter(value, now)).toBe(wait);
  });
});
