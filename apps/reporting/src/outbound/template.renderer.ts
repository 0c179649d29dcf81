import type { Logger } from '@trimtab/observability';
import { pluginFailed } from '@trimtab/service/plugin';
import type { Plugins } from '@trimtab/service/plugin';
import { Renderer } from '../domain/renderer.js';
import type { Summary } from '../domain/summary.js';

/** What plugins call the formats that they may take. */
const CALLED: Readonly<Partial<Record<Renderer['format'], 'html' | 'md' | 'json'>>> = {
  html: 'html',
  markdown: 'md',
  json: 'json',
};

/** A template of a plugin in the place of a format; when it fails the format is made as it ships. */
class TemplateRenderer extends Renderer {
  constructor(
    private readonly shipped: Renderer,
    private readonly template: { plugin: string; render: (summary: unknown) => string },
    private readonly log: Logger,
  ) {
    super();
  }

  override get format(): Renderer['format'] {
    return this.shipped.format;
  }

  override get mediaType(): string {
    return this.shipped.mediaType;
  }

  override render(summary: Summary): string {
    const { plugin, render } = this.template;
    try {
      return String(render(summary));
    } catch (error) {
      this.log.error(pluginFailed(plugin, `the report template ${this.format}`, error).message, { error });
      return this.shipped.render(summary);
    }
  }
}

/** The renderers with the templates of plugins in their places. */
export const withTemplates = (renderers: readonly Renderer[], plugins: Plugins, log: Logger): Renderer[] =>
  renderers.map((shipped) => {
    const called = CALLED[shipped.format];
    const owner = plugins.all.find(({ reportTemplates }) => called && reportTemplates?.[called]);
    const render = called && owner?.reportTemplates?.[called];
    return owner && render ? new TemplateRenderer(shipped, { plugin: owner.name, render }, log) : shipped;
  });
