import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, ModulesContainer } from '@nestjs/core';
import type { CallHandler } from '@trimtab/messaging';
import { ErrorsComeThrough, handledBy } from '../handlers.decorator.js';

type Method = (data: unknown, context: unknown) => unknown;

/** By pattern; undefined where Nest must stand in between. */
export type DirectHandlers = ReadonlyMap<string, CallHandler | undefined>;

/**
 * The handlers that Nest would call with nothing before or behind them: no guard, pipe, interceptor or filter on the
 * method, its class or the app, and a controller that lives as long as the app. Nest's own way to a handler takes a
 * dozen promises for each call, several times what a small task takes.
 */
export function directHandlers(app: INestApplicationContext): DirectHandlers {
  const modules = [...app.get(ModulesContainer, { strict: false }).values()];
  const found = new Map<string, CallHandler | undefined>();
  const tokens = modules.flatMap(({ providers, injectables }) => [
    ...providers.keys(),
    ...injectables.keys(),
  ]);
  if (tokens.some(isForAll)) return found;
  for (const { metatype, instance, isStatic } of modules.flatMap(controllersOf)) {
    for (const { pattern, key } of handledBy(metatype)) {
      const method = (instance as Record<string | symbol, Method>)[key];
      const direct = method && isStatic && !isEnhanced(metatype, key, method);
      const call: CallHandler = (data, context) => method?.call(instance, data, context);
      found.set(pattern, direct && !found.has(pattern) ? call : undefined);
    }
  }
  return found;
}

type Module = ModulesContainer extends Map<string, infer Value> ? Value : never;

const controllersOf = ({ controllers }: Module) =>
  [...controllers.values()].map((wrapper) => ({
    metatype: wrapper.metatype as Type,
    instance: wrapper.instance as object,
    isStatic: wrapper.isDependencyTreeStatic(),
  }));

const forAll = [APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE];

/** Nest adds a number to the token of what stands before every handler. */
const isForAll = (token: unknown): boolean =>
  typeof token === 'string' && forAll.some((name) => token.startsWith(name));

const enhancers = [GUARDS_METADATA, PIPES_METADATA, INTERCEPTORS_METADATA, EXCEPTION_FILTERS_METADATA];

const isEnhanced = (type: Type, key: string | symbol, method: Method): boolean =>
  [type, method].some((target) => enhancers.some((name) => enhancersOf(name, target).length > 0)) ||
  !takesTaskAndContext(type, key);

const enhancersOf = (name: string, target: object): unknown[] =>
  ((Reflect.getMetadata(name, target) ?? []) as unknown[]).filter(
    (one) => !(one instanceof ErrorsComeThrough),
  );

interface Parameter {
  readonly pipes?: readonly unknown[];
  readonly data?: unknown;
  readonly schema?: unknown;
}

/** Not another parameter, and neither through a pipe of its own. */
function takesTaskAndContext(type: Type, key: string | symbol): boolean {
  const all = Object.values(
    (Reflect.getMetadata(ROUTE_ARGS_METADATA, type, key) ?? {}) as object,
  ) as Parameter[];
  return (
    all.length === 2 &&
    all.every(
      ({ pipes = [], data, schema }) => pipes.length === 0 && data === undefined && schema === undefined,
    )
  );
}
