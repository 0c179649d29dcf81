import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  Catch,
  Controller,
  Injectable,
  Module,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type {
  CanActivate,
  INestApplicationContext,
  NestInterceptor,
  PipeTransform,
  Type,
} from '@nestjs/common';
import { APP_PIPE, NestFactory } from '@nestjs/core';
import { Payload, Server } from '@nestjs/microservices';
import type { CustomTransportStrategy, MessageHandler } from '@nestjs/microservices';
import { throwError } from 'rxjs';
import { TaskHandler } from '../handlers.decorator.js';
import type { Task, TaskOutcome } from '../task.js';
import { directHandlers } from './direct-handlers.js';

/** What stood between the transport and the handlers. */
const passed: string[] = [];
const seen = (name: string): boolean => passed.push(name) > 0;

class Guard implements CanActivate {
  canActivate = (): boolean => seen('guard');
}
@Injectable()
class InjectedGuard extends Guard {}
class Interceptor implements NestInterceptor {
  intercept: NestInterceptor['intercept'] = (_context, next) => (seen('interceptor'), next.handle());
}
class Pipe implements PipeTransform {
  transform = (value: unknown): unknown => (seen('pipe'), value);
}
@Catch()
class Filter {
  catch = (error: unknown) => (seen('filter'), throwError(() => error));
}

const echo = ({ input }: Task): Promise<TaskOutcome> => Promise.resolve({ output: input });

@Controller()
class Plain {
  private readonly prefix = 'plain';
  @TaskHandler('spec.plain')
  async plain({ input }: Task): Promise<TaskOutcome> {
    return { output: `${this.prefix} ${String(input)}` };
  }
  @TaskHandler('spec.guarded')
  @UseGuards(new Guard())
  guarded(task: Task): Promise<TaskOutcome> {
    return echo(task);
  }
  @TaskHandler('spec.intercepted')
  @UseInterceptors(Interceptor)
  intercepted(task: Task): Promise<TaskOutcome> {
    return echo(task);
  }
  @UseFilters(new Filter())
  @TaskHandler('spec.filtered')
  filtered(): Promise<TaskOutcome> {
    return Promise.reject(new Error('no'));
  }
  @TaskHandler('spec.more')
  more(task: Task, _context: unknown, @Payload(new Pipe()) again: unknown): Promise<TaskOutcome> {
    return Promise.resolve({ output: again === task });
  }
}

@UseGuards(InjectedGuard)
@Controller()
class Guarded {
  @TaskHandler('spec.class-guarded')
  work(task: Task): Promise<TaskOutcome> {
    return echo(task);
  }
}

@Controller({ scope: Scope.REQUEST })
class OfEachRequest {
  @TaskHandler('spec.request')
  work(task: Task): Promise<TaskOutcome> {
    return echo(task);
  }
}

class Transport extends Server implements CustomTransportStrategy {
  listen = (done: () => void): void => done();
  close = (): void => undefined;
  on = (): void => undefined;
  unwrap = <T>(): T => undefined as T;
  handler = (pattern: string): MessageHandler => this.messageHandlers.get(pattern)!;
}

async function appOf(controllers: Type[], providers: object[] = []) {
  class Root {}
  Module({ controllers, providers: providers as never })(Root);
  const strategy = new Transport();
  const app = await NestFactory.createMicroservice(Root, { strategy, logger: false });
  await app.listen();
  return { app: app as INestApplicationContext, strategy };
}

const task = { input: 'x' };

describe('a handler with nothing of Nest’s around it', () => {
  it('is found and called as it is, on its controller', async () => {
    const { app } = await appOf([Plain]);
    const call = directHandlers(app).get('task:spec.plain')!;
    expect(await call(task, {})).toEqual({ output: 'plain x' });
    await app.close();
  });

  it.each([
    ['spec.guarded', 'guard'],
    ['spec.intercepted', 'interceptor'],
    ['spec.filtered', 'filter'],
    ['spec.more', 'pipe'],
    ['spec.class-guarded', 'guard'],
    ['spec.request', undefined],
  ])('is not taken for one when it has more: %s', async (type, what) => {
    const { app, strategy } = await appOf([Plain, Guarded, OfEachRequest], [InjectedGuard, Interceptor]);
    expect(directHandlers(app).get(`task:${type}`)).toBeUndefined();
    passed.length = 0;
    const result: unknown = await strategy.handler(`task:${type}`)(task, {});
    if (what === 'interceptor' || what === 'filter')
      await (result as { forEach(each: () => void): Promise<void> })
        .forEach(() => undefined)
        .catch(() => undefined);
    expect(passed).toEqual(what === undefined ? [] : [what]);
    await app.close();
  });

  it('is none while something stands before all handlers', async () => {
    const { app } = await appOf([Plain], [{ provide: APP_PIPE, useClass: Pipe }]);
    expect([...directHandlers(app).values()].filter(Boolean)).toEqual([]);
    await app.close();
  });

  it('is none where two controllers want the same tasks', async () => {
    @Controller()
    class Rival {
      @TaskHandler('spec.plain')
      work(given: Task): Promise<TaskOutcome> {
        return echo(given);
      }
    }
    const { app } = await appOf([Plain, Rival]);
    expect(directHandlers(app).get('task:spec.plain')).toBeUndefined();
    await app.close();
  });
});
