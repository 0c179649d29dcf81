import { AwsError } from '../aws-error.js';
import { awsJson } from '../protocols/json.protocol.js';
import type { Service } from '../protocols/protocol.js';
import type { Call } from '../simulation.js';
import type { LogGroup } from '../world/world.js';
import { find, own } from './owned.js';
import { pageByKey, sizeWithin } from './page.js';

export const logs: Service = {
  scope: 'logs',
  protocol: awsJson({ version: '1.1' }),
  operations: {
    DescribeLogGroups: describeLogGroups,
    PutRetentionPolicy: putRetentionPolicy,
    DeleteRetentionPolicy: deleteRetentionPolicy,
    ListTagsForResource: listTagsForResource,
  },
};

const groupKind = 'AWS::Logs::LogGroup';
const retentions: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

interface DescribeInput {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}

function describeLogGroups(call: Call, input: DescribeInput) {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern } = input;
  if (prefix !== undefined && pattern !== undefined) {
    throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  }
  const found = own(call, call.simulation.world.logGroups.values()).filter(
    (item) =>
      item.name.startsWith(prefix ?? '') && item.name.toLowerCase().includes((pattern ?? '').toLowerCase()),
  );
  const page = pageByKey(found, (item) => item.name, {
    token: input.nextToken,
    size: sizeWithin(input.limit, 50),
    badToken: 'InvalidParameterException',
  });
  return { logGroups: page.items.map(groupJson), nextToken: page.next };
}

function groupJson(item: LogGroup) {
  const arn = `arn:aws:logs:${item.region}:${item.accountId}:log-group:${item.name}`;
  return {
    logGroupName: item.name,
    creationTime: item.creationTime,
    retentionInDays: item.retentionInDays,
    metricFilterCount: 0,
    arn: `${arn}:*`,
    logGroupArn: arn,
    storedBytes: item.storedBytes,
    logGroupClass: 'STANDARD',
  };
}

interface RetentionInput {
  readonly logGroupName?: string;
  readonly retentionInDays?: number;
}

function putRetentionPolicy(call: Call, input: RetentionInput) {
  const item = needGroup(call, input.logGroupName);
  if (!retentions.includes(input.retentionInDays ?? 0)) {
    throw invalid(
      `Value '${input.retentionInDays}' at 'retentionInDays' must be one of ${retentions.join(', ')}`,
    );
  }
  item.retentionInDays = input.retentionInDays;
  call.simulation.record(call, groupKind, item.name);
  return {};
}

function deleteRetentionPolicy(call: Call, input: RetentionInput) {
  const item = needGroup(call, input.logGroupName);
  delete item.retentionInDays;
  call.simulation.record(call, groupKind, item.name);
  return {};
}

function listTagsForResource(call: Call, { resourceArn = '' }: { readonly resourceArn?: string }) {
  return { tags: needGroup(call, /:log-group:([^:]+)/.exec(resourceArn)?.[1]).tags };
}

function needGroup(call: Call, name: string | undefined): LogGroup {
  if (!name) throw invalid('The name of the log group is missing.');
  const item = find(call, call.simulation.world.logGroups, name);
  if (!item) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
  return item;
}

const invalid = (message: string): AwsError => new AwsError('InvalidParameterException', message);
