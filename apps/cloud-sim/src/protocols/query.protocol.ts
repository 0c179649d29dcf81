import { AwsError } from '../aws-error.js';
import type { Protocol, Refusals, WireReply, WireRequest } from './protocol.js';
import { QueryInput } from './query-input.js';
import type { XmlObject } from './xml.js';
import { children, document, element } from './xml.js';

const ec2Refusals: Refusals = {
  throttled: ['RequestLimitExceeded', 503],
  internal: ['InternalError', 500],
  denied: ['UnauthorizedOperation', 403],
  unknownKey: ['AuthFailure', 401],
  unsigned: ['MissingAuthenticationToken', 403],
  unknownOperation: ['InvalidAction', 400],
};

const queryRefusals: Refusals = {
  throttled: ['Throttling', 400],
  internal: ['InternalFailure', 500],
  denied: ['AccessDenied', 403],
  unknownKey: ['InvalidClientTokenId', 403],
  unsigned: ['MissingAuthenticationToken', 403],
  unknownOperation: ['InvalidAction', 400],
};

/** EC2 Query: lists as `Name.1`, members of a list as `item`, errors under `Response`. */
export function ec2Query(namespace: string): Protocol {
  return {
    refusals: ec2Refusals,
    read: readForm,
    write(operation, output, requestId) {
      const body = element('requestId', requestId) + children(output as XmlObject);
      return xml(200, `<${operation}Response xmlns="${namespace}">${body}</${operation}Response>`, requestId);
    },
    fail(error, requestId) {
      const body = { Errors: { Error: { Code: error.code, Message: error.message } }, RequestID: requestId };
      return xml(error.status, element('Response', body), requestId);
    },
  };
}

/** Query with XML answers, as STS, RDS and Elastic Load Balancing speak it. */
export function awsQuery(namespace: string): Protocol {
  return {
    refusals: queryRefusals,
    read: readForm,
    write(operation, output, requestId) {
      const body = {
        [`${operation}Result`]: output as XmlObject,
        ResponseMetadata: { RequestId: requestId },
      };
      return xml(200, element(`${operation}Response`, body, ` xmlns="${namespace}"`), requestId);
    },
    fail(error, requestId) {
      const Type = error.status < 500 ? 'Sender' : 'Receiver';
      const body = { Error: { Type, Code: error.code, Message: error.message }, RequestId: requestId };
      return xml(error.status, element('ErrorResponse', body, ` xmlns="${namespace}"`), requestId);
    },
  };
}

function readForm(request: WireRequest): { operation: string; input: QueryInput } {
  const input = QueryInput.parse(request.body.toString('utf8'));
  const operation = input.text('Action');
  if (!operation) throw new AwsError('MissingAction', 'The request is missing an action.');
  return { operation, input };
}

function xml(status: number, root: string, requestId: string): WireReply {
  const headers = { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId };
  return { status, headers, body: document(root) };
}
