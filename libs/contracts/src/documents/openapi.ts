import { z } from 'zod';
import { HttpError, httpContracts } from '../http/registry.js';
import type { HttpContract } from '../http/registry.js';

type Node = { [key: string]: unknown };

const plain = (type: z.ZodType, io: 'input' | 'output'): Node => {
  const { $schema: _version, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any' }) as Node;
  return schema;
};

/** The OpenAPI 3.1 document of the gateway, from the same table as its routes and its client; `more` is what plugins add. */
export function openApiDocument(more: Readonly<Record<string, HttpContract>> = {}): Node {
  const paths: { [path: string]: Node } = {};
  for (const [operationId, contract] of Object.entries({
    ...(httpContracts as Record<string, HttpContract>),
    ...more,
  })) {
    paths[contract.path] = {
      ...paths[contract.path],
      [contract.method.toLowerCase()]: operation(operationId, contract),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Trimtab gateway',
      version: '1.0.0',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://localhost:4600' }],
    paths,
  };
}

function operation(operationId: string, contract: HttpContract): Node {
  const error = {
    description: 'What went wrong and what to do',
    content: { 'application/json': { schema: plain(HttpError, 'output') } },
  };
  return {
    operationId,
    summary: contract.summary,
    parameters: [...pathParameters(contract), ...queryParameters(contract)],
    ...(contract.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: plain(contract.body, 'input') } },
          },
        }
      : {}),
    responses: { '200': { description: contract.summary, content: contentOf(contract) }, default: error },
  };
}

function contentOf({ answer, reply }: HttpContract): Node {
  if (answer === 'file') return { '*/*': { schema: { type: 'string' } } };
  return {
    [answer === 'sse' ? 'text/event-stream' : 'application/json']: { schema: plain(reply, 'output') },
  };
}

const pathParameters = ({ path }: HttpContract): Node[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters({ query }: HttpContract): Node[] {
  const schema = query
    ? (plain(query, 'input') as { properties?: Record<string, unknown>; required?: string[] })
    : {};
  return Object.entries(schema.properties ?? {}).map(([name, inner]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    schema: inner,
  }));
}
