/**
 * A plugin of engines: they take the place of the built-in ones where the configuration names them.
 *
 *   plugins: [./examples/06-plugin/engines.mjs]
 *   anomaly: { engine: twice-the-median }
 *   optimization: { engine: large-only }
 *   budgets: [{ name: company, forecastEngine: like-yesterday, … }]
 */
import { definePlugin } from '@trimtab/service/plugin';

const SMALL = 1_000;
const medianOf = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const costOf = (facts) => facts.reduce((sum, { effectiveCost }) => sum + Number(effectiveCost), 0);

function jump(scope, days, costs, currency) {
  const [day, actual, expected] = [days.at(-1), costs.at(-1), medianOf(costs)];
  if (actual <= 2 * expected) return [];
  const money = (amount) => ({ amount: amount.toFixed(2), currency });
  return [
    {
      ...{
        id: `${scope.accountId}-${scope.service}-${day}`.toLowerCase(),
        scope,
        kind: 'spike',
        status: 'open',
      },
      ...{ severity: 'medium', period: { start: day, end: day }, score: actual / expected, cause: [] },
      ...{ expected: money(expected), actual: money(actual), impact: money(actual - expected) },
    },
  ];
}

export default definePlugin({
  name: 'simple-engines',
  version: '1.0.0',
  trimtab: '^0.1',

  // In the service budget: every day costs what the last one did, give or take a fifth.
  forecastEngines: {
    'like-yesterday': (history, horizon) => {
      const days = (factor) => Array.from({ length: horizon }, () => (history.at(-1) ?? 0) * factor);
      return { expected: days(1), low: days(0.8), high: days(1.2) };
    },
  },

  // In the service anomaly: the newest day of a service costs more than twice what its days usually do.
  anomalyEngines: {
    'twice-the-median': (facts) => {
      const days = [...new Set(facts.map(({ day }) => day))].sort();
      const scopes = new Map(
        facts.map(({ accountId, service }) => [`${accountId} ${service}`, { accountId, service }]),
      );
      return [...scopes.values()].flatMap((scope) => {
        const own = facts.filter(
          (fact) => fact.accountId === scope.accountId && fact.service === scope.service,
        );
        const costs = days.map((day) => costOf(own.filter((fact) => fact.day === day)));
        return jump(scope, days, costs, own[0].currency);
      });
    },
  },

  // In the service analysis: what saves little is left for later.
  optimizationEngines: {
    'large-only': (found) =>
      found.filter(({ monthlySavingsList }) => Number(monthlySavingsList.amount) * 12 >= SMALL),
  },

  // In the service reporting, in the place of the Markdown report.
  reportTemplates: {
    md: (summary) => `# As our team likes it\n\n${JSON.stringify(summary, null, 2)}\n`,
  },
});
