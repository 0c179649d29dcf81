import { AwsError } from '../../aws-error.js';
import type { XmlObject } from '../../protocols/xml.js';
import type { LifecycleRule } from '../../world/world.js';

/** A rule as XML text. What is not named here is kept, but means nothing to the simulated bucket. */
export interface RuleXml {
  readonly ID?: string;
  readonly Status?: string;
  readonly Prefix?: string;
  readonly Filter?: { readonly Prefix?: string; readonly And?: { readonly Prefix?: string } };
  readonly Expiration?: { readonly Days?: string };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation?: string };
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays?: string };
  readonly NoncurrentVersionTransition?: unknown;
  readonly Transition?: TransitionXml | readonly TransitionXml[];
}

interface TransitionXml {
  readonly Days?: string;
  readonly StorageClass?: string;
}

const actions = [
  'Expiration',
  'AbortIncompleteMultipartUpload',
  'NoncurrentVersionExpiration',
  'NoncurrentVersionTransition',
  'Transition',
] as const;

export function parseRule(rule: RuleXml, index: number): LifecycleRule {
  if (rule.Status !== 'Enabled' && rule.Status !== 'Disabled') throw malformed();
  if (actions.every((action) => rule[action] === undefined)) {
    throw new AwsError('InvalidRequest', 'At least one action needs to be specified in a rule');
  }
  return {
    id: rule.ID || `rule-${index + 1}`,
    status: rule.Status,
    prefix: prefixOf(rule),
    expirationDays: days(rule.Expiration?.Days),
    abortIncompleteMultipartDays: days(rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation),
    noncurrentDays: days(rule.NoncurrentVersionExpiration?.NoncurrentDays),
    transition: transitionOf(rule),
  };
}

const prefixOf = (rule: RuleXml): string =>
  rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? '';

function transitionOf({ Transition: given }: RuleXml): LifecycleRule['transition'] {
  const first = Array.isArray(given)
    ? (given as readonly TransitionXml[])[0]
    : (given as TransitionXml | undefined);
  if (!first) return undefined;
  return { days: Number(first.Days ?? 0), storageClass: first.StorageClass ?? 'STANDARD_IA' };
}

function days(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  const message = `'Days' in a lifecycle rule must be a positive integer, not ${text}`;
  throw new AwsError('InvalidArgument', message);
}

export const malformed = (): AwsError =>
  new AwsError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );

export function ruleXml(rule: LifecycleRule): XmlObject {
  const { transition, expirationDays, noncurrentDays, abortIncompleteMultipartDays } = rule;
  return {
    ID: rule.id,
    Filter: { Prefix: rule.prefix },
    Status: rule.status,
    Transition: transition && { Days: transition.days, StorageClass: transition.storageClass },
    Expiration: optional('Days', expirationDays),
    NoncurrentVersionExpiration: optional('NoncurrentDays', noncurrentDays),
    AbortIncompleteMultipartUpload: optional('DaysAfterInitiation', abortIncompleteMultipartDays),
  };
}

const optional = (name: string, value: number | undefined): XmlObject | undefined =>
  value === undefined ? undefined : { [name]: value };
