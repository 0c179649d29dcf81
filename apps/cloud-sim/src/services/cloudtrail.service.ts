import { AwsError } from '../aws-error.js';
import { awsJson } from '../protocols/json.protocol.js';
import type { Service } from '../protocols/protocol.js';
import type { Call } from '../simulation.js';
import { iso } from '../simulation.js';
import type { TrailEvent } from '../world/world.js';
import { own } from './owned.js';
import { compare, pageByKey, sizeWithin } from './page.js';

export const cloudtrail: Service = {
  scope: 'cloudtrail',
  protocol: awsJson({ version: '1.1' }),
  operations: { LookupEvents: lookupEvents },
};

interface LookupInput {
  readonly LookupAttributes?: readonly { readonly AttributeKey: string; readonly AttributeValue: string }[];
  readonly StartTime?: number;
  readonly EndTime?: number;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

/** CloudTrail looks back 90 days and lists the newest events first. */
const lookBack = 90 * 24 * 3_600_000;

function lookupEvents(call: Call, input: LookupInput) {
  const now = call.simulation.now();
  const start = Math.max(input.StartTime === undefined ? 0 : input.StartTime * 1000, now - lookBack);
  const end = input.EndTime === undefined ? Infinity : input.EndTime * 1000;
  if (start > end) throw new AwsError('InvalidTimeRangeException', 'Start time must be before end time.');
  const test = attributeTest(input);
  const found = own(call, call.simulation.world.trail).filter(
    (event) => event.eventTime >= start && event.eventTime <= end && test(event),
  );
  const page = pageByKey(found, newestFirst, {
    token: input.NextToken,
    size: sizeWithin(input.MaxResults, 50),
    badToken: 'InvalidNextTokenException',
  });
  return { Events: page.items.map(eventJson), NextToken: page.next };
}

const newestFirst = (event: TrailEvent): string =>
  `${String(Number.MAX_SAFE_INTEGER - event.eventTime).padStart(16, '0')} ${event.eventId}`;

type EventTest = (event: TrailEvent) => boolean;

function attributeTest({ LookupAttributes: attributes = [] }: LookupInput): EventTest {
  const [attribute, ...others] = attributes;
  if (!attribute) return () => true;
  if (others.length > 0) {
    throw new AwsError('InvalidLookupAttributesException', 'Only one lookup attribute can be specified.');
  }
  const { AttributeKey: key, AttributeValue: value } = attribute;
  const tests: Readonly<Record<string, EventTest>> = {
    EventId: (event) => event.eventId === value,
    EventName: (event) => event.eventName === value,
    EventSource: (event) => event.eventSource === value,
    Username: (event) => event.username === value,
    ResourceName: (event) => event.resources.some((resource) => compare(resource.name, value) === 0),
    ResourceType: (event) => event.resources.some((resource) => resource.type === value),
    ReadOnly: () => value === 'false',
  };
  const test = Object.hasOwn(tests, key) ? tests[key] : undefined;
  if (!test) throw new AwsError('InvalidLookupAttributesException', `Invalid lookup attribute ${key}.`);
  return test;
}

/** The history holds changes only, so every event says ReadOnly false. */
function eventJson(event: TrailEvent) {
  const detail = {
    eventVersion: '1.08',
    userIdentity: { accountId: event.accountId, userName: event.username },
    eventTime: iso(event.eventTime),
    eventSource: event.eventSource,
    eventName: event.eventName,
    awsRegion: event.region,
    readOnly: false,
    eventID: event.eventId,
    recipientAccountId: event.accountId,
  };
  return {
    EventId: event.eventId,
    EventName: event.eventName,
    ReadOnly: 'false',
    EventTime: event.eventTime / 1000,
    EventSource: event.eventSource,
    Username: event.username,
    Resources: event.resources.map(({ type, name }) => ({ ResourceType: type, ResourceName: name })),
    CloudTrailEvent: JSON.stringify(detail),
  };
}
