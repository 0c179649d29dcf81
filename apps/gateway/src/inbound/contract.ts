import type { ExecutionContext } from '@nestjs/common';
import { Get, HttpCode, Post, applyDecorators, createParamDecorator } from '@nestjs/common';
import { httpContracts } from '@trimtab/contracts';
import type { HttpContract, Operation } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Request } from 'express';
import type { z } from 'zod';

type Contract<O extends Operation> = (typeof httpContracts)[O];
type Parsed<C, Key extends string> =
  C extends Record<Key, infer S extends z.ZodType> ? z.output<S> : undefined;

/** What was asked, already checked against the operation's contract. */
export interface Asked<O extends Operation> {
  readonly params: Record<string, string>;
  readonly query: Parsed<Contract<O>, 'query'>;
  readonly body: Parsed<Contract<O>, 'body'>;
}

/** Marks the method that answers an operation of the HTTP contract. */
export function Answers(operation: Operation): MethodDecorator {
  const { method, path }: HttpContract = httpContracts[operation];
  const route = path.replace(/\{(\w+)\}/g, ':$1');
  return applyDecorators(method === 'GET' ? Get(route) : Post(route), HttpCode(200));
}

/** Injects `Asked<operation>`. Raises `request.invalid` with every problem at once. */
export const Ask = createParamDecorator((operation: Operation, context: ExecutionContext) =>
  asked(httpContracts[operation], context.switchToHttp().getRequest<Request>()),
);

/** What a request asks, by its contract. Throws `request.invalid` with every problem at once. */
export function asked(contract: HttpContract, request: Request) {
  const query = parsed('query', contract.query, request.query);
  const body = parsed('body', contract.body, request.body ?? {});
  const problems = [...query.problems, ...body.problems];
  if (problems.length === 0)
    return { params: request.params as Record<string, string>, query: query.data, body: body.data };
  throw new AppError(
    'request.invalid',
    `The request has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}: ${problems.join('; ')}`,
    { details: { problems } },
  );
}

function parsed(
  part: string,
  schema: z.ZodType | undefined,
  value: unknown,
): { data: unknown; problems: string[] } {
  if (!schema) return { data: undefined, problems: [] };
  const result = schema.safeParse(value);
  const issues = result.error?.issues ?? [];
  return {
    data: result.data,
    problems: issues.map((issue) => `${part} ${issue.path.join('.')}: ${issue.message}`),
  };
}
