import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { asyncApiDocument, openApiDocument } from '@trimtab/contracts';
import { AppError } from '@trimtab/kernel';
import { ServiceRuntime } from '@trimtab/service';
import type { Response } from 'express';
import { pluginContracts } from './plugin-routes.js';

const FILES = new Set(['swagger-ui.css', 'swagger-ui-bundle.js']);
const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Trimtab API</title>
<link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="ui"></div><script src="/api/docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#ui' });</script></body></html>`;

/** The documents of the API and of the bus, and a page to read the first one. */
@Controller('api')
export class DocsController {
  constructor(private readonly runtime: ServiceRuntime) {}

  @Get('openapi.json')
  openApi(): object {
    return openApiDocument(pluginContracts(this.runtime.plugins));
  }

  @Get('asyncapi.json')
  asyncApi(): object {
    return asyncApiDocument();
  }

  @Get('docs')
  page(@Res() response: Response): void {
    response.type('html').send(PAGE);
  }

  @Get('docs/:file')
  file(@Param('file') file: string, @Res() response: Response): void {
    if (!FILES.has(file)) throw new AppError('file.not-found', `There is no ${file} here.`);
    // Relative to a root: a folder above it may have a name with a dot, which express would hide.
    response.sendFile(file, { root: folder });
  }
}
