import { hashText, unit } from '../world/random.js';

export type FaultKind = 'throttle' | 'error5xx' | 'deny' | 'slow' | 'lostReply';
const kinds: readonly string[] = ['throttle', 'error5xx', 'deny', 'slow', 'lostReply'] satisfies FaultKind[];

/** A planned failure. Fields left out match everything; `times` counts down, then the fault is spent. */
export interface Fault {
  readonly kind: FaultKind;
  readonly service?: string;
  readonly operation?: string;
  readonly accountId?: string;
  readonly region?: string;
  readonly probability: number;
  readonly times?: number;
  readonly delayMs: number;
}

export interface Target {
  readonly service: string;
  readonly operation: string;
  readonly accountId: string;
  readonly region: string;
}

/** The plan of failures: draws are a function of the seed and of the number of draws before. */
export class Faults {
  readonly #seed: number;
  #planned: { fault: Fault; left: number }[] = [];
  #draws = 0;

  constructor(seed: number) {
    this.#seed = hashText(seed, 'faults');
  }

  add(body: unknown): Fault {
    const fault = parseFault(body);
    this.#planned.push({ fault, left: fault.times ?? Infinity });
    return fault;
  }

  clear(): void {
    this.#planned = [];
  }

  list(): (Fault & { readonly left: number | null })[] {
    return this.#planned.map(({ fault, left }) => ({ ...fault, left: Number.isFinite(left) ? left : null }));
  }

  /** The fault that strikes this call, if one does. */
  strike(target: Target): Fault | undefined {
    for (const plan of this.#planned) {
      if (plan.left <= 0 || !matches(plan.fault, target)) continue;
      if (unit(this.#seed, this.#draws++) >= plan.fault.probability) continue;
      plan.left--;
      return plan.fault;
    }
    return undefined;
  }
}

function matches(fault: Fault, target: Target): boolean {
  return (['service', 'operation', 'accountId', 'region'] as const).every(
    (field) => fault[field] === undefined || fault[field] === '*' || fault[field] === target[field],
  );
}

function parseFault(body: unknown): Fault {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Partial<Fault>;
  const { kind, probability = 1, times, delayMs = 1000 } = given;
  const fault = { ...given, kind: kind as FaultKind, probability, delayMs };
  const checks: readonly (readonly [boolean, string])[] = [
    [kinds.includes(String(kind)), `kind must be one of ${kinds.join(', ')}`],
    [probability >= 0 && probability <= 1, 'probability must be between 0 and 1'],
    [times === undefined || (Number.isInteger(times) && times > 0), 'times must be a positive whole number'],
    [delayMs >= 0, 'delayMs must not be negative'],
  ];
  const problems = checks.flatMap(([ok, problem]) => (ok ? [] : problem));
  if (problems.length > 0) throw new TypeError(problems.join('; '));
  return fault;
}
