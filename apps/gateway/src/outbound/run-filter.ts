import type { RunFilter } from '@trimtab/contracts';

/** A condition on rows of `runs` (alias `run`) with its named parameters. */
export interface Condition {
  readonly sql: string;
  readonly values: Readonly<Record<string, unknown>>;
}

const clauses: { readonly [Name in keyof Required<RunFilter>]: (value: string) => Condition } = {
  status: (value) => ({
    sql: 'run.status = ANY (:status)',
    values: { status: listed(value).map((one) => one.toUpperCase()) },
  }),
  workflow: (workflow) => ({ sql: 'run.workflow = :workflow', values: { workflow } }),
  label: (value) => ({
    sql: 'run.labels @> CAST(:label AS jsonb)',
    values: { label: JSON.stringify(labels(value)) },
  }),
  since: (since) => ({ sql: 'run.started_at >= :since', values: { since: new Date(since) } }),
  until: (until) => ({ sql: 'run.started_at < :until', values: { until: new Date(until) } }),
  text: (value) => ({
    sql: `concat_ws(' ', run.id, run.workflow, run.actor, CAST(run.labels AS text), run.error->>'message') ILIKE :text`,
    values: { text: `%${value.replace(/[\\%_]/g, '\\$&')}%` },
  }),
  code: (code) => ({
    sql: `(run.error->>'code' = :code
      OR EXISTS (SELECT 1 FROM tasks t WHERE t.run_id = run.id AND t.error->>'code' = :code))`,
    values: { code },
  }),
};

/** What a filter asks for. Names and clauses are written here, values are parameters. */
export function conditionOf(filter: RunFilter): Condition {
  const parts = Object.entries(clauses).flatMap(([name, clause]) => {
    const value = filter[name as keyof RunFilter];
    return value === undefined ? [] : [clause(value)];
  });
  return {
    sql: ['true', ...parts.map(({ sql }) => sql)].join(' AND '),
    values: Object.assign({}, ...parts.map(({ values }) => values)) as Record<string, unknown>,
  };
}

const listed = (text: string): string[] => text.split(',').map((one) => one.trim());

const labels = (text: string): Record<string, string> =>
  Object.fromEntries(
    listed(text).map((one) => {
      const [name = '', ...value] = one.split('=');
      return [name, value.join('=')];
    }),
  );
