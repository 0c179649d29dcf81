import { formatMoney } from '@trimtab/kernel';
import { Renderer } from '../domain/renderer.js';
import type { Summary } from '../domain/summary.js';
import {
  budgetWord,
  causeOf,
  decisionTexts,
  kindWord,
  percent,
  periodOf,
  riskWord,
  signed,
} from '../domain/words.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`;

function table(head: readonly string[], rows: readonly string[][], none: string): string[] {
  if (rows.length === 0) return [none, ''];
  return [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells)), ''];
}

/** One page of GitHub-flavoured Markdown. */
export class MarkdownRenderer extends Renderer {
  readonly format = 'markdown' as const;
  readonly mediaType = 'text/markdown; charset=utf-8';

  override render(summary: Summary): string {
    const { spend, savings, anomalies } = summary;
    return [
      `# ${summary.title}`,
      '',
      `${summary.createdAt.slice(0, 10)} · run ${summary.runId} · ${summary.mode}`,
      '',
      ...(spend
        ? [
            `- **Spend, last 30 days:** ${formatMoney(spend.last30)} (${signed(spend.change)} against the 30 days before)`,
          ]
        : []),
      `- **Waste found:** ${formatMoney(savings.net)} a month net (${formatMoney(savings.list)} at list), ${savings.count} recommendations, ${percent(savings.share)} of spend`,
      `- **Unexpected cost:** ${formatMoney(summary.anomalyImpact)} in ${anomalies.length} anomalies`,
      `- **Budgets at risk:** ${summary.budgetsAtRisk} of ${summary.budgets.filter((one) => one.limit !== null).length}`,
      '',
      '## What to decide',
      '',
      ...list(decisionTexts(summary), 'Nothing waits for a decision.'),
      ...this.findings(summary),
      ...this.coverage(summary),
    ].join('\n');
  }

  private findings({ savings, anomalies, budgets }: Summary): string[] {
    const top = savings.top.map((one) => [
      one.checkId,
      one.title,
      one.resource.id,
      `${one.resource.accountId} ${one.resource.region}`,
      riskWord[one.risk],
      formatMoney(one.monthlySavingsNet),
    ]);
    const odd = anomalies.map((one) => [
      one.scope.service,
      one.scope.accountId,
      kindWord[one.kind],
      periodOf(one),
      formatMoney(one.expected),
      formatMoney(one.actual),
      formatMoney(one.impact),
      causeOf(one),
    ]);
    const limits = budgets.map((one) => [
      one.parent ? `– ${one.name}` : one.name,
      one.limit ? formatMoney(one.limit) : '–',
      formatMoney(one.actual),
      formatMoney(one.forecast),
      budgetWord(one),
    ]);
    return [
      '## Largest savings',
      '',
      ...table(['Check', 'What', 'Resource', 'Where', 'Risk', 'Net a month'], top, 'No waste was found.'),
      '## Anomalies',
      '',
      ...table(
        ['Service', 'Account', 'Kind', 'Period', 'Expected', 'Actual', 'Impact', 'Because of'],
        odd,
        'No anomalies.',
      ),
      '## Budgets',
      '',
      ...table(['Budget', 'Limit', 'Spent', 'Forecast', 'Status'], limits, 'No budgets are configured.'),
    ];
  }

  private coverage({ coverage, failedTasks, remarks }: Summary): string[] {
    const gaps = coverage.incomplete.map((one) => [
      one.accountId,
      one.region,
      one.service,
      one.status,
      one.error?.message ?? '',
    ]);
    return [
      '## Coverage',
      '',
      `${coverage.scanned} of ${coverage.scanned + gaps.length} scopes (account, region, service) were read completely.`,
      '',
      ...table(['Account', 'Region', 'Service', 'Status', 'Why'], gaps, 'Nothing was left out.'),
      ...(failedTasks.length > 0
        ? ['Steps that failed:', '', ...failedTasks.map((one) => `- ${one.taskId}: ${one.message}`), '']
        : []),
      '## About the figures',
      '',
      ...list(remarks, ''),
    ];
  }
}

const list = (items: readonly string[], none: string): string[] =>
  items.length === 0 ? [none, ''] : [...items.map((item) => `- ${item}`), ''];
