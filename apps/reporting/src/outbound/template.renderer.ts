import type { Logger } from '@trimtab/observability';
import { pluginFailed } from '@trimtab/service/plugin';
import type { Plugins } from '@trimtab/service/plugin';
import { Renderer } from '../domain/renderer.js';
import type { Summary } from '../domain/summary.js';

type Format = 'html' | 'md' | 'json';

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
    const owner = plugins.all.find(({ reportTemplates }) => reportTemplates?.[shipped.format as Format]);
    const render = owner?.reportTemplates?.[shipped.format as Format];
    return owner && render ? new TemplateRenderer(shipped, { plugin: owner.name, render }, log) : shipped;
  });
