import { awsJson } from '../../protocols/json.protocol.js';
import type { Service } from '../../protocols/protocol.js';
import { getCostAndUsage } from './cost-and-usage.ce.js';
import { getDimensionValues } from './dimension-values.ce.js';

export const costExplorer: Service = {
  scope: 'ce',
  protocol: awsJson({ version: '1.1' }),
  operations: { GetCostAndUsage: getCostAndUsage, GetDimensionValues: getDimensionValues },
};
