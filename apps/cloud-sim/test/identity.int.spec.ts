import { DescribeInstancesCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { ListFunctionsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudSim } from '../src/index.js';
import { clientConfig, development, production, refusal, runningInstance, startSim } from './sim.js';

let sim: CloudSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.close());

const home = { accountId: production, region: 'us-east-1' };
const unknownKey = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' };

async function assume(accountId: string, name: string) {
  const { Credentials } = await new STSClient(clientConfig(sim, home)).send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${accountId}:role/trimtab-read`, RoleSessionName: name }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
    expiration: Credentials?.Expiration,
  };
}

describe('who calls', () => {
  it('an assumed role acts in the account of the role, under its session name', async () => {
    const credentials = await assume(development, 'night-shift');
    expect(credentials.accessKeyId).toMatch(/^ASIASIM444455556666[A-Z]$/);
    expect(credentials.expiration?.getTime()).toBeGreaterThan(Date.now());
    const client = new STSClient({ ...clientConfig(sim, home), credentials });
    const identity = await client.send(new GetCallerIdentityCommand({}));
    expect(identity.Account).toBe(development);
    expect(identity.Arn).toBe('arn:aws:sts::444455556666:assumed-role/trimtab-read/night-shift');
  });

  it('CloudTrail names the session that made a change', async () => {
    const credentials = await assume(production, 'day-shift');
    const instance = runningInstance(sim.world, (item) => item.accountId === production);
    const config = { ...clientConfig(sim, { accountId: production, region: instance.region }), credentials };
    const Tags = [{ Key: 'seen', Value: 'yes' }];
    await new EC2Client(config).send(new CreateTagsCommand({ Resources: [instance.id], Tags }));
    const { Events } = await new CloudTrailClient(config).send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: instance.id }],
      }),
    );
    expect(Events?.[0]).toMatchObject({
      EventName: 'CreateTags',
      Username: 'day-shift',
      EventSource: 'ec2.amazonaws.com',
    });
  });

  it('a role of an account outside the company is denied', async () => {
    const call = new STSClient(clientConfig(sim, home)).send(
      new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::999999999999:role/x', RoleSessionName: 's' }),
    );
    expect(await refusal(call)).toEqual({ name: 'AccessDenied', status: 403 });
  });

  it('an unknown key is refused in the words of each protocol', async () => {
    const config = { ...clientConfig(sim, home), credentials: unknownKey };
    expect((await refusal(new STSClient(config).send(new GetCallerIdentityCommand({})))).name).toBe(
      'InvalidClientTokenId',
    );
    expect((await refusal(new EC2Client(config).send(new DescribeInstancesCommand({})))).name).toBe(
      'AuthFailure',
    );
    expect((await refusal(new CloudTrailClient(config).send(new LookupEventsCommand({})))).name).toBe(
      'UnrecognizedClientException',
    );
    expect((await refusal(new LambdaClient(config).send(new ListFunctionsCommand({})))).name).toBe(
      'UnrecognizedClientException',
    );
    expect((await refusal(new S3Client(config).send(new ListBucketsCommand({})))).name).toBe(
      'InvalidAccessKeyId',
    );
  });

  it('a key of an unknown account is denied', async () => {
    const config = clientConfig(sim, { accountId: '999999999999', region: 'us-east-1' });
    expect((await refusal(new EC2Client(config).send(new DescribeInstancesCommand({})))).name).toBe(
      'UnauthorizedOperation',
    );
  });

  it('a request without Authorization is refused', async () => {
    const body = new URLSearchParams({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
    const answer = await fetch(sim.url, { method: 'POST', body });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  it('accounts and regions see only their own resources', async () => {
    const seen = new Set<string>();
    let total = 0;
    for (const accountId of [production, development]) {
      for (const region of sim.world.regions) {
        const client = new EC2Client(clientConfig(sim, { accountId, region }));
        const { Volumes = [] } = await client.send(new DescribeVolumesCommand({}));
        for (const { VolumeId = '', AvailabilityZone } of Volumes) {
          expect(AvailabilityZone?.startsWith(region)).toBe(true);
          expect(sim.world.volumes.get(VolumeId)?.accountId).toBe(accountId);
          seen.add(VolumeId);
          total++;
        }
      }
    }
    expect(seen.size).toBe(sim.world.volumes.size);
    expect(total).toBe(sim.world.volumes.size);
  });
});
