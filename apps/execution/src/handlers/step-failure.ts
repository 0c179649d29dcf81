import type { AppError, ErrorInfo } from '@trimtab/kernel';
import type { Judgement } from '../domain/judge-step.js';
import type { Step } from '../domain/step.js';
import { describeStep } from '../domain/step.js';

/** What ends an action; `outcome` tells whether the cloud may have done what was asked. */
export class StepFailure extends Error {
  constructor(
    readonly info: ErrorInfo,
    readonly outcome: 'not-done' | 'unknown' | 'not-verified' = 'not-done',
  ) {
    super(info.message);
  }
}

/** AWS said no, so nothing happened. A lost or failed answer may hide an effect; `not-found` may follow a first send. */
const definite = [
  'cloud.refused',
  'cloud.access-denied',
  'cloud.credentials',
  'cloud.throttled',
  'cloud.region-disabled',
];

export const isDefinite = (error: AppError): boolean => definite.includes(error.code);

/** The live state is neither that before the step nor that after it. */
export function unexplained(step: Step, begun: boolean, cause?: AppError): StepFailure {
  const name = describeStep(step);
  if (begun) {
    const message = `Nobody can tell whether "${name}" took effect: look at the resource and decide by hand.`;
    const info: ErrorInfo = {
      code: 'execution.outcome-unknown',
      message,
      retry: 'never',
      details: { cause: cause?.code },
    };
    return new StepFailure(info, 'unknown');
  }
  const message = `The resource is in a state in which "${name}" is not possible: plan again from a new scan.`;
  return new StepFailure({ code: 'execution.state-changed', message, retry: 'never' });
}

export const notVerified = (step: Step, judgement: Judgement): StepFailure =>
  new StepFailure(
    {
      code: 'execution.wait-timeout',
      message: `"${describeStep(step)}" is still ${judgement} after the time to wait: look at the resource.`,
      retry: 'never',
    },
    'not-verified',
  );
