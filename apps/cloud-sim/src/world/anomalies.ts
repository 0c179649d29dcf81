import { DEVELOPMENT, PRODUCTION } from './company.js';
import { DAY, GIB, record } from './draft.js';
import type { Draft } from './draft.js';
import { inRegion } from './prices.js';
import { addNoisyLogGroup } from './serverless.js';
import type { PlantedAnomaly } from './world.js';

/** An anomaly as the cost generator needs it: extra USD for a day, given what the line would cost without it. */
export interface AnomalyPlan {
  readonly anomaly: Omit<PlantedAnomaly, 'extraUsd'>;
  readonly extra: (dayIndex: number, usual: number) => number;
}

/** Day index `days` is today: index `days - 1` is the last full day. */
export function planAnomalies(
  draft: Draft,
  days: number,
  label: (dayIndex: number) => string,
): AnomalyPlan[] {
  const rnd = draft.random.fork('anomalies');
  const between = (from: number, to: number) => (index: number) => index >= from && index <= to;
  const dates = (from: number, to: number) => ({ start: label(from), end: label(to) });

  const spikeStart = days - rnd.whole(18, 30);
  const spikeEnd = spikeStart + rnd.whole(1, 2);
  const spikeUsd = rnd.between(700, 1000);
  const inSpike = between(spikeStart, spikeEnd);

  const shiftStart = days - 6;
  const shiftUsd = rnd.between(150, 190);
  const driftStart = days - 10;
  const driftRate = rnd.between(1.06, 1.08);
  plantCauses(draft, { spikeStart, shiftStart, driftStart, shiftUsd, days });

  return [
    {
      anomaly: {
        ...line(PRODUCTION.id, 'eu-west-1', 'AWS Data Transfer', 'DataTransfer-Out-Bytes'),
        ...dates(spikeStart, spikeEnd),
        kind: 'spike',
      },
      extra: (index) => (inSpike(index) ? spikeUsd : 0),
    },
    {
      anomaly: {
        ...line(DEVELOPMENT.id, 'us-east-1', 'AmazonCloudWatch', 'DataProcessing-Bytes'),
        ...dates(shiftStart, days - 1),
        kind: 'level-shift',
      },
      extra: (index) => (index >= shiftStart ? shiftUsd : 0),
    },
    {
      anomaly: {
        ...line(PRODUCTION.id, 'us-east-1', 'Amazon DynamoDB', 'WriteRequestUnits'),
        ...dates(driftStart, days - 1),
        kind: 'drift',
      },
      extra: (index, usual) =>
        index >= driftStart ? usual * (driftRate ** (index - driftStart + 1) - 1) : 0,
    },
  ];
}

const line = (accountId: string, region: string, service: string, usageType: string) => ({
  accountId,
  region,
  service,
  usageType: inRegion(region, usageType),
});

interface Moments {
  readonly spikeStart: number;
  readonly shiftStart: number;
  readonly driftStart: number;
  readonly shiftUsd: number;
  readonly days: number;
}

/** What changed just before, as the trail tells it, and the log group behind the shift. */
function plantCauses(draft: Draft, moments: Moments) {
  const midnight = Math.floor(draft.now / DAY) * DAY;
  const at = (index: number) => midnight - (moments.days - index) * DAY;
  const group = addNoisyLogGroup(draft, at(moments.shiftStart), (moments.shiftUsd / 0.5) * GIB);
  const event = (
    place: { accountId: string; region: string },
    eventName: string,
    eventSource: string,
    index: number,
    resource: { type: string; name: string },
  ) =>
    record(draft, {
      accountId: place.accountId,
      region: place.region,
      eventName,
      eventSource,
      eventTime: at(index) + 20 * 60_000,
      username: 'deploy',
      resources: [resource],
    });
  event(
    { accountId: PRODUCTION.id, region: 'eu-west-1' },
    'StartTaskExecution',
    'datasync.amazonaws.com',
    moments.spikeStart,
    {
      type: 'AWS::DataSync::Task',
      name: 'media-archive-copy',
    },
  );
  event(group, 'PutParameter', 'ssm.amazonaws.com', moments.shiftStart, {
    type: 'AWS::SSM::Parameter',
    name: '/gateway/log-level',
  });
  event(
    { accountId: PRODUCTION.id, region: 'us-east-1' },
    'UpdateTable',
    'dynamodb.amazonaws.com',
    moments.driftStart,
    {
      type: 'AWS::DynamoDB::Table',
      name: 'orders-events',
    },
  );
}
