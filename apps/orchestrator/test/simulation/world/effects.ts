import { AppError } from '@trimtab/kernel';
import type { Journal } from '@trimtab/testing/audit';
import type { Measures } from './measures.js';

type Token = readonly [number, number];

export interface EffectCall {
  /** The same for every attempt. */
  readonly key: string;
  readonly runId: string;
  readonly task: string;
  readonly token: Token;
}

/**
 * An external system that does what it is told as often as it is told, but remembers per key the highest token that it
 * was shown, and refuses a lower one (a conditional write).
 */
export class SimProvider {
  private readonly state = new Map<string, { shown: Token; done: boolean }>();

  constructor(
    private readonly journal: Journal,
    private readonly measures: Measures,
  ) {}

  /** Shows a token and says whether the effect is there already. */
  look({ key, token }: EffectCall): boolean {
    return this.shown(key, token).done;
  }

  apply(call: EffectCall): void {
    const state = this.shown(call.key, call.token);
    state.done = true;
    this.journal.add({ kind: 'effect', ...call });
  }

  private shown(key: string, token: Token): { shown: Token; done: boolean } {
    const state = this.state.get(key) ?? { shown: token, done: false };
    if (this.measures.has('fencingToken') && isBefore(token, state.shown))
      throw new AppError('task.superseded', `Token ${token.join('.')} of ${key} is stale.`);
    if (isBefore(state.shown, token)) state.shown = token;
    this.state.set(key, state);
    return state;
  }
}

const isBefore = (a: Token, b: Token): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
