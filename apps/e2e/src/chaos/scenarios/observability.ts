import { startOtlpReceiver } from '@trimtab/testing';
import type { OtlpReceiver } from '@trimtab/testing';
import { readFileSync } from 'node:fs';
import { eventually } from '@trimtab/testing';
import type { ChaosContext, Figures, Scenario } from '../scenario.js';
import type { Engine } from '../stack/engine.js';
import { orderOf } from '../workflows.js';

const patience = { timeoutMs: 60_000 };

/** Resident memory of the largest process, in MB. */
const largestMb = (engine: Engine): number =>
  Math.max(
    ...engine.pids().map((pid) => {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    }),
  );

async function rounds(engine: Engine, context: ChaosContext): Promise<number> {
  const began = performance.now();
  const before = engine.started.length;
  await engine.beginAll(Array.from({ length: context.of(10, 200) }, (_, n) => orderOf('chain', n % 5)));
  context.broken.push(...(await engine.wrongEnds(engine.started.slice(before))));
  return Math.round(performance.now() - began);
}

/** I11: what is known of a run is in one trace, which its id names. */
async function expectTraces(engine: Engine, context: ChaosContext, collector: OtlpReceiver): Promise<void> {
  for (const { runId } of engine.started) {
    const trace = runId.replaceAll('-', '');
    const whole = () => collector.spans(trace).length >= 3;
    await eventually(whole, patience).catch(() =>
      context.expect(false, `run ${runId} has no trace of its own`),
    );
  }
}

export const collectorSick: Scenario = {
  fault: 26,
  title: 'the OTLP collector is well, stalls, answers errors, is down',
  promise: 'no effect on runs, memory stays; one trace for each run while the collector is well',
  async run(context): Promise<Figures> {
    const collector = await startOtlpReceiver();
    const engine = await context.engine({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    const well = await rounds(engine, context);
    await expectTraces(engine, context, collector);
    const mbBefore = largestMb(engine);
    collector.behave('silent');
    const stalled = await rounds(engine, context);
    collector.behave({ status: 500 });
    const errors = await rounds(engine, context);
    await collector.close();
    const down = await rounds(engine, context);
    const mbAfter = largestMb(engine);
    context.expect(mbAfter < mbBefore + 150, `memory went from ${mbBefore} to ${mbAfter} MB`);
    return {
      runs: engine.started.length,
      wellMs: well,
      stalledMs: stalled,
      errorsMs: errors,
      downMs: down,
      mbBefore,
      mbAfter,
    };
  },
};
