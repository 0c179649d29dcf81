import type { DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Artifacts } from '@trimtab/event-store';
import type { ServiceRuntime } from '@trimtab/service';
import { Renderers } from './domain/renderer.js';
import { CompileReportHandler } from './handlers/compile-report.js';
import { ReportingConsumer } from './inbound/reporting.consumer.js';
import { HtmlRenderer } from './outbound/html.renderer.js';
import { JsonRenderer } from './outbound/json.renderer.js';
import { MarkdownRenderer } from './outbound/markdown.renderer.js';
import { withTemplates } from './outbound/template.renderer.js';

const shipped = () => [new HtmlRenderer(), new MarkdownRenderer(), new JsonRenderer()];

export class ReportingModule {
  static for(runtime: ServiceRuntime): DynamicModule {
    return {
      module: ReportingModule,
      imports: [CqrsModule.forRoot()],
      controllers: [ReportingConsumer],
      providers: [
        CompileReportHandler,
        { provide: Artifacts, useValue: runtime.artifacts },
        {
          provide: Renderers,
          useFactory: () => new Renderers(withTemplates(shipped(), runtime.plugins, runtime.log)),
        },
      ],
    };
  }
}
