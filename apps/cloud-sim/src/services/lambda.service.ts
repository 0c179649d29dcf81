import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.js';
import { parseJson } from '../protocols/json.protocol.js';
import type { Service } from '../protocols/protocol.js';
import { restJson } from '../protocols/rest-json.protocol.js';
import type { RestInput } from '../protocols/rest.js';
import type { Call } from '../simulation.js';
import { iso } from '../simulation.js';
import type { LambdaFunction } from '../world/world.js';
import { find, own } from './owned.js';
import { pageByKey, sizeWithin } from './page.js';

const concurrency = /^\/20\d\d-\d\d-\d\d\/functions\/(?<name>[^/]+)\/concurrency$/;

export const lambda: Service = {
  scope: 'lambda',
  protocol: restJson([
    { method: 'GET', path: /^\/2015-03-31\/functions\/?$/, operation: 'ListFunctions' },
    {
      method: 'GET',
      path: /^\/2015-03-31\/functions\/(?<name>[^/]+)\/configuration$/,
      operation: 'GetFunctionConfiguration',
    },
    { method: 'GET', path: concurrency, operation: 'GetFunctionConcurrency' },
    { method: 'PUT', path: concurrency, operation: 'PutFunctionConcurrency' },
    { method: 'DELETE', path: concurrency, operation: 'DeleteFunctionConcurrency' },
    { method: 'GET', path: /^\/2017-03-31\/tags\/(?<name>.+)$/, operation: 'ListTags' },
  ]),
  operations: {
    ListFunctions: listFunctions,
    GetFunctionConfiguration: (call: Call, input: RestInput) => configuration(needFunction(call, input)),
    GetFunctionConcurrency: getFunctionConcurrency,
    PutFunctionConcurrency: putFunctionConcurrency,
    DeleteFunctionConcurrency: deleteFunctionConcurrency,
    ListTags: (call: Call, input: RestInput) => ({ Tags: needFunction(call, input).tags }),
  },
};

const functionKind = 'AWS::Lambda::Function';
/** AWS keeps 100 of an account's 1,000 concurrent executions unreserved. */
const reservable = 900;

function listFunctions(call: Call, { query }: RestInput) {
  const mine = own(call, call.simulation.world.functions.values());
  const asked = query.get('MaxItems');
  const page = pageByKey(mine, (item) => item.name, {
    token: query.get('Marker') ?? undefined,
    size: sizeWithin(asked === null ? undefined : Number(asked), 50),
    badToken: 'InvalidParameterValueException',
  });
  return { Functions: page.items.map(configuration), NextMarker: page.next };
}

function getFunctionConcurrency(call: Call, input: RestInput) {
  return { ReservedConcurrentExecutions: needFunction(call, input).reservedConcurrency };
}

function putFunctionConcurrency(call: Call, input: RestInput) {
  const item = needFunction(call, input);
  const { ReservedConcurrentExecutions: asked } = parseJson(input.body) as Record<string, unknown>;
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 0) {
    throw new AwsError(
      'InvalidParameterValueException',
      'ReservedConcurrentExecutions must be a whole number, 0 or more',
    );
  }
  const others = own(call, call.simulation.world.functions.values()).filter((other) => other !== item);
  const reserved = others.reduce((sum, other) => sum + (other.reservedConcurrency ?? 0), 0);
  if (reserved + asked > reservable) {
    const message = `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].`;
    throw new AwsError('InvalidParameterValueException', message);
  }
  item.reservedConcurrency = asked;
  call.simulation.record(call, functionKind, item.name);
  return { ReservedConcurrentExecutions: asked };
}

function deleteFunctionConcurrency(call: Call, input: RestInput): undefined {
  const item = needFunction(call, input);
  delete item.reservedConcurrency;
  call.simulation.record(call, functionKind, item.name);
}

/** Functions are named by name, by `account:function:name` or by ARN. */
function needFunction(call: Call, input: RestInput): LambdaFunction {
  const given = input.labels['name'] ?? '';
  const name = /function:([^:]+)/.exec(given)?.[1] ?? given;
  const item = find(call, call.simulation.world.functions, name);
  if (item) return item;
  const arn = `arn:aws:lambda:${call.region}:${call.accountId}:function:${name}`;
  throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404);
}

function configuration(item: LambdaFunction) {
  const digest = createHash('sha256').update(item.name).digest();
  return {
    FunctionName: item.name,
    FunctionArn: `arn:aws:lambda:${item.region}:${item.accountId}:function:${item.name}`,
    Runtime: item.runtime,
    Role: `arn:aws:iam::${item.accountId}:role/${item.name}`,
    Handler: 'index.handler',
    CodeSize: item.codeSize,
    Description: '',
    Timeout: item.timeout,
    MemorySize: item.memorySize,
    LastModified: iso(item.lastModified).replace('Z', '+0000'),
    CodeSha256: digest.toString('base64'),
    Version: '$LATEST',
    TracingConfig: { Mode: 'PassThrough' },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [item.architecture],
    EphemeralStorage: { Size: 512 },
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${item.name}` },
  };
}
