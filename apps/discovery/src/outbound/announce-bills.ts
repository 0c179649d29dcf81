import { subjects } from '@trimtab/contracts';
import type { CostImport } from '@trimtab/contracts';
import type { Outbox, OutboxMessage, Sql } from '@trimtab/event-store';
import { rowsOf } from '@trimtab/event-store';
import { FactSummary } from '../domain/cost-facts.js';
import { costImportedEvents, DailyFacts } from '../domain/cost-pages.js';

/** As many days as `discovery.costs` brings unless told otherwise: subscribers see the same either way. */
const HISTORY_DAYS = 120;

interface CellRow {
  readonly day: string;
  readonly accountId: string;
  readonly service: string;
  readonly billedCost: string;
  readonly effectiveCost: string;
  readonly currency: string;
  readonly rows: string;
}

const cellsSql = `
  SELECT day::text, account_id AS "accountId", service, currency, count(*)::text AS rows,
         trim_scale(sum(billed_cost))::text AS "billedCost", trim_scale(sum(effective_cost))::text AS "effectiveCost"
  FROM cost_facts
  WHERE origin = 'imported' AND day > (SELECT max(day) FROM cost_facts WHERE origin = 'imported') - ${HISTORY_DAYS}
  GROUP BY day, account_id, service, currency`;

/** Puts `cost.imported` events of all bills in force into the outbox, in the transaction of the import. */
export async function announceBills(tx: Sql, outbox: Pick<Outbox, 'add'>, done: CostImport): Promise<void> {
  const cells = await rowsOf<CellRow>(tx, cellsSql);
  const summary = new FactSummary();
  const daily = new DailyFacts();
  for (const cell of cells) {
    summary.add(cell);
    daily.add(cell);
  }
  const { firstDay = '', lastDay = '' } = summary;
  const rows = cells.reduce((sum, cell) => sum + Number(cell.rows), 0);
  const head = { source: 'imported', firstDay, lastDay, rows, totals: summary.totals() };
  const messages = costImportedEvents(head, daily.all()).map((event, i): OutboxMessage => ({
    subject: subjects.event(event.type),
    envelope: {
      specversion: '1.0',
      id: `${done.importId}.e${i}`,
      source: '/trimtab/discovery',
      type: event.type,
      subject: event.subject,
      time: done.importedAt,
      datacontenttype: 'application/json',
      data: event.data,
    },
  }));
  await outbox.add(tx, messages);
}
