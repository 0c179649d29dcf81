import { AppError } from '@trimtab/kernel';
import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { LiveFunction, LiveLogGroup } from '../ports/live-state.js';
import type { AwsCaller } from './caller.js';
import { mapConcurrently } from './pacing.js';
import { liveFunction, liveLogGroup } from './services.mapping.js';

/** The value, or undefined when AWS says that the thing does not exist. */
export async function orMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof AppError && error.code === 'cloud.not-found') return undefined;
    throw error;
  }
}

/** Functions with tags and reserved concurrency, two more calls each: GetFunction would hand out the code as well. */
export function listFunctions(aws: AwsCaller): AsyncIterable<LiveFunction> {
  return mapConcurrently(configurations(aws), 8, (found) => complete(aws, found));
}

export async function describeFunction(aws: AwsCaller, name: string): Promise<LiveFunction | undefined> {
  const found = await orMissing(
    aws.send('lambda', (sdk) => new sdk.GetFunctionConfigurationCommand({ FunctionName: name })),
  );
  return found && complete(aws, found);
}

async function* configurations(aws: AwsCaller): AsyncIterable<FunctionConfiguration> {
  const pages = aws.pages(
    'lambda',
    (sdk, Marker) => new sdk.ListFunctionsCommand({ Marker, MaxItems: 50 }),
    (page) => page.NextMarker,
  );
  for await (const { Functions } of pages) yield* Functions ?? [];
}

/** A function that is deleted while it is looked at has neither. */
async function complete(aws: AwsCaller, found: FunctionConfiguration): Promise<LiveFunction> {
  const { FunctionName = '', FunctionArn = '' } = found;
  const [concurrency, tags] = await Promise.all([
    orMissing(aws.send('lambda', (sdk) => new sdk.GetFunctionConcurrencyCommand({ FunctionName }))),
    orMissing(aws.send('lambda', (sdk) => new sdk.ListTagsCommand({ Resource: FunctionArn }))),
  ]);
  return liveFunction(found, concurrency?.ReservedConcurrentExecutions, tags?.Tags ?? {});
}

/** Log groups; tags are read where no retention is set, because only those can get one. */
export function listLogGroups(aws: AwsCaller, prefix?: string): AsyncIterable<LiveLogGroup> {
  return mapConcurrently(logGroups(aws, prefix), 4, async (group) => {
    const arn = (group.arn ?? '').replace(/:\*$/, '');
    if (group.retentionInDays !== undefined || arn === '') return liveLogGroup(group, {});
    const answer = await orMissing(
      aws.send('logs', (sdk) => new sdk.ListTagsForResourceCommand({ resourceArn: arn })),
    );
    return liveLogGroup(group, answer?.tags ?? {});
  });
}

async function* logGroups(aws: AwsCaller, logGroupNamePrefix?: string): AsyncIterable<LogGroup> {
  const pages = aws.pages(
    'logs',
    (sdk, nextToken) => new sdk.DescribeLogGroupsCommand({ nextToken, limit: 50, logGroupNamePrefix }),
    (page) => page.nextToken,
  );
  for await (const page of pages) yield* page.logGroups ?? [];
}
