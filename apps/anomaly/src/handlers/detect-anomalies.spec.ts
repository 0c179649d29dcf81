import { describe, expect, it } from '@jest/globals';
import { AnomalySettings, eventContracts, taskContracts } from '@trimtab/contracts';
import { MemoryArtifacts } from '@trimtab/event-store/testing';
import type { Task, TaskContext } from '@trimtab/service';
import { asOfDay, bill, company } from '../../test/bill.js';
import { MemoryAnomalyHistory } from '../outbound/anomaly-history.memory.js';
import { PluginEngines } from '../outbound/engines.plugins.js';
import { DetectAnomalies, DetectAnomaliesHandler } from './detect-anomalies.js';

const tx = { query: () => Promise.resolve({ rows: [] }) };
const context = { progress: () => undefined } as unknown as TaskContext;

async function given() {
  const artifacts = new MemoryArtifacts();
  const history = new MemoryAnomalyHistory();
  const handler = new DetectAnomaliesHandler(artifacts, history, new PluginEngines());
  const facts = bill(company({ quantity: (day) => (day >= 80 && day < 84 ? 2.5 : 1) }));
  const costs = await artifacts.putNdjson(facts);
  const run = async (runId: string, offset: number) => {
    const input = { anomaly: AnomalySettings.parse({}), costs, asOf: asOfDay(offset) };
    const task: Task<typeof input> = {
      runId,
      taskId: 'anomalies',
      type: 'anomaly.detect',
      attempt: 1,
      input,
      correlationId: runId,
      commandId: runId,
    };
    const outcome = await handler.execute(new DetectAnomalies(task, context));
    await outcome.write?.(tx);
    return outcome;
  };
  return { history, run, artifacts, handler };
}

describe('DetectAnomaliesHandler', () => {
  it('answers, publishes and records what its contracts say', async () => {
    const { run, history } = await given();
    const outcome = await run('run-1', 82);
    expect(taskContracts['anomaly.detect'].output.parse(outcome.output)).toMatchObject({
      scopes: 3,
      days: 82,
    });
    expect(outcome.events).toHaveLength(1);
    const [event] = outcome.events ?? [];
    expect(event).toMatchObject({
      type: 'trimtab.anomaly.opened.v1',
      subject: 'anomaly/111111111111-compute-2026-10-20',
    });
    expect(eventContracts['trimtab.anomaly.opened.v1'].parse(event?.data)).toEqual(event?.data);
    expect(history.changes.map(({ change, runId }) => ({ change, runId }))).toEqual([
      { change: 'opened', runId: 'run-1' },
    ]);
  });

  it('is silent when a later run sees the same, and tells growth and end once', async () => {
    const { run } = await given();
    const told = [];
    for (const [i, offset] of [82, 82, 84, 90, 95].entries()) {
      const { events } = await run(`run-${i}`, offset);
      told.push(events?.map((event) => event.type));
    }
    expect(told).toEqual([
      ['trimtab.anomaly.opened.v1'],
      [],
      ['trimtab.anomaly.updated.v1'],
      ['trimtab.anomaly.closed.v1'],
      [],
    ]);
  });

  it('refuses facts that break their contract', async () => {
    const { artifacts, handler } = await given();
    const costs = await artifacts.putNdjson([{ day: 'yesterday' }]);
    const task = { runId: 'r', input: { anomaly: AnomalySettings.parse({}), costs, asOf: asOfDay(90) } };
    await expect(handler.execute(new DetectAnomalies(task as never, context))).rejects.toMatchObject({
      code: 'artifact.invalid-row',
      retry: 'never',
    });
  });
});
