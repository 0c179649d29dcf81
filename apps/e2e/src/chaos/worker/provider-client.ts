import { AppError, crashPoint } from '@trimtab/kernel';

/** One call that changes the outside world; `key` names the effect across attempts, `token` is (attempt, claim). */
export interface EffectCall {
  readonly key: string;
  readonly runId: string;
  readonly task: string;
  readonly token: readonly [number, number];
}

/** The outside world as the worker reaches it: by HTTP, in another process. */
export class ProviderClient {
  constructor(private readonly url: string) {}

  /** Whether the effect took place; shows the token, so that an older one has lost its right. */
  async look(call: EffectCall): Promise<boolean> {
    return ((await this.post('look', call)) as { done: boolean }).done;
  }

  async apply(call: EffectCall): Promise<void> {
    await this.post('apply', call);
  }

  private async post(verb: string, call: EffectCall): Promise<unknown> {
    const answer = await fetch(`${this.url}/${verb}`, { method: 'POST', body: JSON.stringify(call) });
    if (verb === 'apply') crashPoint('effect.during');
    if (answer.status === 409) throw new AppError('provider.stale-token', 'A newer token was shown.');
    if (!answer.ok)
      throw new AppError('provider.failed', `The provider said ${answer.status}.`, { retry: 'later' });
    return answer.json();
  }
}
