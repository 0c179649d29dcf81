import type { Call } from '../../simulation.js';
import type { Expression, TimePeriod } from './cost-rows.ce.js';
import { dimensionOf, selectRows } from './cost-rows.ce.js';
import { pageByOffset, sizeWithin } from '../page.js';

interface DimensionInput {
  readonly TimePeriod?: TimePeriod;
  readonly Dimension?: string;
  readonly SearchString?: string;
  readonly Filter?: Expression;
  readonly MaxResults?: number;
  readonly NextPageToken?: string;
}

export function getDimensionValues(call: Call, input: DimensionInput) {
  const read = dimensionOf(input.Dimension);
  const search = (input.SearchString ?? '').toLowerCase();
  const rows = selectRows(call, input.TimePeriod, input.Filter);
  const values = [...new Set(rows.map(read))].filter((value) => value.toLowerCase().includes(search)).sort();
  const page = pageByOffset(values, {
    token: input.NextPageToken,
    size: sizeWithin(input.MaxResults, 1000),
    badToken: 'InvalidNextTokenException',
  });
  const DimensionValues = page.items.map((Value) => ({
    Value,
    Attributes: attributes(call, input.Dimension, Value),
  }));
  return {
    DimensionValues,
    ReturnSize: page.items.length,
    TotalSize: values.length,
    NextPageToken: page.next,
  };
}

function attributes(call: Call, dimension: string | undefined, value: string): Record<string, string> {
  if (dimension !== 'LINKED_ACCOUNT') return {};
  const name = call.simulation.world.accounts.find((account) => account.id === value)?.name;
  return name === undefined ? {} : { description: name };
}
