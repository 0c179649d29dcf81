import { applyDecorators, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import type { HttpContract } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import type { Logger } from '@trimtab/observability';
import { pluginFailed } from '@trimtab/service/plugin';
import type { Plugin, PluginRoute, Plugins } from '@trimtab/service/plugin';
import type { Request } from 'express';
import { asked } from './contract.js';

const prefix = (plugin: Plugin): string => `/api/v1/plugins/${plugin.name}`;

/** A controller for the routes of each plugin, made as if somebody had written it. */
export const pluginControllers = (plugins: Plugins, log: Logger): Type[] =>
  plugins.all
    .filter(({ routes = [] }) => routes.length > 0)
    .map((plugin) => {
      @Controller()
      class PluginController {}
      for (const [i, route] of (plugin.routes ?? []).entries()) {
        const key = `route${i}`;
        const method = { value: handlerOf(plugin, route, log), writable: true, configurable: true };
        Object.defineProperty(PluginController.prototype, key, method);
        const path = `${prefix(plugin)}${route.path}`.replace(/\{(\w+)\}/g, ':$1');
        const verb = route.method === 'GET' ? Get(path) : Post(path);
        applyDecorators(verb, HttpCode(200))(PluginController.prototype, key, method);
        Req()(PluginController.prototype, key, 0);
      }
      return PluginController;
    });

/** Their part of the OpenAPI document. */
export const pluginContracts = (plugins: Plugins): Record<string, HttpContract> =>
  Object.fromEntries(
    plugins.all.flatMap((plugin) =>
      (plugin.routes ?? []).map(({ method, path, summary, query, body, reply }, i) => [
        `${plugin.name}-${i}`,
        { method, path: prefix(plugin) + path, summary, query, body, reply },
      ]),
    ),
  );

function handlerOf(plugin: Plugin, route: PluginRoute, log: Logger) {
  const about = `the route ${route.method} ${route.path}`;
  const context = { log: log.child({ plugin: plugin.name }) };
  return async (request: Request): Promise<unknown> => {
    const { params, query, body } = asked(route, request);
    try {
      const given = { params, query: (query ?? {}) as Record<string, unknown>, body };
      const reply = route.reply.safeParse(await route.handler(given, context));
      if (reply.success) return reply.data;
      const [issue] = reply.error.issues;
      throw new AppError(
        'plugin.failed',
        `The plugin ${plugin.name} gave a wrong answer in ${about}: ${issue?.path.join('.')} ${issue?.message}`,
      );
    } catch (error) {
      context.log.warn('a route of a plugin failed', { error });
      throw pluginFailed(plugin.name, about, error);
    }
  };
}
