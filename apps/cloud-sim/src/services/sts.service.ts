import { AwsError } from '../aws-error.js';
import { issueSession } from '../http/credentials.js';
import type { Service } from '../protocols/protocol.js';
import type { QueryInput } from '../protocols/query-input.js';
import { awsQuery } from '../protocols/query.protocol.js';
import type { XmlObject } from '../protocols/xml.js';
import type { Call } from '../simulation.js';
import { iso } from '../simulation.js';

export const sts: Service = {
  scope: 'sts',
  protocol: awsQuery('https://sts.amazonaws.com/doc/2011-06-15/'),
  operations: { GetCallerIdentity: getCallerIdentity, AssumeRole: assumeRole },
};

function getCallerIdentity({ accountId, principal }: Call): XmlObject {
  return { Arn: principal.arn, UserId: principal.userId, Account: accountId };
}

/** Any role of a simulated account can be assumed; the session's key carries the account. */
function assumeRole(call: Call, input: QueryInput): XmlObject {
  const roleArn = input.need('RoleArn');
  const name = input.need('RoleSessionName');
  const match = /^arn:aws:iam::(\d{12}):role\/(.+)$/.exec(roleArn);
  if (!match) throw new AwsError('ValidationError', `${roleArn} is invalid`);
  const [, accountId = '', path = ''] = match;
  if (!call.simulation.world.accounts.some((account) => account.id === accountId)) {
    const message = `User: ${call.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    throw new AwsError('AccessDenied', message, 403);
  }
  const session = issueSession(accountId, { role: path.slice(path.lastIndexOf('/') + 1), name });
  const seconds = durationOf(input.number('DurationSeconds'));
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      // Real time: the SDK renews credentials by the clock of the machine it runs on.
      Expiration: iso(Date.now() + seconds * 1000),
    },
    AssumedRoleUser: { AssumedRoleId: session.principal.userId, Arn: session.principal.arn },
  };
}

function durationOf(asked = 3600): number {
  if (asked < 900 || asked > 43_200) {
    throw new AwsError('ValidationError', `DurationSeconds must be between 900 and 43200, not ${asked}`);
  }
  return asked;
}
