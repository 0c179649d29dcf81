import { Catch, UseFilters } from '@nestjs/common';
import type { RpcExceptionFilter } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import type { Observable } from 'rxjs';
import { eventPattern, taskPattern } from './patterns.js';

export { eventPattern, taskPattern };

export interface TaskHandlerOptions {
  /**
   * `stored` (default): rows, events and external effects are allowed; each command is claimed in the inbox and its
   * result is committed with them. `none`: the handler only computes its output from its input, so that doing it twice
   * does no harm; nothing is stored, commands may come in batches, and rows, events and `assertCurrent` are refused
   * (`task.effects-undeclared`).
   */
  readonly effects?: 'stored' | 'none';
}

/**
 * Marks the method of a Nest controller that works on tasks of one type:
 * `(task: Task<I>, context: TaskContext) => Promise<TaskOutcome<O>>`.
 * The service then consumes the commands of that type and answers each with a result.
 */
export const TaskHandler = (type: string, options: TaskHandlerOptions = {}): MethodDecorator =>
  handler(taskPattern(type), { ...options });

/**
 * Marks the method of a Nest controller that consumes public events of one type (`*` for all):
 * `(envelope: Envelope<T>, context: EventContext) => Promise<void>`.
 * Each event is handled at least once; an error retries it.
 */
export const PublicEventHandler = (type: string): MethodDecorator => handler(eventPattern(type));

/** Nest would turn every error of a handler into "Internal server error": here they come through as they are. */
@Catch()
export class ErrorsComeThrough implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

interface Handled {
  readonly pattern: string;
  readonly key: string | symbol;
}

const HANDLED = 'trimtab:handled';

/** The methods of a controller that the decorators of this file mark. */
export const handledBy = (controller: object): readonly Handled[] =>
  (Reflect.getMetadata(HANDLED, controller) ?? []) as Handled[];

/** Nest gives a handler only its payload, unless its parameters say that they want the context too. */
function handler(pattern: string, extras: Record<string, unknown> = {}): MethodDecorator {
  return (target, key, descriptor) => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    UseFilters(new ErrorsComeThrough())(target, key, descriptor);
    Reflect.defineMetadata(HANDLED, [...handledBy(target.constructor), { pattern, key }], target.constructor);
    return MessagePattern(pattern, extras)(target, key, descriptor);
  };
}
