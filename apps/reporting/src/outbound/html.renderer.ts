import { readFileSync } from 'node:fs';
import { Eta } from 'eta';
import { approximate, formatMoney } from '@trimtab/kernel';
import { Renderer } from '../domain/renderer.js';
import type { Summary } from '../domain/summary.js';
import { budgetWord, causeOf, counted, decisionTexts, percent, periodOf, signed } from '../domain/words.js';
import { savingsChart, spendChart } from './charts.js';

const template = readFileSync(new URL('./templates/report.html.eta', import.meta.url), 'utf8');

/** One page that works offline: styles and charts are inside, nothing is fetched, no script runs. */
export class HtmlRenderer extends Renderer {
  readonly format = 'html' as const;
  readonly mediaType = 'text/html; charset=utf-8';
  private readonly eta = new Eta({ autoEscape: true });

  override render(summary: Summary): string {
    const words = { money: formatMoney, percent, signed, causeOf, periodOf, budgetWord, counted, share };
    const charts = {
      spend: summary.spend ? spendChart(summary.spend, summary.anomalies) : '',
      savings: summary.savings.byCheck.length > 0 ? savingsChart(summary.savings.byCheck) : '',
    };
    return this.eta.renderString(template, {
      ...summary,
      words,
      charts,
      decisionTexts: decisionTexts(summary),
    });
  }
}

/** Part of the limit, 0..100, for a bar. */
function share(amount: Parameters<typeof approximate>[0], limit: Parameters<typeof approximate>[0]): number {
  const of = approximate(limit);
  return of <= 0 ? 100 : Math.min(100, Math.round((approximate(amount) / of) * 100));
}
