import { toErrorInfo } from '@trimtab/kernel';
import type { Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { audited, orderOf, orders } from '../workflows.js';

/** What tasks give back that is too much for something on its way. */
const oddities: Readonly<Record<string, object>> = {
  large: { bytes: 100_000_000 },
  nesting: { odd: 'nesting' },
  proto: { odd: 'proto' },
  'huge-number': { odd: 'huge-number' },
  nul: { odd: 'nul' },
};

export const oversized: Scenario = {
  fault: 12,
  title:
    'input of 1 MB + 1; results of 100 MB, nested 100,000 deep, with keys that reach for the prototype, 1e400, NUL bytes',
  promise:
    'by reference, or a typed error: the run FAILED with a clear reason; nobody crashes or is polluted',
  async run(context): Promise<Figures> {
    const workflows = new Map(
      Object.entries(oddities).map(([name, input]) => [
        name,
        audited(name, {
          tasks: {
            odd: {
              uses: 'chaos.work',
              with: { ...input, ...(name === 'large' ? { bytes: context.of(5e6, 1e8) } : {}) },
              retry: { maxAttempts: 2, initialDelay: '100ms' },
            },
            next: { uses: 'chaos.work', needs: 'odd' },
          },
        }),
      ]),
    );
    const engine = await context.engine({ workflows });
    const pids = engine.pids();
    const input = { n: 0, ms: 0, text: 'x'.repeat(1_048_577) };
    const refusal = await engine.people.ask('start-run', { workflow: 'chain', input }).then(
      () => 'accepted',
      (error: unknown) => toErrorInfo(error).code,
    );
    context.expect(refusal === 'message.too-large', `an input of 1 MB + 1 was ${refusal}`);
    const runs = await engine.beginAll(
      Object.keys(oddities).map((name) => ({ ...orderOf(name, 0), expected: { status: 'ANY' } })),
    );
    await context.expectEnds(engine, 60_000);
    const ends = await Promise.all(
      runs.map(async ({ workflow, runId }) => `${workflow} ${await endOf(engine, runId)}`),
    );
    for (const end of ends) context.expect(/COMPLETED|FAILED \w+\./.test(end), end);
    context.expect(String(engine.pids()) === String(pids), 'a process ended');
    await engine.beginAll(orders(context.random, 3));
    await context.expectEnds(engine, 60_000);
    return { tooLargeInput: refusal, ends: ends.join(', ') };
  },
};

/** `COMPLETED`, or `FAILED` with its code. */
async function endOf(engine: Engine, runId: string): Promise<string> {
  const { rows } = await engine.sql.query<{ type: string; data: string }>(
    'SELECT type, data FROM orchestrator.events WHERE stream = $1 ORDER BY version DESC LIMIT 1',
    [`run-${runId}`],
  );
  const data = JSON.parse(rows[0]?.data ?? '{}') as { error?: { code: string } };
  return `${rows[0]?.type.replace('Run', '').toUpperCase()}${data.error ? ` ${data.error.code}` : ''}`;
}
