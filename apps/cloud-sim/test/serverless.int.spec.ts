import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as lambda from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudSim } from '../src/index.js';
import { clientConfig, collect, first, inPlace, present, refusal, startSim } from './sim.js';

let sim: CloudSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.close());

describe('Lambda', () => {
  it('pages give every function with its configuration and tags', async () => {
    const place = first(sim.world.functions.values());
    const client = new lambda.LambdaClient(clientConfig(sim, place));
    const found = await collect(
      lambda.paginateListFunctions({ client, pageSize: 3 }, {}),
      (page) => page.Functions,
    );
    const expected = inPlace(sim.world.functions.values(), place);
    expect(found.map((item) => item.FunctionName).sort()).toEqual(expected.map((item) => item.name).sort());
    const one = present(found[0]);
    const truth = present(sim.world.functions.get(present(one.FunctionName)));
    expect(one).toMatchObject({
      MemorySize: truth.memorySize,
      Timeout: truth.timeout,
      Runtime: truth.runtime,
    });
    const again = new lambda.GetFunctionConfigurationCommand({ FunctionName: one.FunctionArn });
    expect((await client.send(again)).FunctionArn).toBe(one.FunctionArn);
    const tags = new lambda.ListTagsCommand({ Resource: one.FunctionArn });
    expect((await client.send(tags)).Tags).toEqual(truth.tags);
  });

  it('reserved concurrency is set within the limit of the account, read and removed', async () => {
    const item = first(sim.world.functions.values(), (found) => found.reservedConcurrency === undefined);
    const client = new lambda.LambdaClient(clientConfig(sim, item));
    const FunctionName = item.name;
    const put = (ReservedConcurrentExecutions: number) =>
      client.send(new lambda.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
    const get = async () =>
      (await client.send(new lambda.GetFunctionConcurrencyCommand({ FunctionName })))
        .ReservedConcurrentExecutions;
    expect(await get()).toBeUndefined();
    await put(0);
    expect(await get()).toBe(0);
    expect((await refusal(put(950))).name).toBe('InvalidParameterValueException');
    await client.send(new lambda.DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(await get()).toBeUndefined();
  });

  it('a missing function is not found', async () => {
    const client = new lambda.LambdaClient(clientConfig(sim, first(sim.world.functions.values())));
    const call = client.send(new lambda.GetFunctionConfigurationCommand({ FunctionName: 'nobody' }));
    expect(await refusal(call)).toEqual({ name: 'ResourceNotFoundException', status: 404 });
  });
});

describe('CloudWatch Logs', () => {
  it('pages give every group; a prefix narrows them', async () => {
    const truth = first(sim.world.logGroups.values());
    const client = new logs.CloudWatchLogsClient(clientConfig(sim, truth));
    const pages = logs.paginateDescribeLogGroups({ client, pageSize: 2 }, {});
    const found = await collect(pages, (page) => page.logGroups);
    const expected = inPlace(sim.world.logGroups.values(), truth);
    expect(found.map((item) => item.logGroupName).sort()).toEqual(expected.map((item) => item.name).sort());
    const narrow = new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: truth.name });
    const [group] = present((await client.send(narrow)).logGroups);
    expect(group).toMatchObject({ logGroupName: truth.name, storedBytes: truth.storedBytes });
    const ask = new logs.ListTagsForResourceCommand({ resourceArn: present(group).logGroupArn });
    expect((await client.send(ask)).tags).toEqual(truth.tags);
  });

  it('retention is set, seen and taken away; odd numbers of days are refused', async () => {
    const item = first(sim.world.logGroups.values(), (found) => found.retentionInDays === undefined);
    const client = new logs.CloudWatchLogsClient(clientConfig(sim, item));
    const logGroupName = item.name;
    const put = (retentionInDays: number) =>
      client.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
    const get = async () =>
      (await client.send(new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName })))
        .logGroups?.[0]?.retentionInDays;
    expect((await refusal(put(31))).name).toBe('InvalidParameterException');
    await put(30);
    expect(await get()).toBe(30);
    await client.send(new logs.DeleteRetentionPolicyCommand({ logGroupName }));
    expect(await get()).toBeUndefined();
    const missing = new logs.DeleteRetentionPolicyCommand({ logGroupName: 'nobody' });
    expect((await refusal(client.send(missing))).name).toBe('ResourceNotFoundException');
  });
});
