import { createContextKey, SamplingDecision } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import type { TraceBudget } from './trace-budget.js';

const KEPT = createContextKey('trimtab trace is kept');

/** A context for the first span of a trace about which its starter has decided already. */
export const kept = (context: Context): Context => context.setValue(KEPT, true);

/** For spans without a parent: what a budget allows, and whatever was decided elsewhere. */
export const budgeted = (budget: TraceBudget) => ({
  shouldSample(context: Context): { decision: SamplingDecision } {
    const sampled = context.getValue(KEPT) === true || budget.admits(Date.now());
    return { decision: sampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
  },
  toString: (): string => 'TraceBudget',
});
