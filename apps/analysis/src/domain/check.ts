import type {
  Evidence,
  ProposedAction,
  Recommendation,
  ResourceOf,
  ResourceType,
  Risk,
} from '@trimtab/contracts';
import type { Facts } from './facts.js';
import type { Saving } from './usage.js';

/** What a check says of one resource. */
export type Verdict =
  | { readonly kind: 'clean' }
  /** The facts do not suffice: never a finding, always counted. */
  | { readonly kind: 'undecided'; readonly reason: string }
  | Found;

export interface Found {
  readonly kind: 'found';
  readonly action: ProposedAction;
  readonly saving: Saving;
  readonly evidence: readonly Evidence[];
  readonly confidence: Recommendation['confidence'];
  readonly notes: readonly string[];
}

export const clean: Verdict = { kind: 'clean' };
export const undecided = (reason: string): Verdict => ({ kind: 'undecided', reason });

/** Thresholds of a check by name, as numbers; configuration may override each per check and per region. */
export type Limits<Name extends string> = Readonly<Record<Name, number>>;

/** A rule about one type of resource (docs/how-to/add-a-check.md). */
export interface Check<Type extends ResourceType = ResourceType, Name extends string = string> {
  readonly id: string;
  readonly title: string;
  readonly resourceType: Type;
  readonly risk: Risk;
  /** Which of several findings on one resource stands for all: a lower rank leaves less behind. */
  readonly rank: Rank;
  readonly limits: Limits<Name>;
  /** Whether the check is about this resource at all; without it, about every one of its type. */
  concerns?(resource: ResourceOf<Type>, facts: Facts, limits: Limits<Name>): boolean;
  judge(resource: ResourceOf<Type>, facts: Facts, limits: Limits<Name>): Verdict;
}

/** delete > stop > right-size > type; `independent` findings stand beside others. */
export type Rank = 'delete' | 'stop' | 'right-size' | 'type' | 'independent';

/** Keeps the types of resource and limits together while a check is written. */
export const defineCheck = <Type extends ResourceType, Name extends string>(
  check: Check<Type, Name>,
): Check<Type, Name> => check;

export const found = (finding: Omit<Found, 'kind' | 'confidence' | 'notes'> & Partial<Found>): Verdict => ({
  confidence: 'high',
  notes: [],
  ...finding,
  kind: 'found',
});
