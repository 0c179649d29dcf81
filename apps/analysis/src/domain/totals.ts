import type { Recommendation, TaskOutput } from '@trimtab/contracts';
import { sumMoney } from '@trimtab/kernel';

type ByCheck = TaskOutput<'analysis.recommend'>['byCheck'];

/** Exact sums over recommendations, in total and by check. */
export function totalsOf(recommendations: readonly Recommendation[], currency: string) {
  const net = (some: readonly Recommendation[]) =>
    sumMoney(
      some.map((one) => one.monthlySavingsNet),
      currency,
    );
  const byCheck: ByCheck = {};
  for (const checkId of new Set(recommendations.map((one) => one.checkId))) {
    const some = recommendations.filter((one) => one.checkId === checkId);
    byCheck[checkId] = { count: some.length, monthlySavings: net(some) };
  }
  return {
    byCheck,
    monthlySavings: net(recommendations),
    monthlySavingsList: sumMoney(
      recommendations.map((one) => one.monthlySavingsList),
      currency,
    ),
  };
}
