import { readFileSync } from 'node:fs';
import { Eta } from 'eta';
import { approximate, formatMoney } from '@trimtab/kernel';
import { Renderer } from '../domain/renderer.js';
import type { Summary } from '../domain/summary.js';
import * as sentences from '../domain/words.js';
import { spendChart } from './charts.js';

const template = readFileSync(new URL('./templates/report.html.eta', import.meta.url), 'utf8');

/** One page that works offline: styles and charts are inside, nothing is fetched, no script runs. */
export class HtmlRenderer extends Renderer {
  readonly format = 'html' as const;
  readonly mediaType = 'text/html; charset=utf-8';
  private readonly eta = new Eta({ autoEscape: true });

  override render(summary: Summary): string {
    return this.eta.renderString(template, {
      ...summary,
      words: { ...sentences, money: formatMoney, share },
      charts: { spend: summary.spend ? spendChart(summary.spend, summary.anomalies) : '' },
      decisionTexts: sentences.decisionTexts(summary),
    });
  }
}

/** Part of the limit, 0..100, for a bar. */
function share(amount: Parameters<typeof approximate>[0], limit: Parameters<typeof approximate>[0]): number {
  const of = approximate(limit);
  return of <= 0 ? 100 : Math.min(100, Math.round((approximate(amount) / of) * 100));
}
