import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadOrchestration } from './orchestration-settings.js';

const file = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'trimtab-orchestration-')), 'trimtab.yaml');
  writeFileSync(path, text);
  return path;
};

describe('the section orchestration', () => {
  it('has defaults for everything', async () => {
    expect(await loadOrchestration(undefined)).toMatchObject({
      discovery: { type: 'nats', refreshSeconds: 5, healthCheck: { expireAfter: 3 } },
      policies: { enabled: true, named: {} },
      triggers: [],
    });
  });

  it('comes as JSON, as a file of its own, or as a section of the configuration file', async () => {
    const sources = [
      '{ "discovery": { "type": "both" } }',
      file('discovery: { type: both }'),
      file('scan: {}\norchestration:\n  discovery: { type: both }'),
    ];
    for (const source of sources) expect((await loadOrchestration(source)).discovery.type).toBe('both');
  });

  it('tells every problem at once, each with its place', async () => {
    const bad = file(`
policies:
  default: ghost
  named:
    a: { algorithm: weighted }
    b: { algorithm: failover }
    c: { algorithm: fastest }
triggers:
  - { name: t, service: x, metric: load, enter: 0.5, leave: 0.9, actions: [] }
typo: 1
`);
    const failure = await loadOrchestration(bad).catch((error: Error) => error);
    const { message } = failure as Error;
    expect(failure).toMatchObject({ code: 'config.invalid' });
    for (const place of [
      'policies.named.a.weights: weighted needs weights',
      'policies.named.b.pools: failover needs pools',
      'policies.named.c.algorithm',
      'triggers.0.actions',
      'typo',
    ])
      expect(message).toContain(place);
  });

  it('refuses a policy that is not there, and levels that would flap', async () => {
    const trigger = {
      name: 't',
      service: 'x',
      metric: 'load',
      enter: 1,
      leave: 1,
      actions: [{ do: 'skip-optional' }],
    };
    const bad = JSON.stringify({ policies: { tasks: { 'x.*': 'ghost' } }, triggers: [trigger] });
    await expect(loadOrchestration(bad)).rejects.toThrow(
      /there is no policy "ghost"[^]*leave must be below enter/,
    );
  });
});
