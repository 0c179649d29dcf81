import type { BudgetSettings, BudgetStatus, CostFact } from '@trimtab/contracts';
import type { Money } from '@trimtab/kernel';
import {
  addMoney,
  approximate,
  compareMoney,
  money,
  roundMoney,
  sumMoney,
  timesMoney,
} from '@trimtab/kernel';
import { probabilityAbove } from '@trimtab/timeseries';
import type { BudgetLeaf } from './budget-tree.js';
import { budgetTree } from './budget-tree.js';
import type { Month } from './month.js';
import { monthOf } from './month.js';
import type { ForecastEngine, Outlook } from './outlook.js';
import { outlook } from './outlook.js';

/** The budget as a list of nodes, root first: month to date, forecast of the month's end, state. */
export function evaluateBudget(
  settings: BudgetSettings,
  facts: readonly CostFact[],
  asOf: string,
  engine?: ForecastEngine,
): BudgetStatus[] {
  const tree = budgetTree(settings, facts);
  const month = monthOf(asOf, facts);
  const node = { currency: tree.currency, thresholds: tree.thresholds, month, engine };
  const children = tree.leaves.map((leaf) => leafStatus(leaf, tree.id, node));
  const actual = sumMoney(
    children.map((child) => child.actual),
    tree.currency,
  );
  const forecast = sumMoney(
    children.map((child) => child.forecast),
    tree.currency,
  );
  const own = outlook(
    tree.leaves.flatMap((leaf) => leaf.facts),
    month,
    engine,
  );
  const shifted = shift(own, approximate(forecast) - approximate(actual));
  const root = statusOf(
    { id: tree.id, name: tree.name, parent: null, limit: tree.limit },
    actual,
    forecast,
    shifted,
    node,
  );
  return [root, ...children];
}

interface Node {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  readonly limit: Money | undefined;
}

interface Frame {
  readonly currency: string;
  readonly thresholds: readonly number[];
  readonly month: Month;
  readonly engine: ForecastEngine | undefined;
}

function leafStatus(leaf: BudgetLeaf, parent: string, frame: Frame): BudgetStatus {
  const { start, end } = frame.month;
  const spent = leaf.facts.filter((fact) => fact.day >= start && fact.day < end);
  const actual = sumMoney(
    spent.map((fact) => money(fact.effectiveCost, frame.currency)),
    frame.currency,
  );
  const ahead = outlook(leaf.facts, frame.month, frame.engine);
  return statusOf({ ...leaf, parent }, actual, plus(actual, ahead.rest), ahead, frame);
}

/** Forecasts roll up from the leaves; the interval keeps the width that the whole series has. */
function shift(own: Outlook, rest: number): Outlook {
  const by = rest - own.rest;
  return { rest, low: own.low + by, high: own.high + by, rests: own.rests.map((value) => value + by) };
}

function statusOf(node: Node, actual: Money, forecast: Money, ahead: Outlook, frame: Frame): BudgetStatus {
  const { limit } = node;
  const { start, end } = frame.month;
  const forecastHigh = plus(actual, ahead.high);
  const crossed = limit ? highestCrossed(actual, limit, frame.thresholds) : null;
  return {
    id: node.id,
    name: node.name,
    parent: node.parent,
    period: { start, end },
    limit: limit ?? null,
    actual,
    forecast,
    forecastLow: plus(actual, Math.min(ahead.rest, Math.max(0, ahead.low))),
    forecastHigh,
    probabilityToExceed: limit ? probability(actual, limit, ahead) : null,
    burnRate: limit ? burnRate(actual, limit, frame.month) : null,
    crossed,
    status: limit ? stateOf(actual, forecast, forecastHigh, limit, crossed) : 'no-limit',
  };
}

const plus = (actual: Money, rest: number): Money =>
  addMoney(actual, roundMoney(money(rest, actual.currency)));

/** From here on a crossed threshold is a warning; below, it is only told. */
const WARNING_PERCENT = 80;

/** `warning`: 80 % or more is spent, or the 80 % interval of the forecast reaches beyond the limit. */
function stateOf(
  actual: Money,
  forecast: Money,
  high: Money,
  limit: Money,
  crossed: number | null,
): BudgetStatus['status'] {
  if (compareMoney(actual, limit) > 0) return 'exceeded';
  if (compareMoney(forecast, limit) > 0) return 'forecast-exceeded';
  return (crossed ?? 0) >= WARNING_PERCENT || compareMoney(high, limit) > 0 ? 'warning' : 'ok';
}

/** Exact: actual × 100 ≥ limit × percent, and something was spent. */
function highestCrossed(actual: Money, limit: Money, thresholds: readonly number[]): number | null {
  if (approximate(actual) <= 0) return null;
  const hundredfold = timesMoney(actual, 100);
  const crossed = thresholds.filter((percent) => compareMoney(hundredfold, timesMoney(limit, percent)) >= 0);
  return crossed.length === 0 ? null : Math.max(...crossed);
}

function probability(actual: Money, limit: Money, ahead: Outlook): number {
  if (compareMoney(actual, limit) > 0) return 1;
  return round(probabilityAbove(ahead.rests, approximate(limit) - approximate(actual)), 4);
}

/** (spent ÷ limit) ÷ (elapsed ÷ month): above 1 the money ends before the month does. 0 before the first full day. */
function burnRate(actual: Money, limit: Money, month: Month): number | null {
  if (approximate(limit) === 0) return null;
  if (month.elapsed === 0) return 0;
  return round(approximate(actual) / approximate(limit) / (month.elapsed / month.days), 3);
}

const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
