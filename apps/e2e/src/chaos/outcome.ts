import type { Figures, Form, Scenario } from './scenario.js';
import { ChaosContext } from './scenario.js';

/** The report of one fault. */
export interface Outcome {
  readonly fault: number;
  readonly title: string;
  readonly promise: string;
  readonly kept: boolean;
  /** Broken promises and invariants. */
  readonly broken: readonly string[];
  readonly figures: Figures;
  readonly seed: number;
  readonly form: Form;
  readonly seconds: number;
  /** RFC 3339. */
  readonly at: string;
}

const SHOWN = 20;
const LOG = 4_000;

/** Plays a scenario, audits what is stored, and leaves nothing running. */
export async function outcomeOf(scenario: Scenario, seed: number, form: Form): Promise<Outcome> {
  const context = new ChaosContext(seed, form);
  const started = performance.now();
  let figures: Figures = {};
  try {
    figures = await scenario.run(context);
    await context.audit();
  } catch (error) {
    context.broken.push(`the scenario could not be played to its end: ${(error as Error).stack ?? error}`);
  }
  if (context.broken.length > 0) context.broken.push(`logs: ${context.logs().slice(-LOG)}`);
  await context.dispose();
  const { fault, title, promise } = scenario;
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const broken = context.broken.slice(0, SHOWN);
  const kept = broken.length === 0;
  return { fault, title, promise, kept, broken, figures, seed, form, seconds, at: new Date().toISOString() };
}
