import type { CloudSettings, ExecutionMode } from '@trimtab/contracts';
import type { Outputs, Step } from './step.js';
import type { Live, Target } from './target.js';

/** One account in one region, read and acted on; what acts is the only difference between a dry run and a live run. */
export abstract class Site {
  /** false = effects are predictions that end with the process, so that nothing of them can be left half-done. */
  abstract readonly lasting: boolean;
  /** undefined = it does not exist (any more). Errors: `cloud.*`. */
  abstract read(target: Target): Promise<Live | undefined>;
  /** One effect. Resolves when the cloud has accepted it. Errors: `cloud.*`. */
  abstract perform(step: Step): Promise<Outputs>;
}

/** The sites of one task, which share what they predict. */
export interface OpenSites {
  at(accountId: string, region: string): Site;
  /** Requests so far that change something, as the cloud's own meter counts them. */
  mutatingRequests(): number;
}

/** Also the Nest token of it. */
export abstract class Sites {
  abstract open(cloud: CloudSettings, mode: ExecutionMode): OpenSites;
}
