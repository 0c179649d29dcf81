// The parts that one chart is made of: all of echarts would cost each start of the service twice the time.
import 'echarts/lib/chart/line';
import 'echarts/lib/component/gridSimple';
import 'echarts/lib/component/markArea';
import * as echarts from 'echarts/core';
import type { EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { approximate, DAY_MS, utcDay } from '@trimtab/kernel';
import type { Anomaly } from '@trimtab/contracts';
import type { DailySpend } from '../domain/daily-spend.js';

echarts.use([SVGRenderer]);

const INK = '#64748b';
const GRID = '#94a3b833';
const BLUE = '#2563eb';
const AMBER = '#f59e0b55';
const FONT = 'system-ui, sans-serif';

/** A chart as SVG text: no script, no font and no picture from elsewhere. */
function svg(option: EChartsCoreOption, size: { width: number; height: number }): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption({ animation: false, textStyle: { fontFamily: FONT, color: INK }, ...option });
  const text = chart.renderToSVGString();
  chart.dispose();
  // A viewBox instead of a fixed size lets the page scale it.
  return text.replace(/<svg width="(\d+)" height="(\d+)"/, '<svg viewBox="0 0 $1 $2" width="100%"');
}

const dollars = (value: number): string =>
  value >= 1_000 ? `${Math.round(value / 100) / 10}k` : String(Math.round(value));

/** The last day of a period whose end is exclusive. */
const lastDay = (end: string): string => utcDay(new Date(Date.parse(end) - DAY_MS));

/** Effective cost per day; periods of anomalies are shaded. */
export function spendChart(spend: DailySpend, anomalies: readonly Anomaly[]): string {
  const days = spend.days.map((one) => one.day);
  const shown = anomalies.filter((one) => one.period.end > (days[0] ?? ''));
  const areas = shown.map((one) => [{ xAxis: one.period.start }, { xAxis: lastDay(one.period.end) }]);
  return svg(
    {
      grid: { left: 48, right: 12, top: 16, bottom: 28 },
      xAxis: {
        type: 'category',
        data: days,
        boundaryGap: false,
        axisLabel: { color: INK, interval: 13 },
        axisLine: { lineStyle: { color: GRID } },
      },
      yAxis: {
        type: 'value',
        axisLabel: { color: INK, formatter: dollars },
        splitLine: { lineStyle: { color: GRID } },
      },
      series: [
        {
          type: 'line',
          showSymbol: false,
          data: spend.days.map((one) => Math.round(approximate(one.cost))),
          lineStyle: { color: BLUE, width: 2 },
          areaStyle: { color: BLUE, opacity: 0.08 },
          markArea: { itemStyle: { color: AMBER }, data: areas },
        },
      ],
    },
    { width: 920, height: 240 },
  );
}
