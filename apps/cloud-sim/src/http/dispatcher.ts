import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { AwsError } from '../aws-error.js';
import type { Protocol, Service, WireReply, WireRequest } from '../protocols/protocol.js';
import type { Simulation } from '../simulation.js';
import type { Identity, Scope } from './credentials.js';
import { identify, readScope, refuse } from './credentials.js';
import type { Fault, FaultKind, Faults } from './faults.js';

/** The reply to a request; `undefined` = the connection is cut without an answer. */
export type Dispatch = (request: WireRequest) => Promise<WireReply | undefined>;

/** Finds the service by the credential scope, then reads, strikes, handles and writes. */
export function createDispatcher(
  simulation: Simulation,
  services: readonly Service[],
  faults: Faults,
): Dispatch {
  const byScope = new Map(services.map((service) => [service.scope, service]));
  return async (request) => {
    const requestId = randomUUID();
    const scope = readScope(request.headers);
    const service = byScope.get(scope?.service ?? guessService(request));
    if (!service) return unknownService(scope, requestId);
    try {
      if (!scope)
        throw refuse(service.protocol.refusals, 'unsigned', 'Request is missing Authentication Token');
      return await serve({ simulation, faults, service, scope, request, requestId });
    } catch (error) {
      return service.protocol.fail(toAwsError(error, service.protocol), requestId);
    }
  };
}

interface Exchange {
  readonly simulation: Simulation;
  readonly faults: Faults;
  readonly service: Service;
  readonly scope: Scope;
  readonly request: WireRequest;
  readonly requestId: string;
}

async function serve(exchange: Exchange): Promise<WireReply | undefined> {
  const { simulation, service, scope, request, requestId } = exchange;
  const { refusals } = service.protocol;
  const token = request.headers['x-amz-security-token'];
  const identity = identify(
    simulation.world,
    scope,
    token === undefined ? undefined : String(token),
    refusals,
  );
  const { operation, input } = service.protocol.read(request);
  const handle = Object.hasOwn(service.operations, operation) ? service.operations[operation] : undefined;
  if (!handle) throw refuse(refusals, 'unknownOperation', `The operation ${operation} is not simulated.`);
  const fault = await strike(exchange, operation, identity);
  const call = {
    simulation,
    service: scope.service,
    operation,
    region: scope.region,
    requestId,
    ...identity,
  };
  const output = handle(call, input as never);
  if (fault?.kind === 'lostReply') return undefined;
  return service.protocol.write(operation, output, requestId);
}

async function strike(
  { faults, service, scope }: Exchange,
  operation: string,
  { accountId, principal }: Identity,
): Promise<Fault | undefined> {
  const target = { service: scope.service, operation, accountId, region: scope.region };
  const fault = faults.strike(target);
  if (!fault) return undefined;
  if (fault.kind === 'slow') await pause(fault.delayMs);
  const denied = `${principal.arn} is not authorized to perform: ${scope.service}:${operation}`;
  const { refusals } = service.protocol;
  const errors: Partial<Record<FaultKind, AwsError>> = {
    throttle: refuse(refusals, 'throttled', 'Rate exceeded'),
    error5xx: refuse(refusals, 'internal', 'An internal error has occurred'),
    deny: refuse(refusals, 'denied', denied),
  };
  const error = errors[fault.kind];
  if (error) throw error;
  return fault;
}

function toAwsError(error: unknown, protocol: Protocol): AwsError {
  if (error instanceof AwsError) return error;
  return refuse(protocol.refusals, 'internal', error instanceof Error ? (error.stack ?? '') : String(error));
}

/** Only for requests without a credential scope, to refuse them in the right words. */
function guessService(request: WireRequest): string {
  if (request.headers['x-amz-target']) return 'cloudtrail';
  return String(request.headers['content-type'] ?? '').includes('form') ? 'sts' : 's3';
}

function unknownService(scope: Scope | undefined, requestId: string): WireReply {
  const message = `The service ${scope?.service ?? '(none)'} is not simulated.`;
  return {
    status: 501,
    headers: {
      'content-type': 'application/json',
      'x-amzn-requestid': requestId,
      'x-amzn-errortype': 'NotImplemented',
    },
    body: JSON.stringify({ __type: 'NotImplemented', message }),
  };
}
