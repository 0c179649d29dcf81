import { subjects } from '@trimtab/contracts';
import type { Messaging } from '@trimtab/messaging';
import { count, seconds } from '@trimtab/observability';
import { DIMENSIONS } from '@trimtab/workflow';
import type { Dimension, RunEvent } from '@trimtab/workflow';
import { BasicAnalytics, RUN_ENDS } from '../domain/basic-analytics.js';
import type { EventMeta } from '../domain/stored-run-event.js';
import { RunSpans } from './run-spans.js';

/** Beside the spans of runs: their metrics, and basic monitoring that any gateway may ask for. */
export class MeasuredRuns extends RunSpans {
  private readonly basic = new BasicAnalytics();
  private readonly since = new Date().toISOString();

  constructor(private readonly spans: RunSpans) {
    super();
  }

  override record(runId: string, event: RunEvent, meta: EventMeta): void {
    this.spans.record(runId, event, meta);
    this.basic.record(runId, event, meta);
    const status = RUN_ENDS[event.type];
    if (status === undefined) return;
    const attributes = { 'trimtab.workflow': meta.workflow, 'trimtab.status': status };
    count('trimtab.runs', attributes, 1, '{run}');
    const startedAt = Date.parse(meta.startedAt ?? event.at);
    seconds('trimtab.run.duration', (Date.parse(event.at) - startedAt) / 1_000, attributes);
  }

  /** Every instance answers for itself; whoever asks adds up. Returns how to stop. */
  answer(messaging: Messaging): () => void {
    const subscription = messaging.nc.subscribe(subjects.ask('orchestrator', 'analytics'), {
      callback: (_error, message) => {
        const by = dimensionIn(message.string());
        message.respond(JSON.stringify({ since: this.since, rows: by ? this.basic.of(by) : [] }));
      },
    });
    return () => subscription.unsubscribe();
  }
}

function dimensionIn(text: string): Dimension | undefined {
  try {
    const { by } = JSON.parse(text) as { by?: unknown };
    return DIMENSIONS.find((one) => one === by);
  } catch {
    return undefined;
  }
}
